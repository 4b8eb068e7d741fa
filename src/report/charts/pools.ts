import { formatCount, formatMs, formatPercent, plainText } from '../../machine/pure.js';
import { nodeOf, type PoolObservation, type RunRecord } from '../../record/pure.js';
import { replicasOf, useOf } from '../../score/index.js';
import { numbers, rowsOfBoth, SIDE_WORDS } from '../html/table.js';
import { type Drawing, type Question, rowOf } from './chart.js';
import { type SeriesStyle, shareAxis } from './config.js';
import { overTime, type Series } from './over-time.js';

/** Connections in use over time, by pool, against the target. */
export const pools: Question = {
  title: 'Use of the connection pools',
  answer(pair, found) {
    const primary = nodeOf(pair.split, 'primary')?.name;
    const styleOf = (node: string): SeriesStyle => (node === primary ? 'split' : 'replica');
    const sampled = rowsOfBoth(pair, ({ pools }, side) =>
      pools.map((pool) => ({ side, pool, style: side === 'baseline' ? 'baseline' : styleOf(pool.node) })),
    ).filter(({ pool }) => pool.series.tMs.length > 0);
    const worst = pair.split.pools.toSorted((a, b) => (b.utilisationMean ?? 0) - (a.utilisationMean ?? 0))[0];
    if (!worst || sampled.length === 0) return { reason: 'The pools were not sampled.' };
    const limit = rowOf(found, 'pool-utilisation')?.target.value;
    return {
      title: `Busiest pool: ${share(useOf(worst, pair.split))} of the connections to ${replicasOf(pair.split).node(worst.node)} in use on average`,
      about: `A burst can fill any pool for a moment: the highest sample was ${share(worst.utilisationMax)}. The target is for the mean.`,
      ...poolsOverTime(
        [pair.baseline, pair.split],
        sampled.map(({ side, style, pool }) => ({
          ...{ pool, style, name: `${SIDE_WORDS[side]}, ${pool.node}` },
          label: side === 'baseline' ? 'baseline' : pool.node,
        })),
        limit,
      ),
    };
  },
};

/** A pool, and what it is called beside its line and in the table. */
export interface PoolLine extends Pick<Series, 'label' | 'style'> {
  pool: PoolObservation;
  name: string;
}

/** Connections in use on one scale, and what each pool was like as a table. @param limit of the target, where there is one */
export function poolsOverTime(
  runs: readonly RunRecord[],
  pools: readonly PoolLine[],
  limit?: number,
): Pick<Drawing, 'config' | 'table'> {
  const series = pools.map(({ label, style, pool }) => ({
    // Drawn on a canvas, where no markup is escaped.
    ...{ label: plainText(label), style, tMs: pool.series.tMs },
    values: pool.series.busy.map((busy) => (busy / pool.size) * 100),
  }));
  return {
    config: overTime(runs, series, {
      y: shareAxis('connections in use, %'),
      whole: { y: 100, label: 'all connections' },
      target: limit === undefined ? null : { y: limit, label: `target: under ${formatPercent(limit)}` },
    }),
    table: {
      caption: 'Use of the connection pools in the measured window',
      columns: [
        'Run and node',
        ...numbers('Connections', 'Mean', 'p95', 'Highest', 'Most waiting', 'Mean wait for a connection'),
      ],
      rows: pools.map(({ name, pool }) => [
        name,
        formatCount(pool.size),
        share(pool.utilisationMean),
        share(pool.utilisationP95),
        share(pool.utilisationMax),
        formatCount(pool.waitingMax),
        pool.acquireWaitMsMean === null ? 'not measured' : formatMs(pool.acquireWaitMsMean),
      ]),
    },
  };
}

export function share(of: number | null): string {
  return of === null ? 'an unknown share' : formatPercent(of * 100);
}
