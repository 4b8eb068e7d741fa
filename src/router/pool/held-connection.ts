import type { EventEmitter } from 'node:events';
import type pg from 'pg';
import type { QueryConfig } from 'pg';
import { sqlState } from '../nodes/failures.js';
import type { PooledClient } from '../nodes/pool.js';
import { Pinned } from '../requests/pinned.js';
import type { Classification } from '../sql/classification.js';
import type { PinnedClient } from '../types.js';

export type TransactionStatus = ReturnType<pg.ClientBase['getTransactionStatus']>;

/** Gives a Submittable to a connection. */
export type Send = (connection: pg.PoolClient) => void;

/** Events of a connection that are its user's. */
const FORWARDED = ['notification', 'notice', 'error', 'end'] as const;

/** A connection in the hands of a client. */
export class HeldConnection {
  stateful = false;
  readonly #pinned: Pinned;
  readonly #connection: PooledClient;
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
  submit(send: Send, { writes, effect }: Classification): Promise<void> {
    const tellSession = () => this.#pinned.losesSight(writes);
    // Before as well: it may say that it is done just before the connection does.
    tellSession();
    const ready = this.#nextReady(tellSession);
    this.#connection.beReadyFor(effect, true);
    send(this.#connection);
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
    this.#pinned.release(destroy);
  }
}
