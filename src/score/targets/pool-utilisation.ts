import { formatCount, formatPercent } from '../../machine/pure.js';
import type { PoolObservation } from '../../record/pure.js';
import { type Figure, meanOver } from '../figures/figure.js';
import { noiseOfWaiting } from '../figures/noise.js';
import type { Target } from './target.js';

/** Time-weighted mean share of connections in use, in percent, of the busiest pool. Bursts fill any pool for a moment. */
export const busiestPool: Figure = {
  of: ({ pools }) => {
    const pool = busiest(pools);
    return pool ? pool.utilisationMean * 100 : null;
  },
  overBlocks: (run) => {
    const pool = busiest(run.pools);
    if (!pool) return null;
    const percents = pool.series.busy.map((busy) => (busy / pool.size) * 100);
    return meanOver(run, pool.series.tMs, percents);
  },
  // Use of a pool is latency times rate.
  noise: noiseOfWaiting,
  leastRelevant: 1.05,
  most: 100,
};

function busiest(pools: PoolObservation[]): PoolObservation | undefined {
  return [...pools].sort((a, b) => b.utilisationMean - a.utilisationMean)[0];
}

export const poolUtilisation: Target = {
  title: 'Use of the busiest pool',
  unit: 'percent',
  sideUnit: 'percent',
  figure: busiestPool,
  value: 'level',
  goal: { bound: 70 },
  missing: ({ split }) => (split.pools.length === 0 ? 'The split run has no record of its pools.' : null),
  detail: ({ split }) =>
    split.pools
      .map(
        (pool) =>
          `${pool.node.charAt(0).toUpperCase()}${pool.node.slice(1)} (${formatCount(pool.size)} connections): mean ${formatPercent(pool.utilisationMean * 100)}, p95 ${formatPercent(pool.utilisationP95 * 100)}, highest ${formatPercent(pool.utilisationMax * 100)}.`,
      )
      .join(' '),
};
