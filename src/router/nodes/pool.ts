import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { errorText, noteQueued, RouterError, routerClosed } from '../errors.js';
import type { Settings } from '../settings.js';
import type { AcquireBucket, NodeConfig, PoolStats } from '../types.js';
import { clientConfig, cutConnection, isBetweenTransactions, isUsable, RoutedClient } from './client.js';

/** How long whoever waits for a connection waits for the server to let go of one that is closed. */
const LET_GO_MS = 250;
/** Connections that are opened ahead: more at a time would wait for each other at the server. */
const OPENED_AT_A_TIME = 8;
/** Connections idle for longer are closed. */
const IDLE_MS = 60_000;

export interface NodePoolOptions {
  name: string;
  connection: NodeConfig;
  settings: Settings;
  /** Told when a connection breaks that nobody was using. */
  onConnectionLost: (error: Error) => void;
  /** Told when any connection breaks. */
  onBreak: () => void;
  /** Told when a connection finds that the server is a standby no longer. */
  onRoleChange: () => void;
  /** Awaited for each new connection before it is used. */
  onConnect: (client: RoutedClient) => Promise<void>;
}

/** A connection that nobody uses, and since when. */
interface Idle {
  client: PooledClient;
  sinceMs: number;
}

/**
 * The connections to one node: a `pg.Pool` that knows how busy it was, to the millisecond. That makes, counts and closes
 * them. What is given back stays here unless somebody waits, to be lent at once: `pg.Pool` takes a promise and two
 * timers for each time.
 */
