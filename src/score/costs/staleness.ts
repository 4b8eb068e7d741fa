import { formatMs } from '../../machine/pure.js';
import { levelOf } from '../comparison.js';
import { replicaLag } from '../figures/lag.js';
import type { CountedCost } from './cost.js';

export const staleness: CountedCost = {
  title: 'Age of what the replica shows',
  unit: 'ms',
  standing: true,
  look(pairs) {
    const splits = pairs.map(({ split }) => split);
    const level = levelOf(replicaLag, splits);
    if (!level) return null;
    const { value } = level;
    const p99 = Math.max(...splits.map(({ lag }) => lag?.commitToVisible.p99Ms ?? 0));
    return {
      baseline: null,
      split: value,
      worse: value > 0,
      sentence: `A commit is visible on the replica ${formatMs(value)} later on average (${splits.length > 1 ? 'largest ' : ''}p99 ${formatMs(p99)}); on a primary alone it is visible at once.`,
    };
  },
};
