import type { QueryConfig, QueryResult } from 'pg';
import { errorText } from '../errors.js';
import type { NodeConfig, NodeRole, ReplicaConfig, ReplicaStatus } from '../types.js';
import { LoadEstimate } from './balance.js';
import { type BreakerState, CircuitBreaker } from './breaker.js';
import type { RoutedClient } from './client.js';
import { isHealthTimeout, sqlState } from './failures.js';
import { visibleAt } from './lsn.js';
import { Monitor } from './monitor.js';
import { type Lease, NodePool, type NodePoolOptions } from './pool.js';
import { PositionLog } from './position.js';
import { INSERT_POSITION, NEW_CONNECTION, NODE_CHECK, POSITION } from './questions.js';
import { ReplicaHealth } from './replica-health.js';
import type { NodeState } from './roles.js';

const TOO_MANY_CONNECTIONS = '53300';
/** How long a node may take to say where it is. */
const POSITION_TIMEOUT_MS = 1000;

interface NodeOptions extends ReplicaConfig, Omit<NodePoolOptions, 'onConnect' | 'onBreak'> {
  /** How the health checks connect. */
  monitor: NodeConfig;
  /** Whether each new connection must be asked where the node is. */
  tracksPositions: boolean;
  onBreaker: (state: BreakerState) => void;
}

/** An answer to POSITION. */
interface Position {
  standby: boolean;
  /** Null from a standby that has replayed nothing yet. */
  position: number | null;
  horizon: number;
}

export interface NodeLease {
  node: ServerNode;
  lease: Pick<Lease, 'client' | 'release'>;
  /** How long it was waited for while all connections of the pool were taken, in ms. */
  queuedMs: number;
  /** Whoever it was taken for keeps it: to release it gives it back to him. */
  isKept?: boolean;
}

/** One server: how to reach it, and all that is known of it. */
export class ServerNode {
  readonly name: string;
  /** By what it says of itself, not by what it was given as. */
  role: NodeRole | 'unknown' = 'unknown';
  /** Its last answer to a health check; undefined if it gave none. */
  state: NodeState | undefined;
  /** The highest timeline that it was seen on. */
  timeline = 0;
  /** Whether a connection can be made to it, as far as is known: it may still not answer in time. */
  reachable = false;
  /** When it last answered anything, on the clock of performance.now(): it may be too busy for a health check. */
  answeredAtMs = performance.now();
  readonly pool: NodePool;
  readonly monitor: Monitor;
  readonly health: ReplicaHealth;
  readonly breaker: CircuitBreaker;
  readonly load = new LoadEstimate();
  /** Where it was when, by POSITION and by INSERT_POSITION. */
  readonly positions = new PositionLog(() => this.askPosition(POSITION_TIMEOUT_MS));
  readonly insertPositions = new PositionLog(() => this.#askInsertPosition());
  /** Another one each time that it may have lost what it had, or given way to another primary. */
  epoch = 0;
  #replayed = 0;
  #started: number | undefined;

  constructor(readonly options: NodeOptions) {
    const { name, monitor, settings, onBreaker } = options;
    this.name = name;
    const onBreak = () => this.beginEpoch();
    this.monitor = new Monitor(name, monitor, settings.applicationName, onBreak);
    this.health = new ReplicaHealth(settings.maxLagMs, settings.maxLagBytes);
    this.breaker = new CircuitBreaker({ onChange: onBreaker });
    this.pool = new NodePool({ ...options, onBreak, onConnect: (client) => this.#learnFrom(client) });
  }

  /** What it showed until now, it may not have any more: a crash breaks its connections before it goes on. */
  beginEpoch(): void {
    this.epoch++;
  }

  /**
   * What every connection that is open now is known to have replayed at least, in bytes from 0/0. A server that was
   * restarted may be behind where it was before, which its first new connection shows.
   */
  get replayed(): number {
    return this.#replayed;
  }

  /** A connection was answered this position, by a question it was asked after it was opened. */
  noteReplayed(lsn: number): void {
    if (lsn > this.#replayed) this.#replayed = lsn;
  }

  async #learnFrom(client: RoutedClient): Promise<void> {
    if (!this.options.tracksPositions) return;
    const { acquireTimeoutMs } = this.options.settings;
    const askedMs = performance.now();
    const question = { text: NEW_CONNECTION, query_timeout: acquireTimeoutMs };
    const { started, commitsUnflushed, ...where } = (await client.query(question)).rows[0];
    client.commitsUnflushed = commitsUnflushed;
    if (this.#started !== started) this.beginEpoch();
    this.#started = started;
    if (where.standby) this.#replayed = where.position ?? 0;
    this.#notePosition(where, askedMs);
  }

  #notePosition({ standby, position, horizon }: Position, askedMs: number): void {
    if (position === null) return;
    if (standby) this.noteReplayed(position);
    // It changed its role, and what that is to others is found out by a health check.
    if (this.role !== 'unknown' && standby !== (this.role === 'replica')) return;
    this.positions.note(standby ? position : visibleAt(position), askedMs, horizon);
  }

  /** Asks on the monitor's connection, and remembers whether it could be reached. */
  async ask(question: string | QueryConfig, timeoutMs: number): Promise<QueryResult[]> {
    try {
      const results = await this.monitor.ask(question, timeoutMs);
      this.reachable = true;
      return results;
    } catch (error) {
      const full = sqlState(error) === TOO_MANY_CONNECTIONS;
      // It is at work, for those who are connected.
      if (full) this.answeredAtMs = performance.now();
      this.reachable = full || isHealthTimeout(error);
      this.health.lastError = errorText(error);
      this.state = undefined;
      throw error;
    }
  }

  /** Asks what it is and where. Throws as the monitor does; `state` is then unknown. */
  async check(timeoutMs: number): Promise<NodeState> {
    const askedMs = performance.now();
    const [result] = await this.ask({ name: 'splitbench_node', text: NODE_CHECK }, timeoutMs);
    return this.noteState(result!.rows[0], askedMs);
  }

  /** @param answer to NODE_CHECK, which it was asked at that time */
  noteState({ position, horizon, ...state }: NodeState & Position, askedMs: number): NodeState {
    this.state = { ...state, lsn: state.lsn ?? 0 };
    this.timeline = Math.max(this.timeline, state.timeline);
    this.answeredAtMs = performance.now();
    this.#notePosition({ standby: state.standby, position, horizon }, askedMs);
    return this.state;
  }

  /** Asks where it is, a replica what it has replayed: in bytes from 0/0. Throws as the monitor does. */
  async askPosition(timeoutMs: number): Promise<number> {
    const askedMs = performance.now();
    const [result] = await this.monitor.ask({ name: 'splitbench_position', text: POSITION }, timeoutMs);
    const position: Position = result!.rows[0];
    this.#notePosition(position, askedMs);
    return position.position ?? 0;
  }

  async #askInsertPosition(): Promise<void> {
    const askedMs = performance.now();
    const question = { name: 'splitbench_insert_position', text: INSERT_POSITION };
    const [result] = await this.monitor.ask(question, POSITION_TIMEOUT_MS);
    this.insertPositions.note(visibleAt(result!.rows[0].position), askedMs);
  }

  get status(): ReplicaStatus {
    const { name, role, health, breaker, load } = this;
    return {
      node: name,
      role,
      healthy: health.healthy && role === 'replica',
      lagMs: health.lagMs,
      lagBytes: health.lagBytes,
      lastError: health.lastError,
      breaker: breaker.state,
      ramp: breaker.ramp,
      inFlight: load.inFlight,
      latencyMs: load.latencyMs,
    };
  }
}
