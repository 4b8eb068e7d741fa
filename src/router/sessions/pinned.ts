import type { QueryConfig, QueryResult } from 'pg';
import { clientReleased, MaybeCommitted } from '../errors.js';
import { isBetweenTransactions } from '../nodes/connection.js';
import { cutsMidway, sqlState } from '../nodes/failures.js';
import type { Lease } from '../nodes/pool.js';
import { positionOf, queryThenPosition } from '../nodes/position.js';
import { INSERT_POSITION, maySetCommit } from '../nodes/questions.js';
import type { RequestCategory } from '../policy/policy.js';
import type { Classifier } from '../sql/classify.js';
import { statementKind } from '../sql/kind.js';
import type { PinnedClient, Routing } from '../types.js';

export interface AnsweredStatement {
  category: RequestCategory;
  ok: boolean;
  text: string;
  startedMs: number;
}

export interface PinnedOptions {
  classify: Classifier;
  /** Declared for all of its statements; without it each is what it is found to be. */
  category?: RequestCategory;
  /** Whether its session must remember up to which position it saw the data. */
  tracked: boolean;
  /** Told of every answer of the server's. */
  onAnswer(): void;
  /** Told of every statement of the user's, once answered. */
  onStatement(statement: AnsweredStatement): void;
  /** Told when data may have changed. */
  onWrite(): void;
  /** Told, between transactions, where the node is: undefined if it can't say. */
  onPosition(lsn: number | undefined): void;
  /** Told, between transactions, when functions, views or the like were changed; awaited. */
  onCatalogChange(): Promise<void>;
  /** Told when the connection breaks. */
  onCut(): void;
  /** Told whether the connection broke meanwhile. */
  onRelease(broke: boolean): void;
}

const COMMIT = /^\s*(commit|end)\s*;?\s*$/i;

/**
 * Whether a text may commit the transaction that it is sent in, whatever it opens then (`COMMIT AND CHAIN`). Looked at
 * closely only if it has a word for that.
 */
function mayCommit(sql: string): boolean {
  if (!/\b(commit|prepare)\b|(^|[;/])\s*end\b/i.test(sql)) return false;
  // Of several, all count, and the text may be too long to be parsed.
  return /;\s*\S/.test(sql) || statementKind(sql).kind === 'commit';
}

/** A connection held for several statements: never moved to another node, none of them ever retried. */
export class Pinned implements PinnedClient {
  #mayHaveWritten = false;
  #catalogChanged = false;
  #broken = false;
  #released = false;
  /** A statement turned synchronous_commit off, perhaps for its transaction only. */
  #commitsUnflushed = false;

  constructor(
    readonly lease: Lease,
    readonly routing: Routing,
    readonly options: PinnedOptions,
  ) {}

  // biome-ignore lint/suspicious/noExplicitAny: rows are what the caller says they are
  async query(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<any>> {
    const sql = typeof text === 'string' ? text : text.text;
    const { target, writes, reason } = this.options.classify(sql);
    const found = target === 'replica' ? 'read' : 'write';
    const category = writes === 'certainly' ? 'write' : (this.options.category ?? found);
    if (writes !== 'never') {
      this.#mayHaveWritten = true;
      this.#catalogChanged ||= this.options.classify.changesCatalog(sql);
    }
    if (maySetCommit(sql)) this.#commitsUnflushed = true;
    const startedMs = performance.now();
    let ok = false;
    try {
      const result = await this.#send(sql, text, values);
      ok = true;
      return result;
    } finally {
      // BEGIN and COMMIT say where requests begin and end, and are none.
      if (reason !== 'transaction-control') this.options.onStatement({ category, ok, text: sql, startedMs });
    }
  }

  /** Sends a statement of the router's own, such as BEGIN: not one of the user's requests. */
  control(sql: string): Promise<QueryResult> {
    return this.#send(sql, sql);
  }

  async #send(sql: string, text: string | QueryConfig, values?: unknown[]): Promise<QueryResult> {
    const { client } = this.lease;
    // Somebody else's by now.
    if (this.#released) throw clientReleased();
    const inTransaction = !isBetweenTransactions(client);
    let told = false;
    try {
      // A COMMIT ends what there is to see: the position is asked for with it.
      if (this.options.tracked && COMMIT.test(sql) && !this.#commitsUnflushed) {
        told = true;
        return await queryThenPosition(client, text, values, this.options.onPosition);
      }
      const result = await client.query(text, values);
      this.options.onAnswer();
      return result;
    } catch (error) {
      if (sqlState(error) === undefined) this.#broken = true;
      else this.options.onAnswer();
      if (!cutsMidway(error)) throw error;
      this.#broken = true;
      this.options.onCut();
      // Within a transaction nothing is committed but by its COMMIT.
      if (this.#mayHaveWritten && (!inTransaction || mayCommit(sql))) throw new MaybeCommitted(error);
      throw error;
    } finally {
      // Also after COMMIT, which shows the writes before it, and after a failure, which may have come after one.
      if (this.#mayHaveWritten) this.options.onWrite();
      if (this.options.tracked && !told) await this.#tellPosition(sql);
      if (this.#catalogChanged && isBetweenTransactions(client)) {
        this.#catalogChanged = false;
        await this.options.onCatalogChange();
      }
    }
  }

  async #tellPosition(sql: string): Promise<void> {
    const { client } = this.lease;
    if (this.#broken) this.options.onPosition(undefined);
    else if (!isBetweenTransactions(client)) {
      // The next transaction has begun, and its first question is the user's: it may set how that is isolated.
      if (mayCommit(sql)) this.options.onPosition(undefined);
    } else {
      this.options.onPosition(await positionOf(client, this.#commitsUnflushed ? INSERT_POSITION : undefined));
    }
  }

  release(destroy = false): void {
    if (this.#released) return;
    this.#released = true;
    // What it saw in a transaction that nobody ended.
    if (this.options.tracked && !isBetweenTransactions(this.lease.client)) this.options.onPosition(undefined);
    this.lease.release(destroy || this.#broken);
    this.options.onRelease(this.#broken);
  }
}
