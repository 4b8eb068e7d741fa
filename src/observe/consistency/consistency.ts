import { epochMs } from '../../machine/pure.js';
import type { ConsistencyObservation } from '../../record/pure.js';
import {
  type ConsistencyMode,
  createRouter,
  READ_CATEGORIES,
  type RequestCategory,
  type RoutingPolicy,
} from '../../router/index.js';
import type { Observer } from '../observer.js';
import { isWithin } from '../summary.js';
import { checkConsistency } from './check.js';
import { count, noCounts } from './counts.js';
import { createVersionedRows, type VersionedRows } from './rows.js';
import type { CheckEvent } from './visitor.js';

/** Pairs of a write and its reads, of all modes together, so that watching costs the same under every policy. */
const PAIRS_PER_SECOND = 1;
/** Each comes round after some seconds: a delay of 2 s is over by then, and shows if it was too short. */
const SESSIONS = 12;
/** A read or two at a time: never a wait for a connection. */
const POOL_SIZE = 4;

/**
 * Counts the reads that a user of the application would have noticed to be out of date: for each consistency mode of
 * the policy, sessions write rows of their own and read them back through a router like the application's. In the
 * baseline the primary is asked the same.
 */
export const consistency: Observer<ConsistencyObservation[]> = {
  ifLeftOut: [],
  needs: 'schemas',
  async start({ cluster: { primary, replicas }, policy }) {
    const probes = probesOf(policy);
    if (probes.length === 0) return { stop: async () => {}, result: () => [] };
    const rows: VersionedRows[] = [];
    for (const { mode } of probes) {
      const admin = { ...primary.admin, database: primary.app.database };
      rows.push(await createVersionedRows(admin, { schema: `splitbench_${mode}`, sessions: SESSIONS }));
    }
    const router = await createRouter({
      primary: primary.monitor,
      replicas: replicas.map((node) => node.monitor),
      policy,
      poolSize: POOL_SIZE,
      applicationName: 'splitbench-consistency',
    });
    const end = new AbortController();
    const checks = probes.map(({ mode, ...declared }, index) => {
      const seen: Seen[] = [];
      const ended = checkConsistency({
        ...declared,
        routers: [router],
        rows: rows[index]!,
        pairsPerSecond: PAIRS_PER_SECOND / probes.length,
        signal: end.signal,
        onEvent: (event) => seen.push({ tMs: epochMs(), event }),
      });
      return { mode, seen, ended };
    });
    return {
      async stop() {
        end.abort();
        // What a session still waits for is refused then: without a primary, each of its requests would wait for seconds.
        await Promise.all([router.end(), ...checks.map(({ ended }) => ended)]);
        // Where the primary can't be asked any more, what is left there harms nobody.
        await Promise.all(rows.map((each) => each[Symbol.asyncDispose]())).catch(() => {});
      },
      result: (window) =>
        checks.map(({ mode, seen }) => {
          const counts = noCounts();
          for (const { tMs, event } of seen) if (isWithin(tMs, window)) count(counts, event);
          return { mode, ...counts };
        }),
    };
  },
};

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
