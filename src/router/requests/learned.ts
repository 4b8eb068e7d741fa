import { normalizeSql } from '../sql/normalise.js';

/** Exact texts whose answer is kept. */
const TEXTS_KEPT = 5000;

/**
 * Statements that a standby refused although nothing in their text says why: a view that calls a function that
 * writes, say. Known by their normalised text, so that other values make no other statement.
 */
export class LearnedStatements {
  readonly #normal = new Set<string>();
  readonly #texts = new Map<string, boolean>();

  has(sql: string): boolean {
    if (this.#normal.size === 0) return false;
    let known = this.#texts.get(sql);
    if (known === undefined) {
      known = this.#normal.has(normalizeSql(sql));
      if (this.#texts.size >= TEXTS_KEPT) this.#texts.clear();
      this.#texts.set(sql, known);
    }
    return known;
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
