import { formatPercent } from '../../machine/pure.js';
import { isCaptured } from '../../record/pure.js';
import { cureOf } from '../lost-names.js';
import { nothing } from '../measure-more.js';
import { failedPercent } from '../measures.js';
import { below, type PairCheck } from './check.js';

/** A captured trace may fail as it did where it was captured: as long as it does so on both sides. */
export const errorsAlike: PairCheck = {
  of: 'pair',
  subject: 'outcome',
  title: 'Both sides failed alike',
  cure: 'See the errors under "Accounting", and remove their cause: an event that fails costs less than one that is answered.',
  again: nothing,
  words: { fails: 'the sides did not fail alike' },
  examine({ baseline, split }) {
    if (!isCaptured(baseline)) return { because: 'each side has a limit of its own' };
    const [before, after] = [failedPercent(baseline), failedPercent(split)];
    const value = Math.abs(after - before);
    const words = `${formatPercent(before)} of the events failed in the baseline, ${formatPercent(after)} in the split, ${formatPercent(value)} apart`;
    return [
      {
        title: 'Difference of the failures',
        value,
        unit: 'percent',
        limit: below(1),
        words,
        by: after > before ? 'split' : 'baseline',
        ...cureOf(baseline, split),
      },
    ];
  },
};
