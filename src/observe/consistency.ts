import type { Cluster } from '../cluster/index.js';
import type { ConsistencyObservation } from '../record/pure.js';
import {
  type ConsistencyMode,
  createRouter,
  READ_CATEGORIES,
  type RequestCategory,
  type Router,
  type RoutingPolicy,
} from '../router/index.js';
import { type CheckEvent, ConsistencyTally, checkConsistency } from './consistency-check.js';
import { nowMs, type Observer, type TimeWindow } from './observer.js';
import { createVersionedRows } from './versioned-rows.js';

/** Pairs of a write and its reads, of all modes together, so that watching costs the same under every policy. */
const PAIRS_PER_SECOND = 1;
/** Each comes round after some seconds: a delay of 2 s is over by then, and shows if it was too short. */
const SESSIONS = 12;

/**
 * Counts the reads that a user of the application would have noticed to be out of date: for each consistency mode of
 * the policy, sessions write rows of their own and read them back through a router like the application's. In the
 * baseline the primary is asked the same.
 */
export function observeConsistency(
  cluster: Cluster,
  policy: RoutingPolicy,
): Observer<ConsistencyObservation[]> {
  const probes = probesOf(policy).map((probe) => ({ ...probe, seen: [] as Seen[] }));
  const end = new AbortController();
  const checks: Promise<unknown>[] = [];
  let router: Router | undefined;

  return {
    name: 'consistency',
    async start() {
      if (probes.length === 0) return;
      const admin = { ...cluster.primary.admin, database: cluster.primary.app.database };
      // Not removed: the cluster itself will be.
      const created = [];
      for (const { mode } of probes) {
        created.push(await createVersionedRows(admin, { schema: `splitbench_${mode}`, sessions: SESSIONS }));
      }
      router = await createRouter({
        primary: cluster.primary.monitor,
        replicas: cluster.replicas.map((node) => node.monitor),
        policy,
        poolSize: 4,
        applicationName: 'splitbench-consistency',
      });
      for (const [i, { category, group, seen }] of probes.entries()) {
        checks.push(
          checkConsistency({
            routers: [router],
            rows: created[i]!,
            category,
            group,
            pairsPerSecond: PAIRS_PER_SECOND / probes.length,
            signal: end.signal,
            onEvent: (event) => seen.push({ tMs: nowMs(), event }),
          }),
        );
      }
    },
    async stop() {
      end.abort();
      await Promise.all(checks.splice(0));
      await router?.end();
      router = undefined;
    },
    result: (window) => probes.map(({ seen, ...probe }) => observation(probe, seen, window)),
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

interface Seen {
  tMs: number;
  event: CheckEvent;
}

/** How reads of a mode are declared. */
interface Probe {
  mode: ConsistencyMode;
  category: Exclude<RequestCategory, 'write'>;
  group: string | undefined;
}

/** One for each mode in which the policy sends reads to a replica: the first rule that has it. */
function probesOf({ categories, groups = {} }: RoutingPolicy): Probe[] {
  const rules = [
    ...READ_CATEGORIES.map((category) => ({
      category,
      group: undefined,
      rule: categories[category],
    })),
    ...Object.entries(groups).map(([group, rule]) => ({ category: 'read' as const, group, rule })),
  ];
  const probes = new Map<ConsistencyMode, Probe>();
  for (const { rule, category, group } of rules) {
    const mode = rule.consistency ?? 'none';
    if (rule.target === 'replica' && !probes.has(mode)) probes.set(mode, { mode, category, group });
  }
  return [...probes.values()];
}

function observation(
  { mode, category, group }: Probe,
  seen: Seen[],
  { startMs, endMs }: TimeWindow,
): ConsistencyObservation {
  const tally = new ConsistencyTally();
  for (const { tMs, event } of seen) if (tMs >= startMs && tMs <= endMs) tally.add(event);
  const { pairs, reads, readBacks, stale, staleVersionsMax, backward, failed } = tally.result();
  return {
    mode,
    category,
    group: group ?? null,
    pairs,
    reads,
    readBacks,
    stale,
    staleShare: readBacks > 0 ? stale / readBacks : 0,
    staleVersionsMax,
    backward,
    failed: Object.values(failed).reduce((sum, count) => sum + count, 0),
  };
}
