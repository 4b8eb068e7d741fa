import type { PlannedNode, Side, Topology } from '../record/pure.js';
import type { Cluster, ConnectionConfig } from './cluster.js';

/** A data set that the bench makes itself. */
export interface MadeDataset {
  kind: 'made';
  /** Starts the name of what is kept of it: the workload. */
  label: string;
  /** All that the data depends on, beside the version of PostgreSQL. */
  key: Record<string, string | number>;
  /** The database to create. */
  database: string;
  /** The disk that it takes once it is loaded, about; by default next to nothing. */
  bytes?: number;
  /**
   * Fills the empty database. It connects as a superuser; the role `splitbench_app`, which will read and write every
   * table and owns none, exists already. Its clients need an 'error' listener: an abort stops the server under them.
   */
  load(admin: ConnectionConfig): Promise<void>;
}

/** A user's own data. */
export interface SnapshotDataset {
  kind: 'snapshot';
  /** A dump in custom format, a plain SQL dump, or the data directory of a cleanly stopped server. */
  path: string;
  /** What `pg_dumpall -g` wrote: the roles that a dump of one database leaves out. */
  globals?: string;
  /** The database to replay against; by default the captured one, or the biggest that the snapshot brings. */
  database?: string;
  /** The database that the workload was captured in. */
  capturedDatabase?: string;
}

/** A role of the user's own. In the bench's copy it may log in, with the app's password. */
export interface DataRole {
  name: string;
  /** The `statement_timeout` that it has in the database, in ms; 0 where it has none. */
  statementTimeoutMs: number;
  /** Why it could not log in nevertheless, in the server's words. */
  refusal?: string;
}

/** What lies in the servers' database already. */
export interface PresentDataset {
  kind: 'present';
  /** Nothing that writes will be played. */
  readOnly: boolean;
}

export type Dataset = MadeDataset | SnapshotDataset | PresentDataset;

/** How a preparation is followed and interrupted. */
export interface Preparation {
  signal: AbortSignal;
  /** How many servers will have a copy of the data at a time: there has to be room for them, too. Default: none. */
  copies?: number;
  onProgress?: (words: string) => void;
  /** The database of servers that others run (`host/database`) which the user lets the bench write to. */
  allowWritesTo?: string;
}

/** A data set in its place: each cluster started on it begins with the same data. */
export interface PreparedData {
  /** The database that holds it. */
  database: string;
  /** Identity of the snapshot that it came from; null for a data set that the bench made. */
  snapshotSha256: string | null;
  /** Identity of the globals that were restored with it; null where there were none. */
  globalsSha256: string | null;
  /**
   * The roles that the data came with; empty for a data set that the bench made. Null where they are not the bench's to play:
   * then all sessions are played as whoever the servers are connected to as.
   */
  roles: readonly DataRole[] | null;
  /** Sentences for the reader: what a restore could not bring. */
  warnings: string[];
  /**
   * Starts the servers of one side, ready for connections. Failed or aborted, then or while they are used, it leaves
   * nothing behind.
   *
   * @throws BenchError (a setting that a server refuses, a side that this topology can't give...), or the signal's reason
   */
  start(request: {
    side: Side;
    /** Names what it makes, until it is disposed of. */
    runId: string;
    signal: AbortSignal;
  }): Promise<Cluster>;
}

/** Something that can serve clusters. One is made by a file and a line in {@link CLUSTERS}. */
export interface ClusterProvider {
  /** What a plan calls it. */
  readonly kind: string;
  /**
   * What a plan would say of such servers here, without starting any.
   *
   * @param wanted its nodes, PostgreSQL's settings (by default the provider's own, with which a node takes as many
   *   connections as it needs) or what a user changes of them, and how many connections to a node a router's pool is
   *   to have
   * @returns also that number, where the servers' own surroundings say another
   * @throws BenchError if there can be none here, in words that say why
   */
  describe(
    wanted: Pick<Topology, 'nodes'> &
      Partial<Pick<Topology, 'settings' | 'reset'>> & {
        changedSettings?: Topology['settings'];
        poolSize: number;
      },
  ): Promise<Topology & { poolSize?: number }>;
  /**
   * The servers of a side, the primary first.
   *
   * @throws BenchError where this topology can't have the side here
   */
  nodesOf(topology: Topology, side: Side): PlannedNode[];
  /**
   * Puts a data set in its place for servers of this topology, once for all runs on it where it can be kept.
   *
   * @throws BenchError (a full disk among the reasons), what a data set's `load` throws, or the signal's reason
   */
  prepare(dataset: Dataset, about: { topology: Topology } & Preparation): Promise<PreparedData>;
}
