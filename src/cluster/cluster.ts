import type { CpuBudget, NodeName } from '../record/pure.js';

/** How to connect to a node, as `pg` takes it. */
export interface ConnectionConfig {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

/** Cumulative counters of one node since its start, read from the kernel. */
export interface NodeUsage {
  /** CPU seconds used by the node and all its processes. */
  cpuSeconds: number;
  /** Resident memory in bytes; null where it can't be read. */
  memoryBytes: number | null;
  /** Seconds in which the node wanted CPU and its budget had run out; null where the method has no budget. */
  throttledSeconds: number | null;
  /** Enforcement periods so far, and those in which the node was throttled; null likewise. */
  periods: number | null;
  throttledPeriods: number | null;
}

/** One PostgreSQL server. */
export interface Node {
  readonly name: NodeName;
  /** Superuser connection of the bench, for set-up. */
  readonly admin: ConnectionConfig;
  /** What the service or the player connects with. */
  readonly app: ConnectionConfig;
  /** What observers connect with: its statements are left out of pg_stat_statements. */
  readonly monitor: ConnectionConfig;
  readonly budget: CpuBudget;
  /** Postmaster's process id, or null where the server isn't a process of this machine. */
  readonly pid: number | null;
  /** Reads the node's cumulative usage. Cheap: called at 10 Hz. */
  usage(): Promise<NodeUsage>;
  /** Lifts the CPU budget (`false`) while there is nothing to measure, or sets it again. */
  enforceBudget(on: boolean): void;
}

/**
 * Where a workload is replayed: a primary and, in the split, its replicas, each in its CPU budget and ready
 * for connections. Disposing it stops every server and removes what it created.
 */
export interface Cluster extends AsyncDisposable {
  readonly kind: 'embedded';
  readonly postgresVersion: string;
  readonly primary: Node;
  readonly replicas: readonly Node[];
}
