import { sumOf } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import type { RouteReason } from '../../router/reasons.js';

/** Of these the router knows no category: a transaction, or a statement that may be a read. */
const PERHAPS_READS: readonly RouteReason[] = ['transaction', 'unsafe'];

/** Why reads went where they went, by the router's count: each reason with its share of them, in percent, the largest first. */
export function routedReads(splits: readonly RunRecord[]): { reason: RouteReason; percent: number }[] {
  const counts = new Map<RouteReason, number>();
  let all = 0;
  for (const { category, reason, ok, failed } of splits.flatMap(({ router }) => router.requests)) {
    if (category === 'write' && !PERHAPS_READS.includes(reason)) continue;
    counts.set(reason, (counts.get(reason) ?? 0) + ok + failed);
    all += ok + failed;
  }
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => ({ reason, percent: (count / all) * 100 }))
    .sort((a, b) => b.percent - a.percent);
}

/** The percent of the routed reads that went where they went for one of these reasons. */
export function percentFor(splits: readonly RunRecord[], ...reasons: RouteReason[]): number {
  const named = routedReads(splits).filter(({ reason }) => reasons.includes(reason));
  return sumOf(named, ({ percent }) => percent);
}
