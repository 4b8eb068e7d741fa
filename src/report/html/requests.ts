import { formatCount, formatPercent } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import type { RouteReason } from '../../router/index.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import { tableOf } from './table.js';

const REASONS: Record<RouteReason, string> = {
  write: 'a write',
  'misdeclared-write': 'a write that was declared as something else',
  realtime: 'must be up to date',
  'policy-primary': 'the policy sends it to the primary',
  'policy-replica': 'the policy sends it to a replica',
  'primary-share': 'the share that the policy keeps on the primary',
  sticky: 'its session wrote a moment ago',
  transaction: 'part of a transaction',
  'no-replica': 'there is no replica',
  'fallback-unhealthy': 'fell back: no healthy replica',
  'fallback-lag': 'fell back: the replica was too far behind',
  hint: 'a comment in it says so',
  'fallback-behind': 'fell back: no replica had replayed in time what the session had seen',
  'fallback-error': 'fell back: the replica failed',
  unsafe: 'not certain to be right on a replica',
  learned: 'a replica refused it before',
};

/** Where the router sent what, and why. */
export function requestsTable({ baseline, split }: Pair): Html {
  const before = counted(baseline);
  const after = counted(split);
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  if (keys.length === 0) return markup`<p>The router counted no statements.</p>`;
  const all = (counts: Map<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const cell = (counts: Map<string, number>, key: string) => {
    const count = counts.get(key) ?? 0;
    const share = all(counts) > 0 ? ` (${formatPercent((count / all(counts)) * 100, 2)})` : '';
    return { text: count === 0 ? 'none' : `${formatCount(count)}${share}`, sort: count };
  };
  return tableOf(
    {
      caption: 'Statements by category, node and reason, over the whole run',
      columns: [
        { head: 'Category' },
        { head: 'Node' },
        { head: 'Why there' },
        { head: 'Baseline', numeric: true, side: 'baseline' },
        { head: 'Split', numeric: true, side: 'split' },
      ],
      rows: keys.map((key) => {
        const [category = '', node = '', reason = ''] = key.split('\n');
        return [
          category,
          node,
          REASONS[reason as RouteReason] ?? reason,
          cell(before, key),
          cell(after, key),
        ];
      }),
    },
    { sortable: true },
  );
}

function counted(run: RunRecord): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { category, node, reason, ok, failed } of run.router.requests) {
    const key = [category, node, reason].join('\n');
    counts.set(key, (counts.get(key) ?? 0) + ok + failed);
  }
  return counts;
}
