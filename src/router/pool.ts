import pg from 'pg';
import { clientConfig, cutConnection, isBetweenTransactions } from './connection.js';
import { errorText, RouterError } from './errors.js';
import type { NodeConfig, PoolStats } from './types.js';

/** How long a closing pool lets statements that still run finish, before it cuts their connections. */
const CLOSE_GRACE_MS = 5000;
/** Connections idle for longer are closed. */
const IDLE_MS = 60_000;

export interface NodePoolOptions {
  size: number;
  acquireTimeoutMs: number;
  applicationName?: string;
  /** Told when a connection breaks that nobody was using. */
  onConnectionLost: (error: Error) => void;
}

/** The connections to one node: a `pg.Pool` that knows how busy it was, to the millisecond. */
export class NodePool {
  readonly #pool: pg.Pool;
  readonly #clients = new Set<pg.ClientBase>();
  readonly #options: NodePoolOptions;
  #busy = 0;
  #busyMs = 0;
  #busySinceMs = performance.now();
  #acquires = 0;
  #acquireWaitMs = 0;
  #acquireTimeouts = 0;

  constructor(
    readonly name: string,
    node: NodeConfig,
    options: NodePoolOptions,
  ) {
    this.#options = options;
    this.#pool = new pg.Pool({
      ...clientConfig(node, { application_name: options.applicationName }),
      max: options.size,
      connectionTimeoutMillis: options.acquireTimeoutMs,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
    });
    this.#pool.on('error', options.onConnectionLost);
    this.#pool.on('connect', (client) => {
      this.#clients.add(client);
      // A client that breaks while it is held says so to its next query; without a listener it would end the process.
      client.on('error', () => {});
      client.once('end', () => this.#clients.delete(client));
    });
  }

  /** Connections in use or asked for: what a balancer compares. */
  get load(): number {
    return this.#busy + this.#pool.waitingCount;
  }

  /**
   * Takes a connection.
   * @throws RouterError `ACQUIRE_TIMEOUT` if none came free in time; what connecting throws
   */
  async acquire(): Promise<Lease> {
    const askedMs = performance.now();
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw this.#acquireError(error);
    }
    const nowMs = performance.now();
    this.#acquires++;
    this.#acquireWaitMs += nowMs - askedMs;
    this.#countBusy(1, nowMs);
    return new Lease(client, nowMs - askedMs, () => this.#countBusy(-1, performance.now()));
  }

  #acquireError(error: unknown): unknown {
    // pg-pool tells its two time-outs (no connection free, no answer to connect) by these words only.
    if (!/^timeout exceeded|connection timeout$|^timeout expired/.test(errorText(error))) return error;
    this.#acquireTimeouts++;
    const { size, acquireTimeoutMs } = this.#options;
    return new RouterError(
      'ACQUIRE_TIMEOUT',
      `No connection to ${this.name} within ${acquireTimeoutMs} ms (${this.#busy} of ${size} in use).`,
      error,
    );
  }

  #countBusy(change: number, nowMs: number): void {
    this.#busyMs += this.#busy * (nowMs - this.#busySinceMs);
    this.#busySinceMs = nowMs;
    this.#busy += change;
  }

  stats(): PoolStats {
    this.#countBusy(0, performance.now());
    return {
      node: this.name,
      size: this.#options.size,
      open: this.#pool.totalCount,
      busy: this.#busy,
      available: this.#options.size - this.#busy,
      waiting: this.#pool.waitingCount,
      busySeconds: this.#busyMs / 1000,
      acquires: this.#acquires,
      acquireWaitMsTotal: this.#acquireWaitMs,
      acquireTimeouts: this.#acquireTimeouts,
    };
  }

  /** Closes every connection: idle ones now, busy ones when they are given back, or after a grace period by force. */
  async end(): Promise<void> {
    const force = setTimeout(() => this.#clients.forEach(cutConnection), CLOSE_GRACE_MS);
    try {
      const sockets = [...this.#clients].map(
        (client) => new Promise((resolve) => client.once('end', resolve)),
      );
      await Promise.all([this.#pool.end(), ...sockets]);
    } finally {
      clearTimeout(force);
    }
  }
}

/** A connection held. */
export class Lease {
  #released = false;
  constructor(
    readonly client: pg.PoolClient,
    readonly waitedMs: number,
    readonly onRelease: () => void,
  ) {}

  /** Gives the connection back, or closes it if it was asked to or a transaction is open on it. Once is enough. */
  release(destroy = false): void {
    if (this.#released) return;
    this.#released = true;
    this.onRelease();
    this.client.release(destroy || !isBetweenTransactions(this.client));
  }
}
