import { LRUCache } from 'lru-cache';
import { normalizeSql } from '../sql/normalise.js';

/** Exact texts whose answer is kept. */
const TEXTS_KEPT = 5000;

/**
 * Statements that a standby refused although nothing in their text says why: a view that calls a function that
 * writes, say. Known by their normalised text, so that other values make no other statement.
 */
export class LearnedStatements {
  readonly #normal = new Set<string>();
  readonly #texts = new LRUCache<string, boolean>({
    max: TEXTS_KEPT,
    memoMethod: (sql) => this.#normal.has(normalizeSql(sql)),
  });

  has(sql: string): boolean {
    return this.#normal.size > 0 && this.#texts.memo(sql);
  }

  /**
   * Forgets all of them: after DDL they may be other statements than those that were refused. One that still is
   * refused is learned again, at the cost of one refusal.
   */
  clear(): void {
    this.#normal.clear();
    this.#texts.clear();
  }

  /** Returns the normalised text, or undefined if it was known. */
  add(sql: string): string | undefined {
    const normal = normalizeSql(sql);
    if (this.#normal.has(normal)) return undefined;
    this.#normal.add(normal);
    this.#texts.clear();
    return normal;
  }
}
