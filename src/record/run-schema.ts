import { z } from 'zod';
import { CONSISTENCY_MODES, READ_CATEGORIES, SESSION_STATES, type SessionState } from '../router/index.js';
import { ROUTE_REASONS, type RouteReason } from '../router/reasons.js';
import { aboveZero, amount, count, moment, seconds, seriesOf, share } from './figures.js';
import { flawOf, type Histogram } from './histogram.js';
import { planSchema } from './plan-file.js';
import {
  type Accounting,
  type AnswersReference,
  type ConsistencyObservation,
  type FullAccounting,
  type GaugeObservation,
  type LagObservation,
  type LoadError,
  type LockWaits,
  type MachineObservation,
  type NodeObservation,
  type PoolObservation,
  type RateSearch,
  type RouterObservation,
  RUN_SCHEMA,
  type RunRecord,
  type ScenarioSummary,
  type VolumeObservation,
} from './run.js';
import {
  CATEGORIES,
  CPU_METHODS,
  ERRORS_COMPARED,
  LATE_CAUSES,
  LOCK_HOLDER_STATES,
  ROLES,
  SIDES,
} from './words.js';

/*
 * The shape of a run's record, checked where one is read from a file: whatever compare reads of it has been looked at
 * here. Each part is checked by the compiler to be all of its type, so that a field that is added there is added here.
 */

const category = z.enum(CATEGORIES);

const accounting = z.looseObject({
  captured: count,
  ok: count,
  failed: count,
  skipped: count,
  notSent: count,
});

const fullAccounting: z.ZodType<FullAccounting> = accounting.extend({
  byCategory: z.record(category, accounting satisfies z.ZodType<Accounting>),
});

/** With what is encoded in it: a comparison decodes each, and each once. */
const histogram: z.ZodType<Histogram> = z
  .looseObject({ count, sumUs: amount, minUs: amount, maxUs: amount, hdr: z.string() })
  .superRefine((value, context) => {
    const flaw = flawOf(value);
    if (flaw !== null) context.addIssue({ code: 'custom', message: flaw });
  });

const loadError = z.looseObject({ category, operation: z.string(), code: z.string(), count });

const errorSchema: z.ZodType<LoadError> = loadError.extend({
  compared: z.enum(ERRORS_COMPARED).exclude(['missing']).optional(),
  capturedCode: z.string().optional(),
});

const lockWaits: z.ZodType<LockWaits> = z.looseObject({
  statements: count,
  totalMs: amount,
  longestMs: amount,
  cutOff: count,
  pairs: z.array(
    z.looseObject({
      waiter: z.string(),
      holder: z.string(),
      state: z.enum(LOCK_HOLDER_STATES),
      ofReplay: z.boolean(),
      statements: count,
      totalMs: amount,
    }),
  ),
});

const scenario: z.ZodType<ScenarioSummary> = z.looseObject({
  iterations: count,
  notStarted: count,
  thresholds: z.array(z.looseObject({ metric: z.string(), threshold: z.string(), ok: z.boolean() })),
  checks: z.array(z.looseObject({ name: z.string(), passes: count, fails: count })),
  metrics: z.record(z.string(), z.record(z.string(), moment)),
});

const load: z.ZodType<RunRecord['load']> = z.looseObject({
  window: z.looseObject({
    accounting: fullAccounting,
    latency: z.partialRecord(category, histogram),
    latencyByOperation: z.record(z.string(), histogram),
    blocks: z.array(z.partialRecord(category, histogram)),
    failedByBlock: z.array(z.partialRecord(category, count)),
    operations: z.record(z.string(), category),
    lateness: histogram,
    backpressure: histogram,
    late: z.partialRecord(z.enum(LATE_CAUSES), histogram),
  }),
  errors: z.array(errorSchema),
  missingErrors: z.array(loadError).optional(),
  skips: z.array(z.looseObject({ reason: z.string(), count })),
  lockWaits: lockWaits.optional(),
  scenario: scenario.optional(),
  driverSource: z.string(),
  timeoutMs: amount,
});

/** Of what is watched by samples. */
const longestGapMs = amount;

const node: z.ZodType<NodeObservation> = z.looseObject({
  name: z.string(),
  role: z.enum(ROLES),
  budget: z.looseObject({
    ...{ method: z.enum(CPU_METHODS), cpus: aboveZero.nullable() },
    memoryBytes: aboveZero.optional(),
  }),
  cpuSeconds: amount.nullable(),
  // A budget is kept to over time: in a short window it may be overdrawn a little.
  utilisation: amount.nullable(),
  throttledSeconds: amount.nullable(),
  throttledPeriods: amount.nullable(),
  periods: amount.nullable(),
  memoryBytesMean: amount.nullable(),
  memoryBytesMax: amount.nullable(),
  longestGapMs,
  series: seriesOf('cpuCores'),
});

