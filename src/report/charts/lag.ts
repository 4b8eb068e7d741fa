import { formatMs } from '../../machine/pure.js';
import type { LagObservation, RunRecord } from '../../record/pure.js';
import { TARGETS } from '../../score/index.js';
import { type Drawing, type Question, rowOf } from './chart.js';
import { axis } from './config.js';
import { overTime, overTimeTable, type Series, secondsOfPoint } from './over-time.js';

/** Lag over time against its target. The baseline has none: there is no replica. */
export const lag: Question = {
  title: 'Lag of the replica',
  answer(pair, found) {
    const { baseline, split } = pair;
    const reason = TARGETS['replica-lag'].missing(pair);
    if (reason !== null || !split.lag) return { reason: reason ?? '' };
    const limit = rowOf(found, 'replica-lag')?.target.value;
    return lagOverTime([baseline, split], split.lag, limit);
  },
};

/** @param limit of the target, where there is one */
export function lagOverTime(runs: readonly RunRecord[], found: LagObservation, limit?: number): Drawing {
  const { meanMs, p99Ms, maxMs } = found.commitToVisible;
  const stepS = secondsOfPoint(runs);
  const stretch = stepS === 1 ? 'each second' : `each ${stepS} s`;
  const samples = { tMs: found.series.tMs, values: found.series.lagMs };
  const series: Series[] = [
    { head: 'Mean', label: 'mean', style: 'split', ...samples },
    { head: 'Longest', label: 'longest', style: 'highest', figure: 'max', ...samples },
  ];
  const held =
    limit === undefined
      ? ''
      : `, ${meanMs < limit ? 'under' : 'not under'} the ${formatMs(limit)} of the target`;
  return {
    title: `Replica lag: ${formatMs(meanMs)} on average${held}`,
    about: `From a commit on the primary until the replica shows it: mean and longest of ${stretch}. p99 ${formatMs(p99Ms)}, longest ${formatMs(maxMs)}.${limit === undefined ? '' : ' The target is for the mean.'}`,
    config: overTime(runs, series, {
      y: axis('lag, ms', {
        min: 0,
        unit: 'ms',
        ...(limit !== undefined && { suggestedMax: limit * 1.15 }),
      }),
      target: limit === undefined ? null : { y: limit, label: `target: under ${formatMs(limit)}` },
    }),
    table: overTimeTable(runs, series, { caption: 'Lag over time', write: formatMs }),
  };
}
