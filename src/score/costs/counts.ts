import { formatCount, formatPercent, sumOf } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import { failedHere } from '../measures.js';
import { type Pair, sideOf } from '../pair.js';
import { replicasOf } from '../replicas.js';
import { LEAST_PAIRS, moreInPairs } from '../statistics/counts.js';
import type { CountedCost } from './cost.js';

/** What the runs counted of what went wrong. What had failed alike when it was captured is none of it. */

export const failedRequests: CountedCost = {
  title: 'Failed requests',
  unit: 'count',
  count(pairs) {
    const { baseline, split, worse, proof } = countOf(pairs, failedHere);
    if (baseline === 0 && split === 0)
      return { baseline, split, worse, sentence: 'No request failed on either side.' };
    const sentence = `${formatCount(split)} requests failed in the split and ${baseline === 0 ? 'none' : formatCount(baseline)} in the baseline${proof}.`;
    return { baseline, split, worse, sentence };
  },
};

export const misdeclaredWrites: CountedCost = {
  title: 'Writes declared as reads',
  unit: 'count',
  count(pairs) {
    const { baseline, split, worse } = countOf(pairs, ({ router }) => router.misdeclaredWrites);
    const sentence =
      split === 0
        ? 'No write was declared as a read.'
        : `${formatCount(split)} writes were declared as reads; the router sent them to the primary all the same.`;
    return { baseline, split, worse, sentence };
  },
};

/** What each side counted over all pairs, and whether the split has more; `proof` says what is known of that, if it has. */
function countOf(pairs: readonly Pair[], count: (run: RunRecord) => number) {
  const [before, after] = [sideOf(pairs, 'baseline').map(count), sideOf(pairs, 'split').map(count)];
  const [baseline, split] = [sumOf(before), sumOf(after)];
  const more = moreInPairs(before, after);
  const chance = more ? 'more than chance explains' : 'which chance can explain';
  // A burst is in one run, and a single pair has but one of each side.
  const unless = more && pairs.length === 1 ? ' unless they came in one burst' : '';
  const known = more === null ? TOO_FEW_PAIRS : `${chance}${unless}`;
  return { baseline, split, worse: more === true, proof: split > baseline ? `, ${known}` : '' };
}

const TOO_FEW_PAIRS = `and whether chance explains it takes ${LEAST_PAIRS} pairs to tell`;

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
        : `${formatCount(fell)} reads meant for ${replicasOf(pairs[0]!.split).the} fell back to the primary (${share}).`;
    return { baseline: null, split: fell, worse, sentence };
  },
};
