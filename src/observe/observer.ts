import type { Capabilities, Cluster } from '../cluster/index.js';
import type { RouterStats, RoutingPolicy } from '../router/index.js';
import type { ServiceHandle } from '../service/index.js';

/** A stretch of wall-clock time, in milliseconds since the epoch (fractional). */
export interface TimeWindow {
  startMs: number;
  endMs: number;
}

/** What there is to watch. */
export interface Scene {
  cluster: Cluster;
  /** The service under test; null where the load driver has a router of its own (SQL traces). */
  service: Pick<ServiceHandle, 'stats'> | null;
  /** What the reads of the run obey. */
  policy: RoutingPolicy;
  /**
   * Fingerprints of the workload's statements, where others may use the database too; left out where it is the only one, and
   * beside whom the bench is with `unknown`.
   */
  statements?: ReadonlySet<string> | 'unknown';
  /** Told at once, in a sentence, what befalls a server. */
  onMishap?(sentence: string): void;
}

/** Something that watches while the load plays, for one part of the run record: an entry of OBSERVERS. */
export interface Observer<Part> {
  /**
   * What the record says where this observer is left out, which it can be because it asks servers or service while the
   * load plays, or because the cluster lacks what it needs. Undefined: it asks nobody, and always watches.
   */
  readonly ifLeftOut?: Part;
  /** What it needs to be allowed. */
  readonly needs?: keyof Capabilities;
  /** Begins to watch, before the first request. */
  start(scene: Scene): Promise<Watching<Part>>;
}

/** How a run goes, over the last second or so: what is not known is left out. */
export interface Latest {
  /** CPU of the primary, as a share of its budget or, where it has none, of the machine. */
  primaryUtilisation?: number;
  lagMs?: number;
}

/** It keeps what it sees with wall-clock times, for the window is known only when the driver has begun. */
export interface Watching<Part> {
  /** Told at the window's start and at the end of each of its blocks: for counters that have no history. */
  mark?(): Promise<void>;
  /** Told at 10 Hz what the load driver's own router counts, where it has one. */
  onRouterStats?(stats: RouterStats): void;
  /** For whoever looks on. */
  latest?(): Latest;
  /** Ends the watching; what was seen stays. Called once. */
  stop(): Promise<void>;
  /** What was seen in the window. Series also hold what lies before it (warm-up), at negative times. */
  result(window: TimeWindow): Part;
}
