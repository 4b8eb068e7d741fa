import { formatCount, formatMs, formatPercent } from '../../machine/pure.js';
import type { PoolObservation } from '../../record/pure.js';
import type { Pair, ScoreRow } from '../../score/index.js';
import { binned, points, spanOf, stepFor } from './bins.js';
import { axis, type Chart, type NoChart, options, timeAxis, timeLine, warmupBand } from './chart.js';

/** Connections in use over time, by pool, against the target. */
export function poolsChart(pair: Pair, rows: readonly ScoreRow[]): Chart | NoChart {
  const { baseline, split } = pair;
  const pools = [
    ...baseline.pools.map((pool) => ({ side: 'baseline' as const, look: 'baseline' as const, pool })),
    ...split.pools.map((pool) => ({
      side: 'split' as const,
      look: pool.node === 'primary' ? ('split' as const) : ('replica' as const),
      pool,
    })),
  ].filter(({ pool }) => pool.series.tMs.length > 0);
  const worst = [...split.pools].sort((a, b) => b.utilisationMean - a.utilisationMean)[0];
  if (!worst || pools.length === 0) {
    return { id: 'pools', title: 'Use of the connection pools', reason: 'The pools were not sampled.' };
  }
  const inUse = (pool: PoolObservation) => pool.series.busy.map((busy) => (busy / pool.size) * 100);
  const span = spanOf(pair);
  const [from, to] = span;
  const stepS = stepFor(to - from, 150);
  const limit = rows.find(({ id }) => id === 'pool-utilisation')?.target.value;
  return {
    id: 'pools',
    title: `Busiest pool: ${formatPercent(worst.utilisationMean * 100)} of the ${worst.node}’s connections in use on average`,
    about: `Bursts fill any pool for a moment: its highest sample was ${formatPercent(worst.utilisationMax * 100)}.`,
    height: 290,
    config: {
      type: 'line',
      data: {
        datasets: pools.map(({ side, look, pool }) =>
          timeLine(
            `${capital(pool.node)}, ${side}`,
            look,
            points(binned(pool.series.tMs, inUse(pool), stepS, span), stepS),
          ),
        ),
      },
      options: options({
        scales: { x: timeAxis(from, to), y: axis('connections in use, %', { min: 0, max: 100 }) },
        marks: {
          lines: limit === undefined ? [] : [{ y: limit, label: `target: under ${formatPercent(limit)}` }],
          bands: warmupBand(from),
        },
      }),
    },
    table: {
      caption: 'Use of the connection pools in the measured window',
      columns: [
        { head: 'Run and node' },
        ...['Connections', 'Mean', 'p95', 'Highest', 'Most waiting', 'Mean wait for a connection'].map(
          (head) => ({
            head,
            numeric: true,
          }),
        ),
      ],
      rows: pools.map(({ side, pool }) => [
        `${capital(side)}, ${pool.node}`,
        formatCount(pool.size),
        formatPercent(pool.utilisationMean * 100),
        formatPercent(pool.utilisationP95 * 100),
        formatPercent(pool.utilisationMax * 100),
        formatCount(pool.waitingMax),
        formatMs(pool.acquireWaitMsMean),
      ]),
    },
  };
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
