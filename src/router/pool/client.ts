import { EventEmitter } from 'node:events';
import pg, { type QueryConfig } from 'pg';
import { clientReleased } from '../errors.js';
import type { RequestOptions, Router } from '../types.js';
import { answer, type Callback, isSubmittable, type Query, type SubmittedQuery, textOf } from './calls.js';
import { effectOf } from './effect.js';
import { HeldConnection, type Send, type TransactionStatus } from './held-connection.js';

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
  query(query: Query, values?: unknown, callback?: Callback<unknown>): unknown {
    if (query === null || query === undefined) {
      throw new TypeError('Client was passed a null or undefined query');
    }
    const request = this.request();
    if (isSubmittable(query)) {
      const send: Send = (connection) => connection.query(query as never, values as never, callback as never);
      this.#enqueue(() => this.#submit(textOf(query), request, send)).catch((error) => {
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
  async #submit(text: string, request: RequestOptions, send: Send): Promise<void> {
    const { begins, readOnly, stateful } = effectOf(text);
    const classification = await this.router.classify(text);
    const options = {
      ...request,
      readOnly: readOnly || (!begins && !stateful && classification.target === 'replica'),
    };
    await this.#onConnection(options, stateful, (held) => held.submit(send, classification));
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
   * connection is closed.
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
