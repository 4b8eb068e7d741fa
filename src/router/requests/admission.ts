import { errorText } from '../errors.js';
import { PrimaryProtection, type Release } from '../nodes/protection.js';
import type { ReadCategory } from '../policy/policy.js';
import type { Settings } from '../settings.js';
import type { ProtectionStats } from '../types.js';
import type { Warnings } from '../warnings.js';
import type { Route } from './route.js';

/** Lets requests on to the primary: writes at once, reads within what is left for them where there are replicas. */
export class Admission {
  readonly #protection: PrimaryProtection | undefined;
  readonly #acquireTimeoutMs: number;

  /** @throws RouterError `INVALID_PROTECTION` */
  constructor(
    { replicas, poolSize, acquireTimeoutMs, protection }: Settings,
    readonly warnings: Warnings,
  ) {
    this.#acquireTimeoutMs = acquireTimeoutMs;
    if (replicas.length > 0) this.#protection = new PrimaryProtection(poolSize, protection);
  }

  /**
   * A place for a read on the primary, to be given back; undefined for who needs none: writes, and what may be one.
   * @throws RouterError `ACQUIRE_TIMEOUT`, or PrimaryBudgetExceeded for a read that no replica could answer
   */
  admit({ category, rule, reason, fallback }: Route): Release | Promise<Release> | undefined {
    if (this.#protection === undefined || rule === undefined || category === 'write') return undefined;
    if (reason === 'learned') return undefined;
    if (fallback && reason !== 'fallback-behind') return this.#admitFallback(this.#protection, category);
    return this.#protection.enter(category, this.#acquireTimeoutMs);
  }

  async #admitFallback(protection: PrimaryProtection, category: ReadCategory): Promise<Release> {
    try {
      return await protection.enterFallback(category);
    } catch (error) {
      this.warnings.say({ code: 'shed', node: 'primary', message: errorText(error) }, category);
      throw error;
    }
  }

  stats(): ProtectionStats | null {
    return this.#protection?.stats() ?? null;
  }
}
