import { BenchError } from '../machine/pure.js';
import type { Budget, NodeName, PlannedNode, Role } from '../record/pure.js';

/** How to connect to a node, as `pg` takes it. */
export interface ConnectionConfig {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** The same, password and all, with how TLS is to be used, where that has to be said: it wins over the rest. */
  connectionString?: string;
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
  readonly role: Role;
  /** What the router is to send it alone. */
  readonly reservedFor?: PlannedNode['reservedFor'];
  /** Its share of the reads, relative to other replicas'. */
  readonly weight?: PlannedNode['weight'];
  /** A superuser's connection, where the cluster's capabilities say so. */
  readonly admin: ConnectionConfig;
  /** What the service or the player connects with. */
  readonly app: ConnectionConfig;
  /** What observers connect with: its statements are left out of pg_stat_statements. */
  readonly monitor: ConnectionConfig;
  readonly budget: Budget;
  /** Postmaster's process id, or null where the server isn't a process of this machine. */
  readonly pid: number | null;
  /** How the server ended, in words, where the bench started it and did not stop it; never settles otherwise. */
  readonly lost: Promise<string>;
  /** Reads the node's cumulative usage; null where nobody counts it, or nothing new is known. Cheap: called at 10 Hz. */
  usage(): Promise<NodeUsage | null>;
  /** How often something new is known of it, in ms; left out where that is each time it is read. */
  readonly usageStepMs?: number;
  /** Of a replica whose primary has other standbys too: what the primary calls it. */
  readonly standbyName?: string;
  /** Lifts the CPU budget (`false`) while there is nothing to measure, or sets it again. */
  enforceBudget(on: boolean): Promise<void>;
}

/** What may be asked of a cluster's servers. Of servers that aren't the bench's own: nothing that their owner doesn't allow. */
export interface Capabilities {
  /** What pg_stat_statements has counted may be thrown away. */
  resettable: boolean;
  /** `admin` is a superuser: it may create what others see, and change the servers' settings. */
  superuser: boolean;
  /** `usage()` is never null. */
  cpu: boolean;
  /** Something may be written to the primary. */
  writes: boolean;
  /** In the database `admin` may create schemas of the bench's own. */
  schemas: boolean;
  /** Each server counts its statements, and shows the counts to `monitor`. */
  statements: boolean;
}

/** Of servers that the bench has made. */
export const ALL_ALLOWED: Capabilities = {
  ...{ resettable: true, superuser: true, cpu: true },
  ...{ writes: true, schemas: true, statements: true },
};

/**
 * Where a workload is replayed: a primary and, in the split, its replicas, each in its CPU budget and ready
 * for connections. Disposing it stops every server and removes what it created.
 */
export interface Cluster extends AsyncDisposable {
  readonly capabilities: Capabilities;
  readonly primary: Node;
  readonly replicas: readonly Node[];
}

const SERVERS: Record<keyof Capabilities, string> = {
  resettable: 'servers whose statistics it may reset',
  superuser: 'servers on which it is a superuser',
  cpu: 'servers whose CPU use it can read at any moment',
  writes: 'servers that it may write to',
  schemas: 'servers on which it may create schemas',
  statements: 'servers that count their statements',
};

/**
 * @param what begins the sentence: `The self-check`
 * @param advice ends it
 * @throws BenchError CLUSTER_REFUSES if the servers don't give what it needs
 */
export function requireCapability(
  { capabilities }: { capabilities: Capabilities },
  capability: keyof Capabilities,
  what: string,
  advice = 'choose such with --cluster',
): void {
  if (capabilities[capability]) return;
  throw new BenchError('CLUSTER_REFUSES', `${what} needs ${SERVERS[capability]}: ${advice}.`);
}
