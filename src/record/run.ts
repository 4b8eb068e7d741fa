import type { ConsistencyMode, RequestCategory, RouterStats } from '../router/index.js';
import type { Histogram } from './histogram.js';
import type { Planned, PlannedNode } from './plan.js';
import type { Budget, Category, ErrorCompared, LateCause, LockHolderState, NodeName, Side } from './words.js';

export const RUN_SCHEMA = 'splitbench.run/5';

/**
 * The longest stretch, in ms, that may pass unseen. Observers look 2 to 10 times a second, and on two cores that everybody
 * wants they are late by some hundred ms. A counter that is read a second beside the edge of a window of 60 s is off by 1.7 %,
 * which is less than the 2 % of CPU that matter.
 */
export const LONGEST_GAP_MS = 1000;

/** A source of its own that tells a node's CPU more seldom than after this share of the window leaves too much unseen. */
export const LONGEST_STEP = 0.1;

/** Where every event of a trace ended: `captured` = ok + failed + skipped + notSent. */
export interface Accounting {
  captured: number;
  /** Answered as expected. */
  ok: number;
  /** Answered by an error, or not at all. */
  failed: number;
  /** Left out on purpose (replaying it makes no sense, or its session was given up), said why in `skips`. */
  skipped: number;
  /** Never sent: the driver ended or was interrupted before. */
  notSent: number;
}

export interface FullAccounting extends Accounting {
  byCategory: Record<Category, Accounting>;
}

export interface LoadError {
  category: Category;
  operation: string;
  code: string;
  count: number;
  /** Where the trace tells how its statements ended when they were captured: what this is to that. */
  compared?: Exclude<ErrorCompared, 'missing'>;
  /** Where it is another: the code then. */
  capturedCode?: string;
}

/** Statements that were answered and had failed when they were captured; `code` is from then. */
export type MissingError = Pick<LoadError, 'category' | 'operation' | 'code' | 'count'>;

export interface LoadSkip {
  reason: string;
  count: number;
}

/** Waits for locks of over a second in a replay, as the primary told them once a second: times are true to half of one. */
export interface LockWaits {
  /** Statements that waited so long; and how long, all together and at most. */
  statements: number;
  totalMs: number;
  longestMs: number;
  /** The ten with the most time. */
  pairs: LockWaitPair[];
  /** Sessions whose trace ended within a transaction, which was rolled back as they were disconnected. */
  cutOff: number;
}

export interface LockWaitPair {
  /** Statements without their literals. */
  waiter: string;
  /** The holder's last one; what it is called, where it is no session of the replay. */
  holder: string;
  state: LockHolderState;
  ofReplay: boolean;
  statements: number;
  totalMs: number;
}

/** What k6 itself says of a scenario at its end, over the whole run. */
export interface ScenarioSummary {
  /** Iterations that began, and those that its rate should have started and did not. */
  iterations: number;
  notStarted: number;
  thresholds: ScenarioThreshold[];
  checks: ScenarioCheck[];
  /** Its metrics, each with its values by k6's names: `p(95)`, `rate`; of times, in ms. */
  metrics: Record<string, Record<string, number>>;
}

/** One that is crossed makes no run invalid: it is the user's own. */
export interface ScenarioThreshold {
  metric: string;
  threshold: string;
  ok: boolean;
}

export interface ScenarioCheck {
  name: string;
  passes: number;
  fails: number;
}

/** What a driver hands back: histograms and counts, never single samples. */
export interface LoadResult {
  /** Over the whole trace, warm-up included. */
  accounting: FullAccounting;
  /** What was seen of the events that were due in the measured window. */
  window: {
    accounting: FullAccounting;
    /** From due time to complete answer, ok answers only. */
    latency: Partial<Record<Category, Histogram>>;
    /** The same by operation (HTTP traces). */
    latencyByOperation: Partial<Record<string, Histogram>>;
    /** The same by time block; index 0 starts with the window. */
    blocks: Partial<Record<Category, Histogram>>[];
    /**
     * Failed requests by time block and category, without those that had failed alike when they were captured. It ends with
     * the last block that has some.
     */
    failedByBlock: Partial<Record<Category, number>>[];
    /** What each operation of `latencyByOperation` asks of the router. */
    operations: Partial<Record<string, Category>>;
    /** How late the generator itself sent: from when it could have sent to when it did. */
    lateness: Histogram;
    /** How late events were because their session still waited for its previous answer: the server's doing. */
    backpressure: Histogram;
    /**
     * Events that began over a ms after they were due: from then until they had a connection, under whoever took the
     * most of it. An event that waited for its session's previous answer is late by who had that one come late.
     */
    late: Partial<Record<LateCause, Histogram>>;
  };
  errors: LoadError[];
  /** Only of a trace that tells how its statements ended when they were captured. */
  missingErrors?: MissingError[];
  skips: LoadSkip[];
  /** SQL traces. */
  lockWaits?: LockWaits;
  /** Of a scenario of the user's own. */
  scenario?: ScenarioSummary;
  /** CPU of the generator's process while it played, in cores; null where unknown. */
  generatorCores: number | null;
  /** Share of the time that its busiest thread had work, 0..1; null where unknown. */
  generatorBusy: number | null;
  /** From the schedule's zero to the last answer. */
  playedSeconds: number;
  zeroEpochMs: number;
  /** SQL traces: the driver's router after the last answer. */
  router?: RouterStats;
  warnings: string[];
}

