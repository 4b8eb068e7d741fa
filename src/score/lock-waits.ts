import { formatPercent, formatSeconds } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { type Pair, runsOf } from './pair.js';

/** From this share of the statements' time on, waits for locks are said to have made the figures. */
const MATTERS = 0.01;

/** Which share of the time of all statements went into waits for locks of over a second, 0..1. */
function lockWaitShare({ load }: RunRecord): number {
  const { lockWaits, window } = load;
  if (!lockWaits || lockWaits.statements === 0) return 0;
  const sumUs = Object.values(window.latency).reduce((sum, { sumUs }) => sum + sumUs, 0);
  // What ran out of time in such a wait has no latency.
  return lockWaits.totalMs / Math.max(sumUs / 1000, lockWaits.totalMs);
}

/** Says where captured sessions held each other up, and what to do about it; null if that hardly counts. */
export function lockWaitNote(pairs: readonly Pair[]): string | null {
  const runs = pairs.flatMap(runsOf).filter(({ run }) => lockWaitShare(run) >= MATTERS);
  if (runs.length === 0) return null;
  const worst = runs.reduce((a, b) => (lockWaitShare(b.run) > lockWaitShare(a.run) ? b : a));
  const { statements, totalMs } = worst.run.load.lockWaits!;
  return (
    `Statements of the replay waited for each other’s locks: in the ${worst.side} ${statements} for over a second, ` +
    `${formatSeconds(totalMs / 1000)} in all, ${formatPercent(lockWaitShare(worst.run) * 100, 2)} of all their time. ` +
    'Latencies then depend on the order in which the sessions happened to run, which may not be that of the capture. See who held whom under ' +
    '"Accounting"; play the trace slower with --speed, or let the log begin when no transaction is open.'
  );
}
