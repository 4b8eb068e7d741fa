import type { SessionEffect, SessionState } from '../../router/index.js';
import { SESSION_STATES } from '../../router/sql/index.js';

/** How many sessions kept a client, and how many of them for what. */
export interface Kept {
  sessions: number;
  byState: Map<SessionState, number>;
}

/**
 * Whether a session that has it must keep its client. The last number drawn from a sequence is hardly ever asked for by
 * a later statement; one that does is refused by the router, and counted as failed.
 */
export function ties(state: SessionState): boolean {
  return state !== 'sequences';
}

/** Sessions that kept their client for what they had left in their session. */
export class KeptClients {
  readonly counts: Kept = { sessions: 0, byState: new Map() };

  /** @param before what the session had left by then; what it leaves now is added to it */
  note({ leaves }: SessionEffect, before: Set<SessionState>): void {
    const { counts } = this;
    for (const state of leaves) {
      if (!ties(state) || before.has(state)) continue;
      if (before.size === 0) counts.sessions++;
      before.add(state);
      counts.byState.set(state, (counts.byState.get(state) ?? 0) + 1);
    }
  }
}

export function sumKept(parts: readonly Kept[]): Kept {
  const sum: Kept = { sessions: 0, byState: new Map() };
  for (const { sessions, byState } of parts) {
    sum.sessions += sessions;
    for (const [state, count] of byState) sum.byState.set(state, (sum.byState.get(state) ?? 0) + count);
  }
  return sum;
}

/** What the reader of a replay should know of that, in a sentence; null if there is nothing. */
export function remarkOnKept(parts: readonly Kept[]): string | null {
  const sum = sumKept(parts);
  if (sum.sessions === 0) return null;
  const states = [...sum.byState]
    .sort(([, a], [, b]) => b - a)
    .map(([state, count]) => `${SESSION_STATES[state]} (${count})`);
  return (
    `${sum.sessions === 1 ? '1 session' : `${sum.sessions} sessions`} left something for later statements to find, and ` +
    `kept one connection to the primary while it was there, as behind any router: ${states.join(', ')}.`
  );
}
