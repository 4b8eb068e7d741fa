import type { QueryConfig, QueryResult } from 'pg';
import type { Classifier } from './classify.js';
import { sqlState } from './connection.js';
import type { RequestCategory } from './policy.js';
import type { Lease } from './pool.js';
import type { PinnedClient, Routing } from './types.js';

export interface PinnedOptions {
  classify: Classifier;
  /** Declared for all of its statements; without it each is what it is found to be. */
  category?: RequestCategory;
  /** Told of every statement of the user's, once answered. */
  onStatement(category: RequestCategory, ok: boolean): void;
  /** Told when data may have changed. */
  onWrite(): void;
}

/** A connection held for several statements: never moved to another node, none of them ever retried. */
export class Pinned implements PinnedClient {
  #mayHaveWritten = false;
  #broken = false;

  constructor(
    readonly lease: Lease,
    readonly routing: Routing,
    readonly options: PinnedOptions,
  ) {}

  // biome-ignore lint/suspicious/noExplicitAny: rows are what the caller says they are
  async query(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<any>> {
    const { target, writes } = this.options.classify(typeof text === 'string' ? text : text.text);
    const found = target === 'replica' ? 'read' : 'write';
    const category = writes === 'certainly' ? 'write' : (this.options.category ?? found);
    if (writes !== 'never') this.#mayHaveWritten = true;
    let ok = false;
    try {
      const result = await this.#send(text, values);
      ok = true;
      return result;
    } finally {
      this.options.onStatement(category, ok);
    }
  }

  /** Sends a statement of the router's own, such as BEGIN: not one of the user's requests. */
  control(sql: string): Promise<QueryResult> {
    return this.#send(sql);
  }

  async #send(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult> {
    try {
      return await this.lease.client.query(text as string, values);
    } catch (error) {
      if (sqlState(error) === undefined) this.#broken = true;
      throw error;
    } finally {
      // Also after COMMIT, which shows the writes before it, and after a failure, which may have come after one.
      if (this.#mayHaveWritten) this.options.onWrite();
    }
  }

  release(destroy = false): void {
    this.lease.release(destroy || this.#broken);
  }
}
