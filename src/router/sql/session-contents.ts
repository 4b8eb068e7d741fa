import {
  CLEARED_FOR_GOOD,
  isCustomSetting,
  KEEPS_CODE,
  NOT_RESET_BY_ALL,
  type SessionEffect,
  type SessionState,
} from './effect.js';
import { KeptCode } from './kept-code.js';

/**
 * What makes a session as new, by what is in it. Together cheaper than DISCARD ALL, which also drops the plans of the
 * named queries that `pg` has prepared; and surer, as DISCARD ALL takes away a role that the server gives each new
 * session (`ALTER ROLE … SET role`). Null: nothing does, as setseed() can't be undone.
 */
const RESETS: Record<SessionState, string | null> = {
  settings: 'RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL',
  'prepared-statements': 'DEALLOCATE ALL',
  cursors: 'CLOSE ALL',
  'temporary-objects': 'DISCARD TEMP',
  'advisory-locks': 'SELECT pg_catalog.pg_advisory_unlock_all()',
  listening: 'UNLISTEN *',
  'random-seed': null,
  sequences: 'DISCARD SEQUENCES',
  unknown: null,
};

/**
 * What a session may hold that a new one doesn't. Told of each statement, it errs on the side of holding more: what is
 * rolled back stays noted, and what a transaction clears is taken for cleared once it has committed.
 */
export class SessionContents {
  readonly states = new Set<SessionState>();
  /** Names of settings, in lower case; `*` for one that can't be told. */
  readonly settings = new Set<string>();
  /** What code that is kept in the session may leave again whenever it is run. */
  readonly #kept = new KeptCode();
  /** Effects of the open transaction's statements, since the first that cleared something. */
  readonly #uncommitted: SessionEffect[] = [];

  /** To be told before a statement is sent: it may leave something even if it fails. */
  note(effect: SessionEffect): void {
    for (const state of effect.passing) this.states.add(state);
    this.#leave(effect);
  }

  #leave({ leaves, settings, resets }: SessionEffect): void {
    for (const state of leaves) this.states.add(state);
    this.#kept.note(leaves);
    for (const setting of settings) this.#noteSetting(setting);
    // To reset one that there isn't makes one.
    for (const setting of resets) if (isCustomSetting(setting)) this.#noteSetting(setting);
  }

  #noteSetting(setting: string): void {
    this.states.add('settings');
    this.settings.add(setting);
    if (setting === 'seed') this.states.add('random-seed');
  }

  /** Whether `done` and `failed` need to be told of a statement. */
  concerns({ clears, resets }: SessionEffect): boolean {
    return clears.length > 0 || resets.length > 0 || this.#uncommitted.length > 0;
  }

  /**
   * To be told when a statement has succeeded.
   * @param inTransaction whether the session is in a transaction then
   */
  done(effect: SessionEffect, inTransaction: boolean): void {
    const ended = effect.transaction?.kind;
    if (ended === 'commit') {
      for (const earlier of this.#uncommitted.splice(0)) this.#clear(earlier);
    } else if (!inTransaction || (ended !== undefined && ended !== 'savepoint' && ended !== 'release')) {
      this.#uncommitted.length = 0;
    }
    if (inTransaction) {
      const forGood = effect.clears.filter((state) => CLEARED_FOR_GOOD.has(state));
      for (const state of this.#clearedBy(forGood)) this.states.delete(state);
      this.#leave(effect);
      this.#uncommitted.push(effect);
    } else this.#clear(effect);
  }

  /** To be told when a statement has failed: what its transaction cleared will be there again. */
  failed(): void {
    this.#uncommitted.length = 0;
  }

  #clear(effect: SessionEffect): void {
    for (const state of this.#clearedBy(effect.clears)) {
      if (state === 'settings') this.#clearSettings((name) => !NOT_RESET_BY_ALL.has(name));
      else this.states.delete(state);
    }
    if (!this.#kept.mayLeave('settings')) this.#clearSettings((name) => effect.resets.includes(name));
    this.#leave(effect);
  }

  #clearedBy(clears: readonly SessionState[]): SessionState[] {
    this.#kept.clear(clears);
    return clears.filter((state) => !this.#kept.mayLeave(state));
  }

  #clearSettings(isCleared: (name: string) => boolean): void {
    for (const name of this.settings) {
      if (isCleared(name) && !isCustomSetting(name)) this.settings.delete(name);
    }
    if (this.settings.size === 0) this.states.delete('settings');
  }

  /** Whether there is a text that makes the session as new. */
  get isResettable(): boolean {
    for (const state of this.states) if (RESETS[state] === null) return false;
    for (const setting of this.settings) if (isCustomSetting(setting)) return false;
    return true;
  }

  /** The text that makes the session as new, to be sent outside a transaction. */
  get resetText(): string {
    // Settings first: they may stand in the way of the rest.
    return (Object.keys(RESETS) as SessionState[])
      .filter((state) => this.states.has(state))
      .map((state) => RESETS[state])
      .join('; ');
  }

  clear(): void {
    // It is cleared at each release, mostly empty. To clear a set costs as much as to make one.
    if (this.states.size > 0) this.states.clear();
    if (this.settings.size > 0) this.settings.clear();
    this.#kept.clear(KEEPS_CODE);
    this.#uncommitted.length = 0;
  }
}
