import { formatCount, formatPercent } from '../../machine/pure.js';
import { busiestPool } from '../figures/pools.js';
import type { Target } from './target.js';

/** Use of the busiest pool of the split. */
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
          `${capital(pool.node)} (${formatCount(pool.size)} connections): mean ${formatPercent(pool.utilisationMean * 100)}, p95 ${formatPercent(pool.utilisationP95 * 100)}, highest ${formatPercent(pool.utilisationMax * 100)}.`,
      )
      .join(' '),
};

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
