import { formatCounted, formatSeconds } from '../machine/pure.js';
import type { LockHolderState, LockWaitPair, RunRecord } from '../record/pure.js';

const DEADLOCK = '40P01';

const STATES: Record<LockHolderState, string> = {
  active: 'running',
  'idle-in-transaction': 'idle in a transaction',
  idle: 'idle',
  prepared: 'prepared for commit',
  deadlock: 'in a deadlock with it',
};

/** What the holder of a lock did, and whether it was of the replay. */
export function holderInWords({ state, ofReplay }: LockWaitPair): string {
  return `${STATES[state]}, ${ofReplay ? 'a session of the replay' : 'not of the replay'}`;
}

/** What sessions of a replay did to each other by their locks, in a sentence; null where there was nothing of it. */
export function lockWaitsInWords({ load }: RunRecord): string | null {
  const { lockWaits, errors } = load;
  if (!lockWaits) return null;
  const { statements, totalMs, longestMs, cutOff } = lockWaits;
  const deadlocks = errors
    .filter(({ code }) => code.startsWith(DEADLOCK))
    .reduce((sum, { count }) => sum + count, 0);
  const words = [
    statements > 0 &&
      `${formatCounted(statements, 'statement')} waited for a lock for over a second (${formatSeconds(totalMs / 1000)} in all, ${formatSeconds(longestMs / 1000)} at most)`,
    deadlocks > 0 && `${formatCounted(deadlocks, 'deadlock')}, each of which failed one statement`,
    cutOff > 0 &&
      `${formatCounted(cutOff, 'session')} ended within a transaction, as in the trace, and it was rolled back`,
  ].filter((part) => part !== false);
  return words.length > 0 ? words.join('; ') : null;
}
