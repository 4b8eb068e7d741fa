import { errorText } from '../errors.js';
import type { Health } from '../nodes/health.js';
import type { PooledClient } from '../nodes/pool.js';
import { leasePrimary } from '../nodes/primary.js';
import { SharedFetch } from '../shared-fetch.js';
import { type Catalog, loadCatalog } from '../sql/catalog.js';
import type { Classification } from '../sql/classification.js';
import { type Classifier, createClassifier } from '../sql/classify.js';
import type { Warnings } from '../warnings.js';
import { LearnedStatements } from './learned.js';

/** A statement with a name that the catalog doesn't know has it read anew, if that was longer ago than this. */
const CATALOG_FRESH_MS = 60_000;

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

  /** The old catalog stays in use if it can't be read. */
  async #readOn(client: PooledClient): Promise<void> {
    try {
      this.classifier.use(await loadCatalog(client));
    } catch {}
  }
}
