import { formatCount } from '../../machine/pure.js';
import { moreThanByChance } from '../statistics/change.js';
import { type CountedCost, sumOver } from './cost.js';

export const failedRequests: CountedCost = {
  title: 'Failed requests',
  unit: 'count',
  look(pairs) {
    const baseline = sumOver(pairs, (pair) => pair.baseline.accounting.failed);
    const split = sumOver(pairs, (pair) => pair.split.accounting.failed);
    const worse = moreThanByChance(baseline, split);
    const chance = worse
      ? ', more than chance explains'
      : split > baseline
        ? ', which chance can explain'
        : '';
    const counts = `${formatCount(split)} requests failed in the split and ${baseline === 0 ? 'none' : formatCount(baseline)} in the baseline`;
    const none = baseline === 0 && split === 0;
    return {
      baseline,
      split,
      worse,
      sentence: none ? 'No request failed on either side.' : `${counts}${chance}.`,
    };
  },
};
