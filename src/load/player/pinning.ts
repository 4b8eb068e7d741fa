import type { KeptConnections, RouterStats } from '../../router/index.js';
import { SESSION_STATES, type SessionState } from '../../router/sql/index.js';

type Pinning = RouterStats['pinning'];

/** What the reader of a replay should know of reads that no replica could take, in a sentence; null if there were none. */
export function remarkOnPinning(pinning: Pinning): string | null {
  const states = (Object.keys(pinning) as (keyof Pinning)[])
    .map((state) => ({ state, ...pinning[state] }))
    .filter(({ reads }) => reads > 0)
    .sort((a, b) => b.reads - a.reads)
    .map(
      ({ state, clients, reads }) =>
        `${SESSION_STATES[state]} (${count(reads, 'read')} of ${count(clients, 'session')})`,
    );
  if (states.length === 0) return null;
  return `Reads stayed on the primary, as behind any router, for what their sessions had left there: ${states.join(', ')}.`;
}

/** What the reader should know of pooled sessions that kept a connection to themselves; null if none did. */
export function remarkOnKept(kept: KeptConnections): string | null {
  const states = Object.entries(kept)
    .filter(([, clients]) => clients > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([state, clients]) => `${SESSION_STATES[state as SessionState]} (${count(clients, 'session')})`);
  if (states.length === 0) return null;
  return `Sessions kept a connection of the pool to themselves, as what they had left there is lost behind a pool of transactions: ${states.join(', ')}.`;
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}
