import { formatPercent, formatSeconds, sumOf } from '../machine/pure.js';
import type { Histogram } from '../record/histogram.js';
import type { RunRecord } from '../record/pure.js';
import { type Pair, runsOf } from './pair.js';

/** From this share of the statements' time on, waits for locks are said to have made the figures. */
const MATTERS = 0.01;

/** Which share of the time of all statements, from when each began, went into waits for locks of over a second, 0..1. */
function lockWaitShare({ load }: RunRecord): number {
  const { lockWaits, window } = load;
  if (!lockWaits || lockWaits.statements === 0) return 0;
  const { latency, late } = window;
  // Latency counts from when a statement was due. What ran out of time in such a wait has none.
  const runningMs = sumMs(latency) - sumMs(late);
  return lockWaits.totalMs / Math.max(runningMs, lockWaits.totalMs);
}

function sumMs(histograms: Partial<Record<string, Histogram>>): number {
  return sumOf(Object.values(histograms), (histogram) => histogram!.sumUs) / 1000;
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
    'Latencies then depend on the order in which the sessions happened to run, which may not be that of the capture. See who held up whom under ' +
    '"Accounting"; play the trace slower with --speed, or let the log begin when no transaction is open.'
  );
}
