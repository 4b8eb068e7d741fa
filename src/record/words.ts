/** The words that everything written by the bench shares. */

/** What a request asks of the router. */
export const CATEGORIES = ['write', 'read', 'analytics', 'realtime'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Something of each category. */
export function byCategory<T>(of: (category: Category) => T): Record<Category, T> {
  return Object.fromEntries(CATEGORIES.map((each) => [each, of(each)])) as Record<Category, T>;
}

/**
 * What is run: the application that the bench brings along, what a log of the user's own tells, or an application of the user's
 * own, which a k6 scenario drives.
 */
export const WORKLOAD_KINDS = ['smartmenu', 'captured', 'application'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/**
 * Who had an event begin late: the load generator, which was behind; its own limit of connections; or the servers, which
 * had not answered the session's previous one.
 */
export const LATE_CAUSES = ['generator', 'connection', 'server'] as const;
export type LateCause = (typeof LATE_CAUSES)[number];

/**
 * How a statement of a captured trace ended, compared with how it did when it was captured: it failed as it had, failed with
 * another code, failed and had not, or had failed and did not.
 */
export const ERRORS_COMPARED = ['same', 'changed', 'new', 'missing'] as const;
export type ErrorCompared = (typeof ERRORS_COMPARED)[number];

/**
 * What a session did that held a lock for which a statement waited: it ran a statement, waited for its client within a
 * transaction or outside of one, was prepared for a commit in two phases, or waited for the waiting one in turn.
 */
export const LOCK_HOLDER_STATES = ['active', 'idle-in-transaction', 'idle', 'prepared', 'deadlock'] as const;
export type LockHolderState = (typeof LOCK_HOLDER_STATES)[number];

/** What a trace holds: requests for the service under test, or statements for the router. */
export type TraceKind = 'http' | 'sql';

/** What a load driver plays: a trace of either kind, or a k6 scenario of the user's own. */
export type LoadKind = TraceKind | 'scenario';

/** What a server is for the application: it takes all writes, or it follows a primary and takes reads. */
export const ROLES = ['primary', 'replica'] as const;
export type Role = (typeof ROLES)[number];

/** The server of a role: of a plan's topology, of a record's nodes, of what was observed. */
export function nodeOf<Node extends { role: Role }>(
  { nodes }: { nodes: readonly Node[] },
  role: Role,
): Node | undefined {
  return nodes.find((node) => node.role === role);
}

/** A server's own name: `primary`, `replica`; were there several replicas, `replica-2` and so on. */
export type NodeName = string;

/** How a node's CPU is limited and counted, best first. */
export const CPU_METHODS = ['cgroup-v2', 'cgroup-v1', 'pinning', 'container', 'none'] as const;
export type CpuMethod = (typeof CPU_METHODS)[number];

/** What a node may use. */
export interface Budget {
  method: CpuMethod;
  /** Cores this node may use; null where nothing limits it. */
  cpus: number | null;
  /** Memory it may take, its share of the page cache included; left out where nothing limits it. */
  memoryBytes?: number;
}

/**
 * Which setup a run measured: a primary alone, a primary and its replica, or one primary that has the CPU budgets of
 * both: what the split's CPU would have bought as a bigger primary.
 */
export const SIDES = ['baseline', 'split', 'control'] as const;
export type Side = (typeof SIDES)[number];

/** A side of a pair. Of A/A trials both are baselines, and `split` names the second. */
export const PAIR_SIDES = ['baseline', 'split'] as const;
export type PairSide = (typeof PAIR_SIDES)[number];
