import { formatCount, formatPercent } from '../../machine/pure.js';
import { type CountedCost, sumOver } from './cost.js';

/** Percent of the requests that may fall back unnoticed. */
const NOISE = 0.1;

export const fallbacks: CountedCost = {
  title: 'Reads that fell back to the primary',
  unit: 'count',
  look(pairs) {
    const answered = sumOver(pairs, ({ split: { accounting } }) => accounting.ok + accounting.failed);
    const fell = sumOver(pairs, ({ split }) => split.router.fallbacks);
    const percent = answered > 0 ? (fell / answered) * 100 : 0;
    const worse = percent > NOISE;
    const share = `${formatPercent(percent)} of the requests${worse ? '' : `, below the ${formatPercent(NOISE)} that count`}`;
    return {
      baseline: null,
      split: fell,
      worse,
      sentence:
        fell === 0
          ? 'No read had to fall back to the primary.'
          : `${formatCount(fell)} reads meant for the replica fell back to the primary (${share}).`,
    };
  },
};
