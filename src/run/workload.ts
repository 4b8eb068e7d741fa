import type { Dataset } from '../cluster/index.js';
import type { PrepareOptions } from '../load/index.js';
import type { WorkSpec } from '../plan/index.js';
import type { LoadKind, PlannedLoad, PlannedWorkload, Side } from '../record/pure.js';
import type { Catalog } from '../router/index.js';
import type { startService } from '../service/index.js';
import type { TraceSummary } from '../workload/index.js';

/** Something to replay: an entry of WORKLOADS. */
export interface Workload {
  /** Whether a specification means this one. */
  takes(spec: Pick<WorkSpec, 'workload' | 'application'>): boolean;
  /**
   * Completes a specification by what this workload chooses where nothing was said. Starts no server.
   * @throws BenchError where something was asked for that it can't give, or its trace can't be read
   */
  open(spec: WorkSpec, options: PrepareOptions): Promise<Work>;
}

/** A workload to a specification: its data, its trace, its pace, its service. */
export interface Work
  extends Readonly<
    Pick<PlannedWorkload, 'kind' | 'application'> &
      Pick<PlannedLoad, 'speed' | 'shape' | 'pooled' | 'executors' | 'warmupS' | 'durationS'>
  > {
  /**
   * `http`: the driver sends requests to the service; `sql`: it sends statements through a router of its own; `scenario`: it
   * runs a k6 scenario on an application that others run.
   */
  readonly traceKind: LoadKind;
  /** @throws BenchError where what others run for one of these sides isn't there */
  readonly requireReady?: (sides: readonly Side[]) => Promise<void>;
  /** Starts the application on its router; without one the trace has the application's statements. */
  readonly startService?: typeof startService;
  /** The statement of each operation that its requests name, for what they read and write. */
  readonly operations?: ReadonlyMap<string, string>;
  readonly dataset: Dataset;
  /** What a plan says of where data and trace come from. */
  readonly source: Pick<PlannedWorkload, 'seed' | 'trafficSeed' | 'scale' | 'traceFile'>;
  /** Where statements of a log are replayed: all that were captured, whatever part of them is. */
  readonly capture?: Capture;
  /** Requests per second; `auto`: the rate has to be found; null: the trace has a pace of its own. */
  readonly rate: number | 'auto' | null;
  /** Connections per node that it wants of the router's pools. */
  readonly poolSize: number;
  trace(request: TraceRequest): Promise<TraceFile>;
}

/** The trace's first seconds (of the schedule, as it is played) at a rate (null: at its own pace), in a folder of its own. */
export interface TraceRequest {
  folder: string;
  ratePerSecond: number | null;
  seconds: number;
  /** What a captured trace's database says of its functions and views, where that decides what is played. */
  catalog?: Catalog;
}

/** A trace that was made of a log. */
export interface Capture {
  file: string;
  sha256: string;
  /** Whose sessions it has. */
  users: TraceSummary['users'];
}

export interface TraceFile {
  file: string;
  /** What is in it, where it has been read already. */
  summary?: LoadSummary;
}

/** What a plan says of a trace, or of what stands for one. */
export type LoadSummary = Pick<TraceSummary, 'sha256' | 'events' | 'sessions' | 'eventsByCategory'> & {
  header: Pick<TraceSummary['header'], 'workload'>;
};

/** Connections per node that are enough for the service. */
export const DEFAULT_POOL_SIZE = 10;
