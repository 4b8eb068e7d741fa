import { formatMs, plainText } from '../../machine/pure.js';
import type { LagObservation, RunRecord } from '../../record/pure.js';
import { replicasOf, TARGETS } from '../../score/index.js';
import { type Drawing, type Question, rowOf } from './chart.js';
import { axis } from './config.js';
import { overTime, overTimeTable, type Series, secondsOfPoint } from './over-time.js';

/** Lag over time against its target. The baseline has none: there is no replica. */
export const lag: Question = {
  title: 'Replica lag',
  answer(pair, found) {
    const { baseline, split } = pair;
    const reason = TARGETS['replica-lag'].missing(pair);
    if (reason !== null || !split.lag) return { reason: reason ?? '' };
    const limit = rowOf(found, 'replica-lag')?.target.value;
    return lagOverTime([baseline, split], split, limit);
  },
};

/**
 * The lag of a run with replicas, of each a line: of one, mean and longest.
 * @param limit of the target, where there is one
 */
export function lagOverTime(runs: readonly RunRecord[], of: RunRecord, limit?: number): Drawing {
  const found = of.lag!;
  const { several, furthest } = replicasOf(of);
  const { meanMs, p99Ms, maxMs } = found.commitToVisible;
  const stepS = secondsOfPoint(runs);
  const stretch = stepS === 1 ? 'each second' : `each ${stepS} s`;
  const samples = samplesOf(found);
  const where = several ? ` on node ${found.node}` : '';
  const others = (found.others ?? []).map((other) => ({ name: String(other.node), ...samplesOf(other) }));
  const series: Series[] = [
    {
      head: `Mean${where}`,
      label: several ? plainText(String(found.node)) : 'mean',
      style: 'split',
      ...samples,
    },
    { head: `Longest${where}`, label: 'longest', style: 'highest', figure: 'max', ...samples },
    ...others.map(({ name, ...other }): Series => {
      // Drawn on a canvas, where no markup is escaped.
      return { head: `Mean on node ${name}`, label: plainText(name), style: 'replica', ...other };
    }),
  ];
  const held =
    limit === undefined
      ? ''
      : `, ${meanMs < limit ? 'under' : 'not under'} the ${formatMs(limit)} of the target`;
  return {
    title: `Replica lag: ${formatMs(meanMs)} on average${where}${held}`,
    about: `From a commit on the primary until ${furthest} shows it, as the mean and the longest of ${stretch}${several ? '; for the other replicas, the mean alone' : ''}. p99 ${formatMs(p99Ms)}, longest ${formatMs(maxMs)}.${limit === undefined ? '' : ' The target is for the mean.'}`,
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

function samplesOf({ series }: LagObservation): Pick<Series, 'tMs' | 'values'> {
  return { tMs: series.tMs, values: series.lagMs };
}
