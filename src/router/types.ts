import type { ClientConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { RequestCategory, RoutingPolicy } from './policy.js';

/** The public interfaces of the router. Nothing here knows of a bench. */

export type NodeConfig = string | ClientConfig;

export interface RouterOptions {
  primary: NodeConfig;
  replicas?: NodeConfig[];
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
  /** Told when a request falls back to the primary, a replica is lost or comes back, an idle connection dies. */
  onWarning?: (warning: RouterWarning) => void;
  /** application_name of the pooled connections. */
  applicationName?: string;
  /** How the health checks connect, where that shall not be as the pools do (a role of its own); same order as the nodes. */
  monitors?: { primary: NodeConfig; replicas: NodeConfig[] };
}

export interface RouterWarning {
  code:
    | 'fallback'
    | 'replica-out'
    | 'replica-back'
    | 'misdeclared-write'
    | 'learned-primary'
    | 'connection-lost';
  node: string;
  message: string;
}

/** Why a request went where it went. */
export type RouteReason =
  | 'write' // declared or detected as a write
  | 'misdeclared-write' // declared as something else, detected as a write
  | 'realtime'
  | 'policy-primary' // the policy sends it to the primary
  | 'policy-replica'
  | 'primary-share' // kept on the primary by the policy's share
  | 'sticky' // its session wrote a moment ago
  | 'transaction' // pinned to the connection of its transaction
  | 'no-replica' // none configured (primary-only topology)
  | 'fallback-unhealthy' // no healthy replica
  | 'fallback-lag' // replicas too far behind
  | 'fallback-error' // the replica failed, answered by the primary
  | 'unsafe' // not certain to be right on a standby
  | 'learned'; // a standby refused this statement before

export interface Routing {
  /** `primary`, `replica`, `replica-2`... */
  node: string;
  category: RequestCategory;
  reason: RouteReason;
  /** Time spent waiting for a connection, in ms. */
  waitedMs: number;
  /** How far behind the replica was at its last health check, in ms; 0 on the primary, null if unknown. */
  stalenessMs: number | null;
  fallback: boolean;
}

export interface RequestOptions {
  session?: Session;
  /** Without one the router classifies the statement itself. Never overrides a detected write. */
  category?: RequestCategory;
  /** Names a finer rule of the policy, such as `history`. */
  group?: string;
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

/** Whether a statement changes data: `possibly` is what can't be seen (a volatile function, text that doesn't parse). */
export type Writes = 'never' | 'possibly' | 'certainly';

export interface Classification {
  target: 'primary' | 'replica';
  writes: Writes;
  /** In words: `SELECT`, `locking clause`, `volatile function`... */
  reason: string;
  /** What keeps it on the primary: the clause, function, view or relation. */
  culprit?: string;
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
}

export interface ReplicaStatus {
  node: string;
  healthy: boolean;
  lagMs: number | null;
  lagBytes: number | null;
  lastError: string | null;
}

export interface RouterStats {
  policy: string;
  /** Milliseconds since the router started. */
  uptimeMs: number;
  requests: {
    category: RequestCategory;
    group: string;
    node: string;
    reason: RouteReason;
    ok: number;
    failed: number;
  }[];
  pools: PoolStats[];
  replicas: ReplicaStatus[];
  fallbacks: number;
  misdeclaredWrites: number;
  learnedStatements: number;
}

export interface Router {
  // biome-ignore lint/suspicious/noExplicitAny: as pg has it
  query<R extends QueryResultRow = any>(
    text: string | QueryConfig,
    values?: unknown[],
    options?: RequestOptions,
  ): Promise<RoutedResult<R>>;
  session(token?: string): Session;
  /** Runs `fn` in a transaction on one connection: the primary, or with `readOnly` where the policy sends reads. */
  transaction<T>(
    options: RequestOptions & { readOnly?: boolean },
    fn: (client: PinnedClient) => Promise<T>,
  ): Promise<T>;
  /** Takes a connection for several statements (a transaction, SET, a cursor): the primary unless `readOnly`. */
  connect(options?: RequestOptions & { readOnly?: boolean }): Promise<PinnedClient>;
  classify(sql: string): Promise<Classification>;
  stats(): RouterStats;
  /** Closes every connection and timer. */
  end(): Promise<void>;
}
