import { formatCount, formatInUnit, formatMs, upperFirst } from '../../machine/pure.js';
import type { PoolObservation } from '../../record/pure.js';
import { type Figure, meanOver } from '../figures/figure.js';
import { noiseOfWaiting } from '../figures/noise.js';
import { useOf } from '../measures.js';
import type { Target } from './target.js';

/** Time-weighted mean share of connections in use, in percent, of the busiest pool. Bursts fill any pool for a moment. */
export const busiestPool: Figure = {
  of: (run) => {
    const pool = busiest(run.pools);
    return pool ? percent(useOf(pool, run)) : null;
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

/** None where one of them is not known: it might be that one. */
function busiest(pools: PoolObservation[]): PoolObservation | undefined {
  if (pools.some(({ utilisationMean }) => utilisationMean === null)) return undefined;
  return [...pools].sort((a, b) => b.utilisationMean! - a.utilisationMean!)[0];
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}

export const poolUtilisation: Target = {
  title: 'Use of the busiest pool',
  unit: 'percent',
  sideUnit: 'percent',
  figure: busiestPool,
  value: 'level',
  goal: { bound: 70 },
  missing({ split: { pools } }) {
    if (pools.length === 0) return 'The split run has no record of its pools.';
    const unseen = pools.find(({ utilisationMean }) => utilisationMean === null);
    if (!unseen) return null;
    return `The pools of the split were not seen for ${formatMs(unseen.longestGapMs)} at an edge of its window.`;
  },
  detail: ({ split }) =>
    split.pools
      .map(
        (pool) =>
          `${upperFirst(pool.node)} (${formatCount(pool.size)} connections): mean ${inWords(useOf(pool, split))}, p95 ${inWords(pool.utilisationP95)}, highest ${inWords(pool.utilisationMax)}.`,
      )
      .join(' '),
};

function inWords(share: number | null): string {
  return formatInUnit(percent(share), 'percent');
}
