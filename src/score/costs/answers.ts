import { formatCount, formatPercent, sumOf } from '../../machine/pure.js';
import {
  type AnswerCounts,
  type CountsByEvidence,
  different,
  otherValues,
  share,
  unexplained,
} from '../divergence/divergence.js';
import { moreThanByChance } from '../statistics/counts.js';
import type { CountedCost } from './cost.js';

/**
 * What the comparison of the answers means for who asks. Any difference where one had to be the same is a fault. Where
 * nothing seems to have changed, more than between two baselines are, where two were compared. Stale ones are where they
 * outnumber the newer ones, which concurrency brings about as often, and those between two baselines. All by more than
 * chance.
 */
export const answers: CountedCost = {
  title: 'Answers that differ from the baseline’s',
  unit: 'count',
  count(_, divergence) {
    if (!divergence) return null;
    const { byEvidence, equalRuns } = divergence;
    const { certain, settled, changing } = byEvidence;
    const equal = equalRuns?.byEvidence;
    const wrong = otherValues(certain) > 0 || more(otherValues, equal?.settled, settled);
    const older =
      moreThanByChance(changing.newer, changing.stale) &&
      more(({ stale }) => stale, equal?.changing, changing);
    return {
      baseline: null,
      split: sumOf(Object.values(byEvidence), different),
      worse: wrong || older,
      sentence: `${inWords(byEvidence)}${older ? ', more than chance explains' : ''}.`,
    };
  },
};

/** By chance both comparisons find some in proportion to how many answers each compares; without equal runs, none is due. */
function more(
  count: (counts: AnswerCounts) => number,
  equal: AnswerCounts | undefined,
  found: AnswerCounts,
): boolean {
  const [before, after] = [equal ? count(equal) : 0, count(found)];
  return moreThanByChance(before, after, equal && found.compared / (equal.compared + found.compared || 1));
}

function inWords(byEvidence: CountsByEvidence): string {
  const { certain, settled, changing } = byEvidence;
  const steady = certain.compared + settled.compared;
  const wrong = unexplained(byEvidence);
  const parts = [
    steady > 0 &&
      `of ${formatCount(steady)} where nothing had changed, ${wrong === 0 ? 'none' : formatCount(wrong)} differed`,
    changing.compared > 0 &&
      `of ${formatCount(changing.compared)} that concurrent writes may change, ${formatPercent(share(changing))} differed: ${formatCount(changing.newer)} newer and ${formatCount(changing.stale)} stale`,
  ].filter((part) => part !== false);
  return `Answers compared with the baseline’s: ${parts.join('; ') || 'none, since no read of this workload can be'}`;
}
