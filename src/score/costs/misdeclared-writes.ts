import { formatCount } from '../../machine/pure.js';
import { moreThanByChance } from '../statistics/change.js';
import { type CountedCost, sumOver } from './cost.js';

export const misdeclaredWrites: CountedCost = {
  title: 'Writes declared as reads',
  unit: 'count',
  look(pairs) {
    const baseline = sumOver(pairs, (pair) => pair.baseline.router.misdeclaredWrites);
    const split = sumOver(pairs, (pair) => pair.split.router.misdeclaredWrites);
    return {
      baseline,
      split,
      worse: moreThanByChance(baseline, split),
      sentence:
        split === 0
          ? 'No write was declared as a read.'
          : `${formatCount(split)} writes were declared as reads; the router sent them to the primary all the same.`,
    };
  },
};
