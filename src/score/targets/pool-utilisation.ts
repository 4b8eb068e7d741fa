import { formatCount, formatPercent } from '../../units.js';
import type { Target } from './target.js';

/** Time-weighted mean share of connections in use, of the worst pool of the split. Bursts fill any pool for a moment. */
export const poolUtilisation: Target = {
  id: 'pool-utilisation',
  title: 'Use of the busiest pool',
  unit: 'percent',
  sideUnit: 'percent',
  goal: { op: '<', value: 70 },
  measure({ baseline, split }) {
    const busiest = (pools: typeof split.pools) => Math.max(...pools.map((pool) => pool.utilisationMean));
    if (split.pools.length === 0) return { value: null, reason: 'The split run has no record of its pools.' };
    const worst = busiest(split.pools) * 100;
    return {
      value: worst,
      baseline: baseline.pools.length > 0 ? busiest(baseline.pools) * 100 : null,
      split: worst,
      detail: split.pools
        .map(
          (pool) =>
            `${capital(pool.node)} (${formatCount(pool.size)} connections): mean ${formatPercent(pool.utilisationMean * 100)}, p95 ${formatPercent(pool.utilisationP95 * 100)}, highest ${formatPercent(pool.utilisationMax * 100)}.`,
        )
        .join(' '),
    };
  },
};

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
