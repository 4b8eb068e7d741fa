import type { QueryConfig, QueryResult } from 'pg';
import { errorText } from '../errors.js';
import type { NodeConfig, NodeRole, ReplicaConfig, ReplicaStatus } from '../types.js';
import { LoadEstimate } from './balance.js';
import { type BreakerState, CircuitBreaker } from './breaker.js';
import type { RoutedClient } from './client.js';
import { isHealthTimeout, sqlState } from './failures.js';
import { Monitor } from './monitor.js';
import { type Lease, NodePool, type NodePoolOptions } from './pool.js';
import { NODE_CHECK, REPLAYED } from './questions.js';
import { ReplicaHealth } from './replica-health.js';
import type { NodeState } from './roles.js';

const TOO_MANY_CONNECTIONS = '53300';

interface NodeOptions extends ReplicaConfig, Omit<NodePoolOptions, 'onConnect'> {
  /** How the health checks connect. */
  monitor: NodeConfig;
  /** Whether what it has replayed must be known of each new connection. */
  tracksReplay: boolean;
  onBreaker: (state: BreakerState) => void;
}

export interface NodeLease {
  node: ServerNode;
  lease: Lease;
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
  #replayed = 0;

  constructor(readonly options: NodeOptions) {
    const { name, monitor, settings, onBreaker } = options;
    this.name = name;
    this.monitor = new Monitor(name, monitor, settings.applicationName);
    this.health = new ReplicaHealth(settings.maxLagMs, settings.maxLagBytes);
    this.breaker = new CircuitBreaker({ onChange: onBreaker });
    this.pool = new NodePool({ ...options, onConnect: (client) => this.#learnReplayed(client) });
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

  async #learnReplayed(client: RoutedClient): Promise<void> {
    if (!this.options.tracksReplay || client.standby !== true) return;
    const { acquireTimeoutMs } = this.options.settings;
    const question = { text: REPLAYED, query_timeout: acquireTimeoutMs };
    const { rows } = await client.query<{ lsn: number | null }>(question);
    this.#replayed = rows[0]!.lsn ?? 0;
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
    const [result] = await this.ask({ name: 'splitbench_node', text: NODE_CHECK }, timeoutMs);
    return this.noteState(result!.rows[0]);
  }

  /** @param state the answer to NODE_CHECK */
  noteState(state: NodeState): NodeState {
    this.state = { ...state, lsn: state.lsn ?? 0 };
    this.timeline = Math.max(this.timeline, state.timeline);
    this.answeredAtMs = performance.now();
    this.noteReplayed(this.state.lsn);
    return this.state;
  }

  /** Asks a replica how much it has replayed. Throws as the monitor does. */
  async askReplayed(timeoutMs: number): Promise<number> {
    const [result] = await this.monitor.ask(REPLAYED, timeoutMs);
    const replayed = result!.rows[0].lsn ?? 0;
    this.noteReplayed(replayed);
    return replayed;
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