export class NodePool {
  readonly #pool: pg.Pool;
  readonly #clients = new Set<RoutedClient>();
  /** The one given back last at the end. */
  readonly #idle: Idle[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  /** Those that nobody has had yet: each was opened for whoever gets it first. */
  readonly #fresh = new WeakSet<RoutedClient>();
  /** Refuse those that wait for a connection. */
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #startedMs = performance.now();
  readonly #waits = new AcquireHistogram();
  /** As server_version_num has it; 0 before the first connection. */
  serverVersion = 0;
  #busy = 0;
  #busyMs = 0;
  #busySinceMs = performance.now();
  #acquires = 0;
  #acquireWaitMs = 0;
  #acquireTimeouts = 0;
  /** Requests that wait for a connection, or for one to be made. */
  #asking = 0;
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(readonly options: NodePoolOptions) {
    const { poolSize, acquireTimeoutMs, applicationName } = options.settings;
    this.#pool = new pg.Pool({
      ...clientConfig(options.connection, applicationName),
      max: poolSize,
      connectionTimeoutMillis: acquireTimeoutMs,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      Client: RoutedClient,
      onConnect: (client) => options.onConnect(client as unknown as RoutedClient),
    });
    this.#pool.on('error', options.onConnectionLost);
    this.#pool.on('connect', (pooled) => {
      const client = pooled as unknown as RoutedClient;
      this.serverVersion = client.serverVersion;
      client.onRoleChange = options.onRoleChange;
      this.#clients.add(client);
      this.#fresh.add(client);
      // A client that breaks while it is held says so to its next query; without a listener it would end the process.
      client.on('error', (error) => this.#noteBroken(client, error));
      client.once('end', () => this.#clients.delete(client));
    });
  }

  /**
   * Takes a connection.
   * @throws RouterError `ACQUIRE_TIMEOUT` if none came free in time, `CONNECT_FAILED` with its cause, `CLOSED`
   */
  async acquire(): Promise<Lease> {
    const idle = this.takeIdle();
    if (idle !== undefined) return idle;
    if (this.#closing) throw routerClosed();
    const askedMs = performance.now();
    const isFull = this.#pool.totalCount >= this.options.settings.poolSize;
    this.#asking++;
    try {
      return this.#lend((await this.#connect()) as PooledClient, askedMs);
    } catch (error) {
      const failure = this.#acquireError(error);
      if (isFull) noteQueued(failure, performance.now() - askedMs);
      throw failure;
    } finally {
      this.#asking--;
      this.#tellIfIdle();
    }
  }

  /** A connection that is idle, if there is one: what `acquire` would give, without a promise. */
  takeIdle(): Lease | undefined {
    const idle = this.#idle.pop();
    return idle && this.#lend(idle.client, performance.now());
  }

  /**
   * Opens connections until so many are there, as far as the pool's size and the server allow. Those that are in use
   * count: it is meant for a pool that nobody uses yet.
   */
  async open(count: number): Promise<void> {
    const wanted = Math.min(count, this.options.settings.poolSize) - this.#busy;
    const leases: Lease[] = [];
    for (let failed = false; leases.length < wanted && !failed; ) {
      const some = Array.from({ length: Math.min(OPENED_AT_A_TIME, wanted - leases.length) }, () =>
        this.acquire(),
      );
      const opened = await Promise.allSettled(some);
      leases.push(...opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])));
      failed = opened.some(({ status }) => status === 'rejected');
    }
    for (const lease of leases) lease.release();
  }

  #lend(client: PooledClient, askedMs: number): Lease {
    const nowMs = performance.now();
    this.#acquires++;
    this.#acquireWaitMs += nowMs - askedMs;
    this.#waits.record(nowMs - askedMs);
    this.#countBusy(1, nowMs);
    const queuedMs = (this.#fresh.delete(client) ? Math.max(client.openedMs, askedMs) : nowMs) - askedMs;
    return new Lease(client, queuedMs, this.options.settings.acquireTimeoutMs, this.#giveBack);
  }

  readonly #giveBack = (client: PooledClient, destroy: boolean): void => {
    const nowMs = performance.now();
    this.#countBusy(-1, nowMs);
    if (destroy || this.#closing || this.#pool.waitingCount > 0 || !isUsable(client)) client.release(destroy);
    else {
      this.#idle.push({ client, sinceMs: nowMs });
      this.#idleTimer ??= setTimeout(this.#closeIdle, IDLE_MS).unref();
    }
    if (destroy) setTimeout(cutConnection, LET_GO_MS, client).unref();
    this.#tellIfIdle();
  };

  /** Closes what has been idle for too long, which is at the beginning. */
  readonly #closeIdle = (): void => {
    const nowMs = performance.now();
    const kept = this.#idle.findIndex(({ sinceMs }) => sinceMs + IDLE_MS > nowMs);
    const old = this.#idle.splice(0, kept < 0 ? this.#idle.length : kept);
    for (const { client } of old) client.release(true);
    const [next] = this.#idle;
    this.#idleTimer = next && setTimeout(this.#closeIdle, next.sinceMs + IDLE_MS - nowMs).unref();
  };

  #noteBroken(client: RoutedClient, error: Error): void {
    this.options.onBreak();
    const at = this.#idle.findIndex((idle) => idle.client === client);
    if (at < 0) return;
    const [idle] = this.#idle.splice(at, 1);
    idle!.client.release(error);
    this.options.onConnectionLost(error);
  }

  #connect(): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      connecting.then(
        (client) => {
          if (this.#waiting.delete(reject)) resolve(client);
          else client.release();
        },
        (error) => {
          this.#waiting.delete(reject);
          reject(error);
        },
      );
    });
  }

  #acquireError(cause: unknown): RouterError {
    const why = errorText(cause);
    // pg-pool tells its two time-outs (no connection free, no answer to connect) by these words only.
    if (!/^timeout exceeded|connection timeout$|^timeout expired/.test(why)) {
      return new RouterError('CONNECT_FAILED', `Can't connect to ${this.options.name}: ${why}.`, cause);
    }
    this.#acquireTimeouts++;
    const { name, settings } = this.options;
    return new RouterError(
      'ACQUIRE_TIMEOUT',
      `No connection to ${name} within ${settings.acquireTimeoutMs} ms (${this.#busy} of ${settings.poolSize} in use).`,
      cause,
    );
  }

  #tellIfIdle(): void {
    if (this.#busy + this.#asking === 0) this.#onIdle?.();
  }

  #countBusy(change: number, nowMs: number): void {
    this.#busyMs += this.#busy * (nowMs - this.#busySinceMs);
    this.#busySinceMs = nowMs;
    this.#busy += change;
  }

  stats(): PoolStats {
    const { poolSize: size } = this.options.settings;
    const nowMs = performance.now();
    this.#countBusy(0, nowMs);
    return {
      node: this.options.name,
      size,
      open: this.#pool.totalCount,
      busy: this.#busy,
      available: size - this.#busy,
      waiting: this.#pool.waitingCount,
      busySeconds: this.#busyMs / 1000,
      acquires: this.#acquires,
      acquireWaitMsTotal: this.#acquireWaitMs,
      acquireTimeouts: this.#acquireTimeouts,
      acquireWaitMs: this.#waits.buckets(),
      utilisation: this.#busyMs / (size * Math.max(nowMs - this.#startedMs, 1)),
    };
  }

  /**
   * Breaks every connection, in use or not, and refuses whoever waits for one (`CONNECT_FAILED`): what was asked of
   * this server shall not wait for it.
   */
  cut(): void {
    this.#clients.forEach(cutConnection);
    for (const refuse of this.#waiting) refuse(new Error('its connections were cut'));
    this.#waiting.clear();
  }

  /**
   * Closes every connection once what was asked for before is answered, or after so many ms by force. From now on
   * `acquire` throws `CLOSED`.
   */
  async end(graceMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#idleTimer);
    for (const { client } of this.#idle.splice(0)) client.release();
    const clock = new AbortController();
    const grace = sleep(graceMs, undefined, { signal: clock.signal }).catch(() => {});
    if (this.#busy + this.#asking > 0) {
      await Promise.race([grace, new Promise<void>((resolve) => (this.#onIdle = resolve))]);
    }
    const sockets = [...this.#clients].map((client) => new Promise((resolve) => client.once('end', resolve)));
    // Not awaited: it waits for connections that are held, which whoever holds them may never give back.
    void this.#pool.end();
    if (this.#busy > 0) this.#clients.forEach(cutConnection);
    await Promise.race([grace, Promise.all(sockets)]);
    this.#clients.forEach(cutConnection);
    clock.abort();
  }
}

export type PooledClient = pg.PoolClient & RoutedClient;

/** A connection held. */
export class Lease {
  #released = false;
  constructor(
    readonly client: PooledClient,
    /** How long it was waited for while all connections of the pool were taken, in ms. */
    readonly queuedMs: number,
    readonly resetTimeoutMs: number,
    readonly giveBack: (client: PooledClient, destroy: boolean) => void,
  ) {}

  /**
   * Gives the connection back as new: at once where nothing was left in it, else once it is reset. Closes it where that
   * can't be, where a transaction is open on it, and if it is asked to. Once is enough.
   */
  release(destroy = false): void {
    if (this.#released) return;
    this.#released = true;
    const { client } = this;
    const mustClose = destroy || !isBetweenTransactions(client) || !client.contents.isResettable;
    const renewed = mustClose ? undefined : client.renew(this.resetTimeoutMs);
    if (renewed === undefined) this.giveBack(client, mustClose);
    else {
      renewed.then(
        () => this.giveBack(client, !isBetweenTransactions(client)),
        () => this.giveBack(client, true),
      );
    }
  }
}

/** Upper limits of the buckets in ms; what waited longer is in none of them, only in the count of all acquires. */
const LIMITS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** How long acquires waited, counted as Prometheus counts: cheap to add to, and windows are differences. */
export class AcquireHistogram {
  readonly #counts = LIMITS_MS.map(() => 0);

  /** Nearly all acquires end in the first bucket, so looking from below is the shortest way. */
  record(ms: number): void {
    for (let index = 0; index < LIMITS_MS.length; index++) {
      if (ms > LIMITS_MS[index]!) continue;
      this.#counts[index]!++;
      return;
    }
  }

  /** Cumulative: acquires that waited `le` ms or less. The bucket without a limit is left out, as JSON has no infinity. */
  buckets(): AcquireBucket[] {
    let count = 0;
    return LIMITS_MS.map((le, index) => {
      count += this.#counts[index]!;
      return { le, count };
    });
  }
}
