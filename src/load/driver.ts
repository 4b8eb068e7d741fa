import type { LoadKind, LoadResult } from '../record/pure.js';
import type { RouterOptions, RouterStats } from '../router/index.js';
import type { KeyCatalog } from '../workload/generated-keys/index.js';
import type { Window } from './tally.js';

/** What is played against: a service (HTTP traces, scenarios) or a router of the driver's own (SQL traces). */
export type LoadTarget =
  | {
      kind: 'http';
      /** Base URL of the service, such as `http://127.0.0.1:4000`. */
      url: string;
    }
  | {
      kind: 'sql';
      router: Pick<RouterOptions, 'primary' | 'replicas' | 'monitors' | 'policy'> & {
        /** Connections per node. */
        poolSize: number;
      };
      /** Sessions share the connections of the router's pools between their transactions; else each keeps its own. */
      pooled?: boolean;
      /** What the servers are told of parameters. */
      parameterOids?: ParameterOids;
      /** Which columns hold numbers of sequences: where the trace has them, the replay's own are put in their place. */
      keyCatalog?: KeyCatalog;
      /**
       * How sessions connect by the user that they were logged as, in place of what `router` says of it, and how many of its
       * connections are theirs; '' stands for all other users. A node's own `statement_timeout` holds in place of the job's.
       */
      roles?: Record<string, RoleTarget>;
    };

/**
 * The types of the parameters in a role's statements of a shape ('' is the bench's own role), of those only whose values look
 * so if that is said (`likenessOf`): OIDs, 0 where the server infers one. It infers those of all other statements.
 */
export type ParameterOids = { shape: string; role: string; likeness?: string[]; oids: number[] }[];

export type RoleTarget = Pick<(LoadTarget & { kind: 'sql' })['router'], 'primary' | 'replicas' | 'poolSize'>;

/** Where the player notes what each read was answered (see player/answer-log.ts), and the key of its hashes. */
export interface AnswersJob {
  file: string;
  key: string;
}

export interface LoadJob {
  /** The trace file (see workload/trace.ts), or the file of a compiled scenario (see scenario/file.ts). */
  traceFile: string;
  target: LoadTarget;
  /** Latency is kept for events due in it, on the schedule that is played (after `speed` is applied). */
  window: Window;
  /** The schedule is played this many times faster than written. */
  speed: number;
  /** A request is given up after this long. */
  timeoutMs: number;
  /** The player's threads; default: as many as the trace needs and the machine has. */
  threads?: number;
  /** Note what reads are answered; only a driver that keeps answers is asked to. */
  answers?: AnswersJob;
  signal: AbortSignal;
  /** The run that it plays for: what it starts is noted there, so that it can be ended even if this process is killed. */
  runId?: string;
  /** Called once, with the wall-clock time (ms since the epoch, fractional) at which the schedule's 0 falls. */
  onStart?: (zeroEpochMs: number) => void;
  /** SQL traces: called at 10 Hz with the state of the driver's router, and once more after the last answer. */
  onRouterStats?: (stats: RouterStats) => void;
  /** Called now and then with the number of events done so far. */
  onProgress?: (done: { ok: number; failed: number }) => void;
  /** Called at once with what the user should hear while it plays; the sentence is in the result's warnings too. */
  onWarning?: (sentence: string) => void;
}

/** A way to drive the load: an entry of DRIVERS. */
export interface LoadDriver<Name extends string = string> {
  readonly name: Name;
  /** What it is called in a sentence. */
  readonly title: string;
  readonly plays: readonly LoadKind[];
  /** Whether it can note what reads are answered (`LoadJob.answers`). */
  readonly keepsAnswers: boolean;
  /**
   * Finds what it needs on this machine, or gets it; else says in words why that can't be had.
   * @throws the signal's reason if aborted
   */
  prepare(options: PrepareOptions): Promise<ReadyDriver | { lacking: string }>;
}

export interface PrepareOptions {
  signal: AbortSignal;
  /** Told in words what is being done, where it takes long. */
  onProgress?: (detail: string) => void;
}

/** Plays traces, open loop, each event when it is due. */
export interface ReadyDriver {
  readonly version: string;
  /** Where it comes from, in words: `PATH (/usr/bin/k6)`, `built from source`, `built in`. */
  readonly source: string;
  /** @throws BenchError if the driver itself could not run; failing requests are counted, not thrown. */
  play(job: LoadJob): Promise<LoadResult>;
}
