import type { EventEmitter } from 'node:events';
import type pg from 'pg';
import { MaybeCommitted } from '../errors.js';
import { cutsMidway } from '../nodes/failures.js';
import type { ServerNode } from '../nodes/node.js';
import type { PooledClient } from '../nodes/pool.js';
import type { SessionEffect } from '../sql/effect.js';

export type TransactionStatus = ReturnType<pg.ClientBase['getTransactionStatus']>;

/** Gives a Submittable to a connection. */
export type Send = (connection: pg.PoolClient) => void;

/** Events of a connection that are its user's. */
const FORWARDED = ['notification', 'notice', 'error', 'end'] as const;

/** A connection in the hands of a client, which hears of its events. */
export class HeldConnection {
  readonly #forward: [name: string, listener: (...args: unknown[]) => void][];
  /** Why it can't be used any more; undefined while it can. */
  failure: unknown;

  constructor(
    readonly node: ServerNode,
    readonly connection: PooledClient,
    client: EventEmitter,
    readonly giveBack: (destroy: boolean) => void,
  ) {
    this.#forward = FORWARDED.map((name) => [
      name,
      (...args) => {
        if (name === 'error') this.failure ??= args[0];
        if (name === 'end') this.failure ??= new Error('Connection terminated');
        // Without a listener an error would end the process; the next statement tells it.
        if (name !== 'error' || client.listenerCount('error') > 0) client.emit(name, ...args);
      },
    ]);
    for (const [name, listener] of this.#forward) (connection as EventEmitter).on(name, listener);
  }

  /** As the server last said it. One that broke in a transaction was never told of its end. */
  get transactionStatus(): TransactionStatus {
    return this.connection.getTransactionStatus() ?? 'I';
  }

  /**
   * After a statement has failed: resolves once the server has said what became of the transaction, which it says only
   * after the error (a COMMIT that fails ends it), or the connection is known to be lost.
   */
  async afterFailure(error: unknown): Promise<void> {
    const cause = error instanceof MaybeCommitted ? error.cause : error;
    if (cutsMidway(cause)) this.failure ??= cause;
    const { readyForQuery } = this.connection as unknown as { readyForQuery: boolean };
    if (this.failure === undefined && !readyForQuery) await this.#ready();
  }

  /**
   * Resolves when the Submittable is done with the connection, well or not.
   * @param tell told just before and just after: who reads from it may go on before it is done
   */
  submit(send: Send, effect: SessionEffect, tell: () => void): Promise<void> {
    tell();
    if (this.failure !== undefined) {
      send(this.connection);
      return Promise.resolve();
    }
    const done = this.#ready(tell);
    this.connection.beReadyFor(effect, true);
    send(this.connection);
    return done;
  }

  /** Resolves when the server is next ready for a statement, or lost. */
  #ready(tell = () => {}): Promise<void> {
    const { connection } = this;
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
    for (const [name, listener] of this.#forward) (this.connection as EventEmitter).off(name, listener);
    this.giveBack(destroy || this.failure !== undefined);
  }
}
