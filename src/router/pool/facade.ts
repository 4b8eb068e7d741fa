import type { EventEmitter } from 'node:events';
import pg, { type QueryConfig } from 'pg';
import type { RequestCategory } from '../policy/categories.js';
import { runQuery } from '../requests/query.js';
import { PgRouter } from '../router.js';
import { currentSession } from '../sessions/scope.js';
import type { PoolStats, RequestOptions, Router, Session } from '../types.js';
import { answer, type Callback, isSubmittable, type Query } from './calls.js';
import { RouterClient } from './client.js';
import type { PoolMode } from './client-session.js';

export interface PoolDefaults {
  /** Whose statements these are, asked at each of them. Default: the session of `withSession` around the call. */
  session?: () => Session | undefined;
  /** Declared for every statement; without it each is what it is found to be. */
  category?: RequestCategory;
  /** Names the policy's rule for every statement. */
  group?: string;
  /**
   * How long a client from `connect()` keeps its connection to the primary, as PgBouncer has it: `session` (default), until
   * `release()`; `transaction`, until its transaction or statement ends, unless it has left something there that its later
   * statements may ask for. The last numbers drawn from sequences are not kept for it then.
   */
  poolMode?: PoolMode;
  /** Leave the router running when the pool is ended. Default false: `end()` ends both. */
  keepRouter?: boolean;
}

/**
 * The router with the interface of a `pg.Pool`, for code that is written for one (Kysely, Drizzle). Each statement is
 * routed by itself, but a client from `connect()` has one session, and so one connection to the primary, from its first
 * statement there to `release()`. Errors are the server's, as `pg` gives them.
 *
 * Unlike a `pg.Pool`, a client from `connect()` costs no connection until it needs one, so `connect()` never waits and
 * never fails; `acquire` and `release` are the only events, since its connections are not the clients (settings of every
 * connection belong in the node's `options`); and notices reach a client only while it holds a connection.
 */
export function createPool(router: Router, defaults: PoolDefaults = {}): pg.Pool {
  if (!(router instanceof PgRouter)) throw new TypeError('A pool needs a router that createRouter() made.');
  return new RouterPool(router, defaults) as unknown as pg.Pool;
}

type ConnectCallback = (
  error: unknown,
  client: RouterClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/**
 * A `pg.Pool` in name only: nothing of it is used. Prisma takes whatever isn't `instanceof pg.Pool` for the settings of
 * a pool of its own, which would go past the router.
 */
const PoolInName = pg.Pool as unknown as typeof EventEmitter;

class RouterPool extends PoolInName {
  ending = false;
  ended = false;
  readonly options: { max: number };

  constructor(
    readonly router: PgRouter,
    readonly defaults: PoolDefaults,
  ) {
    super();
    this.options = { max: this.#sum(({ size }) => size) };
  }

  get totalCount(): number {
    return this.#sum(({ open }) => open);
  }

  get idleCount(): number {
    return this.#sum(({ open, busy }) => open - busy);
  }

  get waitingCount(): number {
    return this.#sum(({ waiting }) => waiting);
  }

  /** Connections of a router don't expire. */
  get expiredCount(): number {
    return 0;
  }

  #sum(countOf: (pool: PoolStats) => number): number {
    return this.router.stats().pools.reduce((sum, pool) => sum + countOf(pool), 0);
  }

  connect(callback?: ConnectCallback): Promise<RouterClient> | undefined {
    return answer(
      this.#connect(),
      callback && ((error, client) => callback(error, client, (failure) => client?.release(failure))),
    );
  }

  async #connect(): Promise<RouterClient> {
    this.#refuseIfEnding();
    const client: RouterClient = new RouterClient(
      this.router.parts,
      () => this.#request(),
      (error) => this.emit('release', error, client),
      this.defaults.poolMode,
    );
    this.emit('acquire', client);
    return client;
  }

  #request(): RequestOptions {
    const { session = currentSession, category, group } = this.defaults;
    return { session: session(), category, group };
  }

  query(query: Query, values?: unknown, callback?: Callback<unknown>): unknown {
    if (isSubmittable(query)) return this.#submit(query, values, callback);
    if (typeof values === 'function') return this.query(query, undefined, values as Callback<unknown>);
    return answer(this.#query(query, values as unknown[] | undefined), callback);
  }

  async #query(query: string | QueryConfig, values: unknown[] | undefined): Promise<pg.QueryResult> {
    this.#refuseIfEnding();
    return runQuery(query, values, this.#request(), this.router.parts);
  }

  #submit(query: pg.Submittable, values: unknown, callback: Callback<unknown> | undefined): pg.Submittable {
    this.#refuseIfEnding();
    const client = new RouterClient(this.router.parts, () => this.#request());
    client.query(query, values, callback);
    client.release();
    return query;
  }

  #refuseIfEnding(): void {
    if (this.ending) throw new Error('Cannot use a pool after calling end on the pool');
  }

  end(callback?: Callback<void>): Promise<void> | undefined {
    return answer(this.#end(), callback);
  }

  async #end(): Promise<void> {
    if (this.ending) throw new Error('Called end on pool more than once');
    this.ending = true;
    if (!this.defaults.keepRouter) await this.router.end();
    this.ended = true;
  }
}
