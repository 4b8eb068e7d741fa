import { EventEmitter } from 'node:events';
import pg from 'pg';
import { clientReleased } from '../errors.js';
import type { Parts } from '../requests/parts.js';
import type { RequestOptions } from '../types.js';
import { answer, type Callback, contentOf, isSubmittable, type Query, type SubmittedQuery } from './calls.js';
import { ClientSession, type PoolMode } from './client-session.js';
import type { Send, TransactionStatus } from './held-connection.js';

/** A client of the façade's pool, with a `pg.Client`'s ways: its statements run one after the other. */
// Drizzle takes what has "Pool" in its class name for a pool, and would ask it for a client to begin on.
export class RouterClient extends EventEmitter {
  readonly escapeIdentifier = pg.escapeIdentifier;
  readonly escapeLiteral = pg.escapeLiteral;
  readonly #session: ClientSession;
  /** Settles when all that was asked for is answered. */
  #tail: Promise<unknown> = Promise.resolve();
  /** How much of that is not answered yet. */
  #asked = 0;
  #released = false;
  #destroyed = false;

  /** @param request asked at each statement for whose it is and what it is declared as */
  constructor(
    readonly parts: Parts,
    readonly request: () => RequestOptions,
    readonly onRelease: (error?: Error | boolean) => void = () => {},
    poolMode?: PoolMode,
  ) {
    super();
    this.#session = new ClientSession(parts, this, poolMode);
  }

  /** As `pg.Client.query`: a promise, or nothing if there is a callback; a Submittable (a cursor, a stream) is returned. */
  query(query: Query, values?: unknown, callback?: Callback<unknown>): unknown {
    if (query === null || query === undefined) {
      throw new TypeError('Client was passed a null or undefined query');
    }
    const request = this.request();
    if (isSubmittable(query)) {
      const send: Send = (connection) => connection.query(query as never, values as never, callback as never);
      const { text, values: parameters } = contentOf(query);
      this.#enqueue(() => this.#session.submit(text, parameters, request, send)).catch((error) => {
        (query as SubmittedQuery).handleError(error);
      });
      return query;
    }
    if (typeof values === 'function') return this.query(query, undefined, values as Callback<unknown>);
    return answer(
      this.#enqueue(() => this.#session.query(query, values as unknown[] | undefined, request)),
      callback,
    );
  }

  /** @param work never throws: it rejects */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#released) return Promise.reject(clientReleased());
    try {
      this.parts.onTheirWay.begin(this.#session.holds || this.getTransactionStatus() !== 'I');
    } catch (error) {
      return Promise.reject(error);
    }
    const result =
      this.#asked === 0
        ? work()
        : this.#tail.then(() => {
            if (this.#destroyed) throw clientReleased();
            return work();
          });
    this.#asked++;
    this.#tail = result.then(this.#answered, this.#answered);
    return result;
  }

  readonly #answered = (): void => {
    this.#asked--;
    this.parts.onTheirWay.end();
  };

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
      this.#session.end(true);
    } else {
      this.#tail = this.#tail.then(() => this.#session.end(false));
    }
  }

  /** As the server last said it: `I` outside a transaction. */
  getTransactionStatus(): TransactionStatus {
    return this.#session.transactionStatus;
  }
}