const lagOfOne = z.looseObject({
  node: z.string().optional(),
  followed: z.literal('positions').optional(),
  commitToVisible: z.looseObject({
    count,
    meanMs: amount,
    p50Ms: amount,
    p95Ms: amount,
    p99Ms: amount,
    maxMs: amount,
  }),
  unseen: count,
  series: seriesOf('lagMs'),
  bytesBehindMean: amount,
  reportedReplayMs: amount.nullable(),
  streamingShare: share.nullable(),
  longestGapMs,
});
const lag: z.ZodType<LagObservation> = lagOfOne.extend({ others: z.array(lagOfOne).optional() });

const pool: z.ZodType<PoolObservation> = z.looseObject({
  node: z.string(),
  size: z.int().positive(),
  utilisationMean: amount.nullable(),
  utilisationP95: amount.nullable(),
  utilisationMax: amount.nullable(),
  waitingMax: count,
  acquireWaitMsMean: amount.nullable(),
  longestGapMs,
  series: seriesOf('busy'),
});

const volumeTotals = z.looseObject({ calls: count, execMs: amount, rows: count, blocks: count });

const volume: z.ZodType<VolumeObservation> = z.looseObject({
  node: z.string(),
  reads: volumeTotals,
  others: volumeTotals.optional(),
  readCallsByBlock: z.array(count),
  wholeCalls: z.looseObject({ read: count, write: count }),
  short: z.enum(['no answer', 'discarded']).nullable(),
  statements: z.array(
    z.looseObject({
      kind: z.enum(['read', 'write', 'other']),
      category: z.enum(READ_CATEGORIES).optional(),
      name: z.string().optional(),
      group: z.string().optional(),
      text: z.string(),
      calls: count,
      execMs: amount,
      rows: count,
      blocks: count,
    }),
  ),
});

const consistency: z.ZodType<ConsistencyObservation> = z.looseObject({
  mode: z.enum(CONSISTENCY_MODES),
  reads: count,
  readBacks: count,
  stale: count,
  staleVersionsMax: count,
  backward: count,
  failed: count,
});

const router: z.ZodType<RouterObservation> = z.looseObject({
  requests: z.array(
    z.looseObject({
      category,
      group: z.string(),
      node: z.string(),
      reason: z.enum(Object.keys(ROUTE_REASONS) as RouteReason[]),
      ok: count,
      failed: count,
    }),
  ),
  fallbacks: count,
  misdeclaredWrites: count,
  kept: z.record(z.enum(Object.keys(SESSION_STATES) as SessionState[]), count).optional(),
});

const machine: z.ZodType<MachineObservation> = z.looseObject({
  benchCores: amount.nullable(),
  serviceCores: amount.nullable(),
  busyCores: amount.nullable(),
  stealShare: share.nullable(),
  loadAverage: z.array(amount),
  longestGapMs,
});

const gauge: z.ZodType<GaugeObservation> = z.looseObject({
  method: z.enum(['thread-cpu', 'wall-clock']),
  unitMs: aboveZero.nullable(),
  longestGapMs,
  series: seriesOf('unitMs'),
});

/** Also of trials. */
export const rateSearchSchema: z.ZodType<RateSearch> = z.looseObject({
  steps: z.array(z.looseObject({ ratePerSecond: amount, utilisation: amount, seconds })),
  targetUtilisation: amount,
  ratePerSecond: amount,
});

const answers: z.ZodType<AnswersReference> = z.looseObject({
  file: z.string(),
  sha256: z.string(),
  reads: count,
});

export const runSchema: z.ZodType<RunRecord> = z.looseObject({
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  side: z.enum(SIDES),
  benchVersion: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  plan: planSchema,
  planHash: z.string(),
  rateSearch: rateSearchSchema.nullable(),
  window: z.looseObject({ seconds: seconds.positive(), blockSeconds: seconds.positive() }),
  accounting: fullAccounting,
  load,
  heldUp: z.looseObject({ longestMs: amount, atMs: moment }),
  nodes: z.array(node).refine((nodes) => nodes.some(({ role }) => role === 'primary'), 'names no primary'),
  machine,
  gauge,
  router,
  volume: z.array(volume).min(1),
  lag: lag.nullable(),
  pools: z.array(pool),
  consistency: z.array(consistency),
  processes: z.looseObject({
    generatorCores: amount.nullable(),
    generatorBusy: amount.nullable(),
    othersCores: amount.nullable(),
  }),
  answers: answers.optional(),
  warnings: z.array(z.string()),
});
