import type { LoadResult } from '../record/pure.js';
import type { NodeConfig, RouterOptions, RouterStats } from '../router/index.js';

/** What a trace is played against: the service (HTTP traces) or a router of the driver's own (SQL traces). */
export type LoadTarget =
  | {
      kind: 'http';
      /** Base URL of the service, such as `http://127.0.0.1:4000`. */
      url: string;
    }
  | {
      kind: 'sql';
      router: Pick<RouterOptions, 'primary' | 'monitors' | 'policy' | 'poolSize'> & {
        replicas?: NodeConfig[];
      };
    };

/** Where the player notes what each read was answered (see player/answer-log.ts), and the key of its hashes. */
export interface AnswersJob {
  file: string;
  key: string;
}

export interface LoadJob {
  /** The trace file (see workload/trace.ts). */
  traceFile: string;
  target: LoadTarget;
  /** Latency is kept for events due in [windowStartUs, windowEndUs) of the schedule (after `speed` is applied). */
  windowStartUs: number;
  windowEndUs: number;
  /** Length of the time blocks that latency is also kept by, in µs. */
  blockUs: number;
  /** The schedule is played this many times faster than written. */
  speed: number;
  /** A request is given up after this long. */
  timeoutMs: number;
  /** The player only: note what reads are answered. */
  answers?: AnswersJob;
  signal: AbortSignal;
  /** Told the process that plays, so that it can be ended even if this one is killed. */
  onChild?: (pid: number) => void;
  /** Called once, with the wall-clock time (ms since the epoch, fractional) at which the schedule's 0 falls. */
  onStart?: (zeroEpochMs: number) => void;
  /** SQL traces: called at 10 Hz with the state of the driver's router, and once more after the last answer. */
  onRouterStats?: (stats: RouterStats) => void;
  /** Called now and then with the number of events done so far. */
  onProgress?: (done: { ok: number; failed: number }) => void;
  /** Called at once with what the user should hear while it plays; the sentence is in the result's warnings too. */
  onWarning?: (sentence: string) => void;
}

/** Plays a trace, open loop, on its schedule. */
export interface LoadDriver {
  readonly name: 'k6' | 'player';
  readonly version: string;
  /** Where it comes from, in words: `PATH (/usr/bin/k6)`, `built from source`, `built in`. */
  readonly source: string;
  /** @throws BenchError if the driver itself could not run; failing requests are counted, not thrown. */
  play(job: LoadJob): Promise<LoadResult>;
}
