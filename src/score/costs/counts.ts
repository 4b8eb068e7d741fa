import { formatCount, formatPercent } from '../../machine/pure.js';
import { failedHere } from '../measures.js';
import { sumOf } from '../statistics/estimate.js';
import { type CountedCost, moreThanByChance } from './cost.js';

/** What the runs counted of what went wrong. What had failed alike when it was captured is none of it. */

export const failedRequests: CountedCost = {
  title: 'Failed requests',
  unit: 'count',
  count(pairs) {
    const baseline = sumOf(pairs, ({ baseline }) => failedHere(baseline));
    const split = sumOf(pairs, ({ split }) => failedHere(split));
    const worse = moreThanByChance(baseline, split);
    if (baseline === 0 && split === 0)
      return { baseline, split, worse, sentence: 'No request failed on either side.' };
    const chance = worse ? ', more than chance explains' : ', which chance can explain';
    const sentence = `${formatCount(split)} requests failed in the split and ${baseline === 0 ? 'none' : formatCount(baseline)} in the baseline${split > baseline ? chance : ''}.`;
    return { baseline, split, worse, sentence };
  },
};

export const misdeclaredWrites: CountedCost = {
  title: 'Writes declared as reads',
  unit: 'count',
  count(pairs) {
    const baseline = sumOf(pairs, (pair) => pair.baseline.router.misdeclaredWrites);
    const split = sumOf(pairs, (pair) => pair.split.router.misdeclaredWrites);
    const sentence =
      split === 0
        ? 'No write was declared as a read.'
        : `${formatCount(split)} writes were declared as reads; the router sent them to the primary all the same.`;
    return { baseline, split, worse: moreThanByChance(baseline, split), sentence };
  },
};

/** Percent of the requests that may fall back unnoticed. */
const NOISE = 0.1;

export const fallbacks: CountedCost = {
  title: 'Reads that fell back to the primary',
  unit: 'count',
  count(pairs) {
    const answered = sumOf(pairs, ({ split: { accounting } }) => accounting.ok + accounting.failed);
    const fell = sumOf(pairs, ({ split }) => split.router.fallbacks);
    const percent = answered > 0 ? (fell / answered) * 100 : 0;
    const worse = percent > NOISE;
    const share = `${formatPercent(percent)} of the requests${worse ? '' : `, below the ${formatPercent(NOISE)} that count`}`;
    const sentence =
      fell === 0
        ? 'No read had to fall back to the primary.'
        : `${formatCount(fell)} reads meant for the replica fell back to the primary (${share}).`;
    return { baseline: null, split: fell, worse, sentence };
  },
};
