import { LRUCache } from 'lru-cache';
import { errorText } from '../errors.js';
import type { Health } from '../nodes/health.js';
import type { PooledClient } from '../nodes/pool.js';
import { leasePrimary } from '../nodes/primary.js';
import { SharedFetch } from '../shared-fetch.js';
import { type Catalog, loadCatalog } from '../sql/catalog.js';
import type { Classification } from '../sql/classification.js';
import { type Classifier, createClassifier } from '../sql/classify.js';
import { normalizeSql } from '../sql/normalise.js';
import type { Warnings } from '../warnings.js';

/** A statement with a name that the catalog doesn't know has it read anew, if that was longer ago than this. */
const CATALOG_FRESH_MS = 60_000;
/** When it is tried again to read the catalog, after something in it was locked. */
const READ_AGAIN_MS = 1000;

export interface Refused {
  standby: string;
  refusal: unknown;
}

/** What is known of the database, and so of statements: where each may run. */
export class Knowledge {
  /** Judges by the catalog as it was read last. */
  readonly classifier: Classifier;
  /** Statements that were found out by a standby's refusal, since the start. */
  learnedCount = 0;
  readonly #learned = new LearnedStatements();
  readonly #reload = new SharedFetch(() => this.#readFromPrimary());
  #readMs = performance.now();
  #readAgain: NodeJS.Timeout | undefined;

  constructor(
    catalog: Catalog,
    readonly health: Health,
    readonly warnings: Warnings,
  ) {
    this.classifier = createClassifier(catalog);
  }

  /** What a statement is. A name that is new to the catalog may be of a table made since that was read. */
  classify(sql: string): Classification {
    const classification = this.classifier(sql);
    const { reason } = classification;
    const isNew = reason === 'unknown-function' || reason === 'unknown-relation';
    if (isNew && performance.now() - this.#readMs > CATALOG_FRESH_MS) void this.#reload.get();
    return classification;
  }

  wasRefused(sql: string): boolean {
    return this.#learned.has(sql);
  }

  /** Remembers a statement that a standby refused as one for the primary. */
  learn(sql: string, { standby, refusal }: Refused): void {
    const normal = this.#learned.add(sql);
    if (normal === undefined) return;
    this.learnedCount++;
    // The text gave no sign, so what is known of the database may be out of date.
    void this.#reload.get();
    const message = `Goes to the primary from now on, as ${standby} refused it (${errorText(refusal)}): ${normal}`;
    this.warnings.say({ code: 'learned-primary', node: standby, message });
  }

  /**
   * After DDL: the catalog is read anew, and what a standby refused before may be right there now.
   * @param client a connection to the primary that is held already; another might have to be waited for
   */
  async databaseChanged(client?: PooledClient): Promise<void> {
    await (client === undefined ? this.#reload.get() : this.#readOn(client));
    this.#learned.clear();
  }

  async #readFromPrimary(): Promise<void> {
    this.#readMs = performance.now();
    try {
      const { lease } = await leasePrimary(this.health, 0);
      await this.#readOn(lease.client);
      lease.release();
    } catch {}
  }

  /** The old catalog stays in use until it can be read. */
  async #readOn(client: PooledClient): Promise<void> {
    clearTimeout(this.#readAgain);
    try {
      this.classifier.use(await loadCatalog(client));
    } catch {
      this.#readAgain = setTimeout(() => void this.#reload.get(), READ_AGAIN_MS).unref();
    }
  }
}

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
