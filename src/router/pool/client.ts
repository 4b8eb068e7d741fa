import { EventEmitter } from 'node:events';
import { LRUCache } from 'lru-cache';
import pg, { type QueryConfig } from 'pg';
import { clientReleased } from '../errors.js';
import { sqlState } from '../nodes/failures.js';
import { Pinned } from '../requests/pinned.js';
import type { Writes } from '../sql/classification.js';
import { statementKind } from '../sql/kind.js';
import { MAX_SQL_LENGTH, parseStatements } from '../sql/parse.js';
import type { PinnedClient, RequestOptions, Router } from '../types.js';

export type Callback<T> = (error: unknown, value?: T) => void;
type TransactionStatus = ReturnType<pg.ClientBase['getTransactionStatus']>;

/**
 * A client of the façade's pool. It holds no connection until a statement needs one for what follows it: a transaction
 * up to its end, state of the session up to `release()`. Statements run one after the other, as a `pg.Client` has them.
 */
// Drizzle takes what has "Pool" in its class name for a pool, and would ask it for a client to begin on.
export class RouterClient extends EventEmitter {
  readonly escapeIdentifier = pg.escapeIdentifier;
  readonly escapeLiteral = pg.escapeLiteral;
  #held: HeldConnection | undefined;
  /** Settles when all that was asked for is answered. */
  #tail: Promise<unknown> = Promise.resolve();
  #released = false;
  #destroyed = false;

  /** @param request asked at each statement for whose it is and what it is declared as */
  constructor(
    readonly router: Router,
    readonly request: () => RequestOptions,
    readonly onRelease: (error?: Error | boolean) => void = () => {},
  ) {
    super();
  }

  /** As `pg.Client.query`: a promise, or nothing if there is a callback; a Submittable (a cursor, a stream) is returned. */
  query(
    query: string | QueryConfig | pg.Submittable,
    values?: unknown,
    callback?: Callback<unknown>,
  ): unknown {
    if (query === null || query === undefined) {
      throw new TypeError('Client was passed a null or undefined query');
    }
    const request = this.request();
    if (isSubmittable(query)) {
      this.#enqueue(() => this.#submit(query, request, values, callback)).catch((error) => {
        (query as SubmittedQuery).handleError(error);
      });
      return query;
    }
    if (typeof values === 'function') return this.query(query, undefined, values as Callback<unknown>);
    return answer(
      this.#enqueue(() => this.#run(query, values as unknown[] | undefined, request)),
      callback,
    );
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#released) return Promise.reject(clientReleased());
    const result = this.#tail.then(() => {
      if (this.#destroyed) throw clientReleased();
      return work();
    });
    this.#tail = result.catch(() => {});
    return result;
  }

  async #run(
    query: string | QueryConfig,
    values: unknown[] | undefined,
    request: RequestOptions,
  ): Promise<pg.QueryResult> {
    const { begins, readOnly, stateful } = effectOf(typeof query === 'string' ? query : query.text);
    if (!this.#held && !begins && !stateful) return this.router.query(query, values, request);
    return this.#onConnection({ ...request, readOnly }, stateful, (held) => held.query(query, values));
  }

  /** Only its text tells what a Submittable does. Only a connection can take it. */
  async #submit(
    query: pg.Submittable,
    request: RequestOptions,
    values: unknown,
    callback: Callback<unknown> | undefined,
  ): Promise<void> {
    const text = textOf(query);
    const { begins, readOnly, stateful } = effectOf(text);
    const { target, writes } = await this.router.classify(text);
    const options = { ...request, readOnly: readOnly || (!begins && !stateful && target === 'replica') };
    await this.#onConnection(options, stateful, (held) => held.submit(query, writes, values, callback));
  }

  /** Runs `work` on the connection that is held, or on one that is held for as long as it turns out to be needed. */
  async #onConnection<T>(
    options: RequestOptions & { readOnly: boolean },
    stateful: boolean,
    work: (held: HeldConnection) => Promise<T>,
  ): Promise<T> {
    this.#held ??= new HeldConnection(await this.router.connect(options), this);
    const held = this.#held;
    if (stateful) held.stateful = true;
    try {
      if (this.#destroyed) throw clientReleased();
      return await work(held);
    } finally {
      if (this.#destroyed) this.#letGo(true);
      else if (!held.stillNeeded) this.#letGo(false);
    }
  }

  /**
   * Ends the use of the client: what was asked for is still answered. With an error or `true`, at once, and its
   * connection is closed. A connection with state of the session is closed either way: DISCARD ALL would reset it, and
   * with it the prepared statements that `pg` believes it has.
   */
  release(error?: Error | boolean): void {
    if (this.#released) {
      throw new Error('Release called on client which has already been released to the pool.');
    }
    this.#released = true;
    this.onRelease(error);
    if (error) {
      this.#destroyed = true;
      this.#letGo(true);
    } else {
      this.#tail = this.#tail.then(() => this.#letGo(false));
    }
  }

  #letGo(destroy: boolean): void {
    this.#held?.release(destroy);
    this.#held = undefined;
  }

  /** As the server last said it: `I` outside a transaction. */
  getTransactionStatus(): TransactionStatus {
    return this.#held?.transactionStatus ?? 'I';
  }
}

