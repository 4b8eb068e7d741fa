import type { PoolObservation } from '../../record/pure.js';
import { type Figure, meanOver } from './figure.js';

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
  noise: 2,
};

function busiest(pools: PoolObservation[]): PoolObservation | undefined {
  return [...pools].sort((a, b) => b.utilisationMean - a.utilisationMean)[0];
}
