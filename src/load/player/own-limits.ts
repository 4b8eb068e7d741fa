import type { SessionEffect } from '../../router/index.js';
import type { SqlEvent } from '../../workload/index.js';

/** Errors of limits that a session may have set for itself, and their settings. */
const SETTINGS: Record<string, string | undefined> = {
  '57014': 'statement_timeout',
  '55P03': 'lock_timeout',
};

/** How a limit is set, and how it is taken back. */
export interface OwnLimit {
  set: SqlEvent['sql'];
  reset: string;
}

/**
 * The limits of time that a session has set for itself. They are not set for good, which would keep its reads on the primary,
 * but for the statements that they ended when they were captured: what followed these came as soon as the limit was reached.
 */
export class OwnLimits {
  readonly #bySetting = new Map<string, OwnLimit>();

  /**
   * Call it for every statement of the session.
   * @param skipped the statement, where it is not run
   */
  note({ settings, resets, clears }: SessionEffect, skipped?: SqlEvent['sql']): void {
    if (settings.length + resets.length + clears.length === 0) return;
    if (clears.includes('settings')) this.#bySetting.clear();
    for (const name of [...resets, ...settings]) this.#bySetting.delete(name);
    if (skipped === undefined) return;
    const reset = settings.map((name) => `RESET ${name}`).join('; ');
    for (const name of settings) this.#bySetting.set(name, { set: skipped, reset });
  }

  /** The limit that may have ended a statement, by how it failed. */
  behind(failed: string | undefined): OwnLimit | undefined {
    return this.#bySetting.get(SETTINGS[failed ?? ''] ?? '');
  }
}
