import type { ConsistencyMode } from '../../router/index.js';
import { answers } from './answers.js';
import type { Cost } from './cost.js';
import { failedRequests, fallbacks, misdeclaredWrites } from './counts.js';
import { latencyCost } from './latency.js';
import { staleReads } from './stale-reads.js';
import { replayLag, replicaCpu, staleness } from './standing.js';
import { totalCpu } from './total-cpu.js';

/** Every mode has to stand here: what sessions miss in it is a cost of its own. */
const STALE_READS = {
  'stale-reads-strict': staleReads('strict'),
  'stale-reads-lsn': staleReads('lsn'),
  'stale-reads-delay': staleReads('delay'),
  'stale-reads-none': staleReads('none'),
} satisfies Record<`stale-reads-${ConsistencyMode}`, Cost>;

/** Everything that a replica may make worse, by its id. */
export const COSTS = {
  'write-p50': latencyCost('write', 0.5),
  'write-p95': latencyCost('write', 0.95),
  'read-p95': latencyCost('read', 0.95),
  'realtime-p95': latencyCost('realtime', 0.95),
  'analytics-p95': latencyCost('analytics', 0.95),
  errors: failedRequests,
  fallbacks,
  'misdeclared-writes': misdeclaredWrites,
  ...STALE_READS,
  'replica-cpu': replicaCpu,
  'total-cpu': totalCpu,
  staleness,
  'replay-lag': replayLag,
  answers,
} satisfies Record<string, Cost>;

export type CostId = keyof typeof COSTS;
