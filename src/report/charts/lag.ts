import { formatMs } from '../../machine/pure.js';
import { type Pair, replicaLag, type ScoreRow } from '../../score/index.js';
import { binned, points, spanOf, stepFor } from './bins.js';
import { axis, type Chart, type NoChart, options, timeAxis, timeLine, warmupBand } from './chart.js';

/** Lag over time against its target. The baseline has none: there is no replica. */
export function lagChart(pair: Pair, rows: readonly ScoreRow[]): Chart | NoChart {
  const { lag } = pair.split;
  const reason = replicaLag.missing(pair);
  if (reason !== null || !lag) return { id: 'lag', title: 'Lag of the replica', reason: reason ?? '' };
  const { meanMs } = lag.commitToVisible;
  const { tMs, lagMs } = lag.series;
  const span = spanOf(pair);
  const [from, to] = span;
  const stepS = stepFor(to - from, 150);
  const stretch = stepS === 1 ? 'each second' : `each ${stepS} s`;
  const bins = binned(tMs, lagMs, stepS, span);
  const limit = rows.find(({ id }) => id === 'replica-lag')?.target.value;
  const tableStepS = stepFor(to - from, 14);
  return {
    id: 'lag',
    title: `Replica lag: ${formatMs(meanMs)} on average${limit === undefined ? '' : `, ${meanMs < limit ? 'under' : 'not under'} the ${formatMs(limit)} of the target`}`,
    about: `From a commit on the primary until the replica shows it. p99 ${formatMs(lag.commitToVisible.p99Ms)}, longest ${formatMs(lag.commitToVisible.maxMs)}.`,
    height: 290,
    config: {
      type: 'line',
      data: {
        datasets: [
          timeLine(`Mean of ${stretch}`, 'split', points(bins, stepS)),
          {
            ...timeLine(`Longest of ${stretch}`, 'split', points(bins, stepS, 'max')),
            borderDash: [2, 3],
            borderWidth: 1.5,
          },
        ],
      },
      options: options({
        scales: {
          x: timeAxis(from, to),
          y: axis('lag, ms', { min: 0, ...(limit === undefined ? {} : { suggestedMax: limit * 1.15 }) }),
        },
        marks: {
          lines: limit === undefined ? [] : [{ y: limit, label: `target: under ${formatMs(limit)}` }],
          bands: warmupBand(from),
        },
      }),
    },
    table: {
      caption: 'Lag over time',
      columns: [
        { head: 'Seconds' },
        { head: 'Mean', numeric: true, side: 'split' },
        { head: 'Longest', numeric: true, side: 'split' },
      ],
      rows: binned(tMs, lagMs, tableStepS, span).map((bin) => [
        { text: `${bin.fromS} to ${bin.fromS + tableStepS}`.replaceAll('-', '−'), sort: bin.fromS },
        formatMs(bin.mean),
        formatMs(bin.max),
      ]),
    },
  };
}
