import { KEEPS_CODE, type SessionState } from './effect.js';

/**
 * What code that is kept in a session may leave there: statements prepared by SQL, temporary functions, defaults of temporary
 * tables. What it may leave can't be taken for cleared before the code itself is.
 */
export class KeptCode {
  readonly #leaves = new Map<SessionState, Set<SessionState>>();

  /** @param leaves what a statement leaves, all of which may be left by the code that it leaves */
  note(leaves: readonly SessionState[]): void {
    for (const keeper of KEEPS_CODE) {
      if (!leaves.includes(keeper)) continue;
      const others = leaves.filter((state) => !isKeeper(state));
      this.#leaves.set(keeper, new Set([...(this.#leaves.get(keeper) ?? []), ...others]));
    }
  }

  clear(states: readonly SessionState[]): void {
    if (this.#leaves.size === 0) return;
    for (const state of states) this.#leaves.delete(state);
  }

  mayLeave(state: SessionState): boolean {
    for (const left of this.#leaves.values()) if (left.has(state)) return true;
    return false;
  }
}

function isKeeper(state: SessionState): boolean {
  return (KEEPS_CODE as readonly SessionState[]).includes(state);
}
