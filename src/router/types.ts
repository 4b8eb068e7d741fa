import type { EventEmitter } from 'node:events';
import type { ClientConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { BreakerState } from './nodes/breaker.js';
import type { ReadCategory, RequestCategory } from './policy/categories.js';
import type { RoutingPolicy } from './policy/policy.js';
import type { RouteReason } from './reasons.js';
import type { IsolationLevel } from './requests/isolation.js';
import type { Classification } from './sql/classification.js';
import type { PinningState, SessionState } from './sql/effect.js';
import type { RouterWarning } from './warnings.js';

export type { BreakerState, RouteReason, RouterWarning };

/** A connection URL, or what `pg` takes. */
export type NodeConfig = string | ClientConfig;

/** A replica, with more said of it than how to connect. */
export interface ReplicaConfig {
  connection: NodeConfig;
  /** Share of the reads relative to other replicas'. Default 1. */
  weight?: number;
  /** `analytics`: takes analytics only, and other replicas take analytics only while this one can't. */
  reservedFor?: 'analytics';
}

export interface RouterOptions {
  /** The server that takes writes. Roles are found out, not believed: if a replica was promoted, it is the primary. */
  primary: NodeConfig;
  replicas?: (NodeConfig | ReplicaConfig)[];
  /** A shipped policy's name or a policy; default `balanced`. */
  policy?: string | RoutingPolicy;
  /** Connections per node. Default 10. */
  poolSize?: number;
  /** How long a request waits for a free connection before it fails or falls back, in ms. Default 5000. */
  acquireTimeoutMs?: number;
  /** Health check of each node: every `intervalMs` (default 1000, ± 20 %), failed after `timeoutMs` (default 250). */
  health?: { intervalMs?: number; timeoutMs?: number };
  /** A replica further behind than this is taken out, back at half of it. Default 1000 ms. */
  maxLagMs?: number;
  /** The same in bytes of WAL. Default: no limit. */
  maxLagBytes?: number;
  /** A read that failed for its node's sake is tried elsewhere only within this time of its start. Default 10,000 ms. */
  retryWithinMs?: number;
  /** How long a write waits for a primary while there is none, in ms, before it fails with `PRIMARY_UNAVAILABLE`. Default 5000. */
  failoverWaitMs?: number;
  /** How much of the primary the reads may take that no replica could answer. */
  protection?: ProtectionOptions;
  /** Told when a request falls back to the primary, a replica is lost or comes back, an idle connection dies. */
  onWarning?: (warning: RouterWarning) => void;
  /** application_name of the pooled connections. */
  applicationName?: string;
  /** How the health checks connect, where that shall not be as the pools do (a role of its own); same order as the nodes. */
  monitors?: { primary: NodeConfig; replicas: NodeConfig[] };
}

/** Limits that keep the loss of a replica from becoming the loss of the primary. In force where there are replicas. */
export interface ProtectionOptions {
  /** Connections to the primary that only writes may take. Default: a fifth of the pool, at least 1 if it has 2 or more. */
  reservedForWrites?: number;
  /** Reads running on the primary at a time because no replica could answer. Default: a quarter of the pool, at least 1. */
  fallbackConcurrency?: number;
  /** Such reads per second, in bursts of up to a second's worth. Default: no limit but the above. */
  fallbackPerSecond?: number;
}

/** What a server is: the one that takes writes, or one that replays them. */
export type NodeRole = 'primary' | 'replica';

export interface Routing {
  /** The name the node was given at the start: `primary`, `replica`, `replica-2`... */
  node: string;
  /** What it was when it answered: after a promotion, a node named `replica` may be the primary. */
  role: NodeRole;
  category: RequestCategory;
  reason: RouteReason;
  /** Time spent waiting: for a connection, for a replica to replay, for a primary to come back. In ms. */
  waitedMs: number;
  /** Of that, the time in which all connections of the pool were taken; to open one is the server's work, and none of it. */
  queuedMs: number;
  /** How far behind the replica was at its last health check, in ms; 0 on the primary, null if unknown. */
  stalenessMs: number | null;
  fallback: boolean;
}

export interface RequestOptions {
  /** Default: the session of `withSession` around the call. */
  session?: Session;
  /** Without one the router classifies the statement itself. Never overrides a detected write. */
  category?: RequestCategory;
  /** Names a finer rule of the policy, such as `history`. */
  group?: string;
}

/** An attempt that failed, and the text of its error. */
export interface FailedAttempt {
  node: string;
  error: string;
}

/** What became of one request: for tracing. */
export interface Decision extends Routing {
  /** The statement as it was given, literals and all; of a held connection, undefined. */
  text: string | undefined;
  group: string | undefined;
  ok: boolean;
  /** From the call to its answer, in ms. */
  durationMs: number;
  /** Nodes that failed before this one, and why, in order. */
  failures: FailedAttempt[];
}

// biome-ignore lint/suspicious/noExplicitAny: rows are what the caller says they are
export type RoutedResult<R extends QueryResultRow = any> = QueryResult<R> & { routing: Routing };

/** What the router remembers of one user between requests. Serialisable: a cookie or header can carry it. */
export interface Session {
  /** Opaque text that `router.session(token)` takes back; '' if there is nothing to remember. */
  token(): string;
}

/** One connection of one node, held until released. */
export interface PinnedClient {
  readonly routing: Routing;
  // biome-ignore lint/suspicious/noExplicitAny: as pg has it
  query<R extends QueryResultRow = any>(
    text: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<R>>;
  /** Gives the connection back; with `destroy`, closes it (an open transaction is rolled back by the server). */
  release(destroy?: boolean): void;
}

export interface AcquireBucket {
  le: number;
  count: number;
}

export interface PoolStats {
  node: string;
  size: number;
  /** Connections open, in use, free to take now (size − busy), and requests waiting for one. */
  open: number;
  busy: number;
  available: number;
  waiting: number;
  /** ∫ busy dt since the start, in connection-seconds: its difference over a window ÷ (size × seconds) is the utilisation. */
  busySeconds: number;
  acquires: number;
  acquireWaitMsTotal: number;
  acquireTimeouts: number;
  /** Acquires by how long they waited: cumulative counts up to each limit in ms, as Prometheus has them. */
  acquireWaitMs: AcquireBucket[];
  /** Time-weighted mean of busy ÷ size since the start. */
  utilisation: number;
}

export interface ReplicaStatus {
  node: string;
  /** What it is now; `unknown` until it has answered, or if it isn't a server of this cluster. */
  role: NodeRole | 'unknown';
  healthy: boolean;
  lagMs: number | null;
  lagBytes: number | null;
  lastError: string | null;
  breaker: BreakerState;
  /** Share of its weight that it has by now (slow start), 0 to 1. */
  ramp: number;
  inFlight: number;
  /** Moving average of its answers' latency, in ms; null before the first. */
  latencyMs: number | null;
}

/** How much of the primary's budget for reads that no replica could answer is used. */
export interface ProtectionStats {
  reservedForWrites: number;
  fallbackConcurrency: number;
  /** Null: no limit. */
  fallbackPerSecond: number | null;
  fallbackInFlight: number;
  /** Reads refused with `PrimaryBudgetExceeded`, by category. */
  shed: Record<ReadCategory, number>;
}

/** Reads that had to wait for a replica to replay what their session had seen. */
export interface ConsistencyStats {
  waits: number;
  waitedMsTotal: number;
  /** Waits that ended on the primary. */
  timeouts: number;
}

/** Requests that went the same way for the same reason. */
export interface RequestCount {
  category: RequestCategory;
  group: string;
  node: string;
  reason: RouteReason;
  ok: number;
  failed: number;
}

/** What clients of a pool had left in their sessions, so that their reads had to stay on the primary. */
export type PinningStats = Record<
  PinningState,
  {
    /** Clients that have left it at least once. */
    clients: number;
    /** Reads, or READ ONLY transactions, kept on the primary for it alone or with others. */
    reads: number;
  }
>;

/** Clients of a pool in transaction mode that kept a connection between two transactions, by what they had left in it. */
export type KeptConnections = Record<SessionState, number>;

export interface RouterStats {
  policy: string;
  /** Milliseconds since the router started. */
  uptimeMs: number;
  requests: RequestCount[];
  /** One a node, in the order they were given: the primary first. */
  pools: PoolStats[];
  /** The nodes that were given as replicas. */
  replicas: ReplicaStatus[];
  /** Name of the node that takes writes; null while there is none. */
  primary: string | null;
  /** How often another node became the primary. */
  promotions: number;
  /** Null where there are no replicas. */
  protection: ProtectionStats | null;
  consistency: ConsistencyStats;
  pinning: PinningStats;
  kept: KeptConnections;
  fallbacks: number;
  misdeclaredWrites: number;
  learnedStatements: number;
}

/** How a transaction or held connection is opened. */
export interface ConnectOptions extends RequestOptions {
  /** May run on a replica, where the policy sends reads. */
  readOnly?: boolean;
  /** A serializable one is the primary's, even read-only: standbys refuse it. */
  isolation?: IsolationLevel;
}

/** Emits `decision` for each request; `events.on(router, 'decision')` makes an async iterator of it. */
export interface Router extends EventEmitter<{ decision: [Decision] }> {
  // biome-ignore lint/suspicious/noExplicitAny: as pg has it
  query<R extends QueryResultRow = any>(
    text: string | QueryConfig,
    values?: unknown[],
    options?: RequestOptions,
  ): Promise<RoutedResult<R>>;
  session(token?: string): Session;
  /** Runs `fn` in a transaction on one connection: the primary, or with `readOnly` where the policy sends reads. */
  transaction<T>(options: ConnectOptions, fn: (client: PinnedClient) => Promise<T>): Promise<T>;
  /** Takes a connection for several statements (a transaction, SET, a cursor): the primary unless `readOnly`. */
  connect(options?: ConnectOptions): Promise<PinnedClient>;
  /**
   * Opens connections to each node ahead of its first requests, up to the pool's size: these then wait for none. Those that
   * can't be opened are left to whoever needs them. Connections idle for a minute are closed again.
   */
  warmUp(connections: number): Promise<void>;
  classify(sql: string): Promise<Classification>;
  stats(): RouterStats;
  /** Closes every connection and timer. */
  end(): Promise<void>;
}
