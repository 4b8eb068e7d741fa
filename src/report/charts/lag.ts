import { formatMs } from '../../machine/pure.js';
import { TARGETS } from '../../score/index.js';
import type { Question } from './chart.js';
import { axis } from './config.js';
import { overTime, overTimeTable, type Series, secondsOfPoint } from './over-time.js';

/** Lag over time against its target. The baseline has none: there is no replica. */
export const lag: Question = {
  title: 'Lag of the replica',
  answer(pair, rows) {
    const found = pair.split.lag;
    const reason = TARGETS['replica-lag'].missing(pair);
    if (reason !== null || !found) return { reason: reason ?? '' };
    const { meanMs, p99Ms, maxMs } = found.commitToVisible;
    const limit = rows.find(({ id }) => id === 'replica-lag')?.target.value;
    const stepS = secondsOfPoint(pair);
    const stretch = stepS === 1 ? 'each second' : `each ${stepS} s`;
    const samples = { tMs: found.series.tMs, values: found.series.lagMs };
    const series: Series[] = [
      { head: 'Mean', label: 'mean', style: 'split', ...samples },
      { head: 'Longest', label: 'longest', style: 'highest', figure: 'max', ...samples },
    ];
    return {
      title: `Replica lag: ${formatMs(meanMs)} on average${limit === undefined ? '' : `, ${meanMs < limit ? 'under' : 'not under'} the ${formatMs(limit)} of the target`}`,
      about: `From a commit on the primary until the replica shows it: mean and longest of ${stretch}. p99 ${formatMs(p99Ms)}, longest ${formatMs(maxMs)}. The target is for the mean.`,
      config: overTime(pair, series, {
        y: axis('lag, ms', {
          min: 0,
          unit: 'ms',
          ...(limit !== undefined && { suggestedMax: limit * 1.15 }),
        }),
        target: limit === undefined ? null : { y: limit, label: `target: under ${formatMs(limit)}` },
      }),
      table: overTimeTable(pair, series, { caption: 'Lag over time', write: formatMs }),
    };
  },
};