/** Of what is watched by samples. */
interface Sampled {
  /**
   * The longest time without a sample that reaches into the window. Over LONGEST_GAP_MS at one of its edges, nobody knows
   * what a counter was there, and what it grew by is null.
   */
  longestGapMs: number;
}

export interface NodeObservation extends Sampled, Pick<PlannedNode, 'name' | 'role'> {
  budget: Budget;
  /** CPU seconds used in the measured window; null where nobody counted them. */
  cpuSeconds: number | null;
  /** cpuSeconds ÷ (window × cpus of the budget, or the machine's cores where there is none), 0..1; null likewise. */
  utilisation: number | null;
  throttledSeconds: number | null;
  throttledPeriods: number | null;
  periods: number | null;
  memoryBytesMean: number | null;
  memoryBytesMax: number | null;
  /**
   * CPU use in cores since the sample before, if that was LONGEST_GAP_MS ago at most. `tMs`, in every series: since the
   * window's start, below 0 in warm-up.
   */
  series: { tMs: number[]; cpuCores: number[] };
}

export interface MsSummary {
  count: number;
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

export interface LagObservation extends Sampled {
  /** The replica: of several the one furthest behind, but for one that is reserved for analytics. */
  node?: NodeName;
  /**
   * Left out: commits of the bench's own. `positions`: how far the primary had flushed its WAL, whoever wrote it, where the
   * bench might write nothing.
   */
  followed?: 'positions';
  /** The same of the other replicas, where there are any. */
  others?: LagObservation[];
  /** From a commit's return on the primary until the replica has replayed it. */
  commitToVisible: MsSummary;
  /**
   * Markers whose replay was not seen before the time limit, or the end of the watching; they count above, and below, as
   * having taken that long.
   */
  unseen: number;
  series: { tMs: number[]; lagMs: number[] };
  /** WAL that the replica had yet to replay. */
  bytesBehindMean: number;
  /** pg_stat_replication's own replay_lag, mean over the window; null where it gave none. */
  reportedReplayMs: number | null;
  /** Share of the times that the primary was asked at which it answered that the replica was streaming, 0..1; null if it never was. */
  streamingShare: number | null;
}

export interface PoolObservation extends Sampled {
  node: string;
  size: number;
  /** Time-weighted mean of busy ÷ size over the window, 0..1; and p95 and maximum of the 10 Hz samples. Null where unknown. */
  utilisationMean: number | null;
  utilisationP95: number | null;
  utilisationMax: number | null;
  waitingMax: number;
  acquireWaitMsMean: number | null;
  series: { tMs: number[]; busy: number[] };
}

/** What sessions saw of what they wrote, by reads in one consistency mode, over the window. */
export interface ConsistencyObservation {
  mode: ConsistencyMode;
  reads: number;
  /** Reads of a row that the session had written; and of these, the ones that did not show it. */
  readBacks: number;
  stale: number;
  /** By how many versions a stale read was late at most. */
  staleVersionsMax: number;
  /** Reads that showed less than the session had read before. */
  backward: number;
  /** Requests that failed, writes included: they count in nothing above. */
  failed: number;
}

/** One statement on one node over the window, from pg_stat_statements. */
export interface StatementObservation {
  /** `other`: transaction control and session settings, in neither total. */
  kind: 'read' | 'write' | 'other';
  /** Of a read, what a comment in its text declares it to be, else `read`. */
  category?: Exclude<RequestCategory, 'write'>;
  /** What its application calls it, and the group that it counts it to, where its comments say so. */
  name?: string;
  group?: string;
  /** Normalised text: no literal of a captured workload. */
  text: string;
  calls: number;
  /** On the server's clock: waits for CPU, locks and disk included, not those for a connection. */
  execMs: number;
  rows: number;
  /** Hit + read. */
  blocks: number;
}

export interface VolumeTotals {
  calls: number;
  execMs: number;
  rows: number;
  /** Blocks hit + read. */
  blocks: number;
}

/** What one server executed for the application, by its own count. */
export interface VolumeObservation {
  node: NodeName;
  /** In the window. */
  reads: VolumeTotals;
  /**
   * The same reads' calls by time block, of window.blockSeconds each: indexed as load.window.blocks, but by when a
   * statement ran, not by when it was due. Of a captured trace the last block lasts until the last answer.
   */
  readCallsByBlock: number[];
  /** Calls over the whole run, until after the last answer. */
  wholeCalls: { read: number; write: number };
  /**
   * Why the counts may be short: the server did not answer each time it was asked, or had no room for so many different
   * statements and discarded the rarest. Null if they are whole.
   */
  short: 'no answer' | 'discarded' | null;
  /** In the window: what others executed in the same database; left out where nothing was seen of them. */
  others?: VolumeTotals;
  /** Each that ran in the window. */
  statements: StatementObservation[];
}

/** The router's counters over the whole run; `kept` where the load driver has it. */
export type RouterObservation = Pick<RouterStats, 'requests' | 'fallbacks' | 'misdeclaredWrites'> &
  Partial<Pick<RouterStats, 'kept'>>;

/** What else used CPU on the machine, in the window; null where unknown. */
export interface MachineObservation extends Sampled {
  /** The bench's own process, and that of the service where there is one; in cores. */
  benchCores: number | null;
  serviceCores: number | null;
  /** All programs together, in cores; null also where the kernel counts cores that aren't ours to use. */
  busyCores: number | null;
  /** Share of the machine's CPU time that the hypervisor gave to others, 0..1. */
  stealShare: number | null;
  /** Over the last 1, 5 and 15 minutes of the run. */
  loadAverage: number[];
}

/** How fast the machine was, whatever was measured on it: what a unit of fixed work took, again and again. */
export interface GaugeObservation extends Sampled {
  /** `thread-cpu`: CPU time, by the kernel's account; where it keeps none, `wall-clock` time. */
  method: 'thread-cpu' | 'wall-clock';
  /** Mean over the window (by the wall clock: of the fastest quarter) in ms; null where none was done in it. */
  unitMs: number | null;
  series: { tMs: number[]; unitMs: number[] };
}

/**
 * How long the bench itself stood still, at most: it was stopped, or all of the machine was. Over LONGEST_GAP_MS, what it
 * saw of the window is not what happened in it.
 */
export interface HeldUpObservation {
  /**
   * From one beat of its pulse of 10 Hz to the next. The clock that all else is timed by may stop in a suspend, so the wall
   * clock is looked at too: it is the longer of the two.
   */
  longestMs: number;
  /** When that began, since the window's start; below 0 before it. */
  atMs: number;
}

/** What was seen while the load played: a part for each observer. */
export interface Observations {
  heldUp: HeldUpObservation;
  nodes: NodeObservation[];
  machine: MachineObservation;
  gauge: GaugeObservation;
  router: RouterObservation;
  /** One a server; empty where none was asked. */
  volume: VolumeObservation[];
  /** Null in the baseline and the control: there is no replica. */
  lag: LagObservation | null;
  pools: PoolObservation[];
  /** One a mode in which the policy sends reads to replicas. */
  consistency: ConsistencyObservation[];
}

/** How a rate was found: what each rate that was tried made of the primary. */
export interface RateSearch {
  steps: RateStep[];
  targetUtilisation: number;
  ratePerSecond: number;
}

export interface RateStep {
  ratePerSecond: number;
  utilisation: number;
  seconds: number;
}

/** What reads were answered (see answers.ts): a file beside the record, and its identity. */
export interface AnswersReference {
  file: string;
  sha256: string;
  reads: number;
}

/** One measured run: everything that a comparison needs, and nothing that it can compute. */
export interface RunRecord extends Observations, Planned {
  schema: typeof RUN_SCHEMA;
  id: string;
  side: Side;
  benchVersion: string;
  startedAt: string;
  finishedAt: string;
  /** Null where this run's own bench did not search. */
  rateSearch: RateSearch | null;
  window: { seconds: number; blockSeconds: number };
  /** The whole run, warm-up included; its parts add up to `captured`. */
  accounting: FullAccounting;
  load: Pick<LoadResult, 'window' | 'errors' | 'missingErrors' | 'skips' | 'lockWaits' | 'scenario'> & {
    driverSource: string;
    /** How long an answer is waited for before its request counts as failed, in ms. */
    timeoutMs: number;
  };
  /**
   * CPU in the window, in cores, of the load generator, and of programs that were no part of the run: worked out from
   * what driver and observers saw; and the share of the time that the generator's busiest thread had work, 0..1. Null
   * where unknown.
   */
  processes: { generatorCores: number | null; generatorBusy: number | null; othersCores: number | null };
  /** Only with --check-results. */
  answers?: AnswersReference;
  /** Sentences for the reader. */
  warnings: string[];
}

export interface StoredRun {
  file: string;
  record: RunRecord;
}