/** Events of a connection that are its user's. */
const FORWARDED = ['notification', 'notice', 'error', 'end'] as const;

/** A connection in the hands of a client. */
class HeldConnection {
  stateful = false;
  readonly #pinned: Pinned;
  readonly #connection: pg.PoolClient;
  readonly #forward: [name: string, listener: (...args: unknown[]) => void][];
  #lost = false;

  constructor(pinned: PinnedClient, client: EventEmitter) {
    if (!(pinned instanceof Pinned)) throw new TypeError('A pool needs a router that createRouter() made.');
    this.#pinned = pinned;
    this.#connection = pinned.connection;
    this.#forward = FORWARDED.map((name) => [
      name,
      (...args) => {
        if (name === 'error' || name === 'end') this.#lost = true;
        // Without a listener an error would end the process; the next statement tells it.
        if (name !== 'error' || client.listenerCount('error') > 0) client.emit(name, ...args);
      },
    ]);
    for (const [name, listener] of this.#forward) (this.#connection as EventEmitter).on(name, listener);
  }

  get transactionStatus(): TransactionStatus {
    return this.#connection.getTransactionStatus();
  }

  /** A connection that broke in a transaction never told of its end: what follows fails there, and runs nowhere else. */
  get stillNeeded(): boolean {
    return this.stateful || this.transactionStatus !== 'I';
  }

  async query(query: string | QueryConfig, values: unknown[] | undefined): Promise<pg.QueryResult> {
    const ready = this.#nextReady();
    try {
      return await this.#pinned.query(query, values);
    } catch (error) {
      // The error comes before the server's word on what became of the transaction: a COMMIT that fails ends it.
      if (sqlState(error) !== undefined) await ready;
      throw error;
    }
  }

  /**
   * Resolves when the Submittable is done with the connection, well or not. Whoever reads from it goes on without waiting
   * for that, and for no position either: its session is in doubt, which costs its next read a question to the primary.
   */
  submit(
    query: pg.Submittable,
    writes: Writes,
    values: unknown,
    callback: Callback<unknown> | undefined,
  ): Promise<void> {
    const tellSession = () => this.#pinned.losesSight(writes);
    // Before as well: it may say that it is done just before the connection does.
    tellSession();
    const ready = this.#nextReady(tellSession);
    this.#connection.query(query as never, values as never, callback as never);
    return ready;
  }

  /** Resolves once the server is ready for another statement after the next one, or is lost. */
  #nextReady(tell = () => {}): Promise<void> {
    const connection = this.#connection;
    if (this.#lost) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        connection.off('drain', done).off('end', done);
        tell();
        resolve();
      };
      connection.on('drain', done).on('end', done);
    });
  }

  release(destroy: boolean): void {
    for (const [name, listener] of this.#forward) (this.#connection as EventEmitter).off(name, listener);
    this.#pinned.release(destroy || this.stateful);
  }
}

/** What a statement asks of the connection that runs it. */
interface Effect {
  /** Leaves a transaction open. */
  begins: boolean;
  /** Begins a transaction that a replica can run. */
  readOnly: boolean;
  /** Leaves something in the session. */
  stateful: boolean;
}

const effects = new LRUCache<string, Effect>({ max: 5000 });

function effectOf(sql: string): Effect {
  let effect = effects.get(sql);
  if (effect === undefined) {
    effect = effectOfUncached(sql);
    if (sql.length <= MAX_SQL_LENGTH) effects.set(sql, effect);
  }
  return effect;
}

const SEVERAL_STATEMENTS = /;\s*\S/;
const TEMPORARY = /\btemp(orary)?\b|advisory_lock/i;

function effectOfUncached(sql: string): Effect {
  const several = SEVERAL_STATEMENTS.test(sql);
  const kind = statementKind(sql);
  if (kind.kind === 'begin') {
    // A text of several statements may have written before it begins.
    const readOnly = kind.readOnly && !kind.serializable && !several;
    return { begins: true, readOnly, stateful: false };
  }
  // What can't be parsed (it is too long, or newer than the grammar) may begin or leave anything, unless it is one
  // statement: a long one is an INSERT of many rows, and hardly ever more.
  const hidden = (several || TEMPORARY.test(sql)) && parseStatements(sql) === undefined;
  return { begins: false, readOnly: false, stateful: hidden || kind.kind === 'session-state' };
}

/** What `pg` calls on every Submittable, though its types know `submit` only. */
interface SubmittedQuery extends pg.Submittable {
  handleError(error: unknown): void;
}

export function isSubmittable(query: unknown): query is pg.Submittable {
  return typeof (query as Partial<pg.Submittable> | null)?.submit === 'function';
}

/** A cursor has its text, a stream its cursor's. One that shows neither gets a text that no grammar knows: the primary's. */
function textOf(query: pg.Submittable): string {
  const { text, cursor } = query as { text?: string; cursor?: { text?: string } };
  return text ?? cursor?.text ?? 'unknown';
}

/** Answers by the callback if there is one, else by the promise. What a callback throws is nobody's rejection. */
export function answer<T>(result: Promise<T>, callback: Callback<T> | undefined): Promise<T> | undefined {
  if (callback === undefined) return result;
  result.then(
    (value) => process.nextTick(callback, undefined, value),
    (error) => process.nextTick(callback, error),
  );
  return undefined;
}
