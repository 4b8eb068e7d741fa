import { formatCount, formatPercent } from '../../machine/pure.js';
import { hasOwnPace } from '../../record/pure.js';
import { cureOf } from '../lost-names.js';
import { rateAnew } from '../measure-more.js';
import { workOf } from '../measures.js';
import { atLeast, atMost, OWN_PACE, type PairCheck } from './check.js';

export const sameWork: PairCheck = {
  of: 'pair',
  subject: 'outcome',
  title: 'Both sides did the same work',
  cure: 'Lower the rate so that both sides can answer every request, and see the errors under "Accounting".',
  again: rateAnew,
  examine({ baseline, split }) {
    if (hasOwnPace(baseline)) return { because: OWN_PACE };
    const [before, after] = [workOf(baseline), workOf(split)];
    const cure = cureOf(baseline, split);
    if (before === 0) {
      const fault = 'nothing was answered in the measured window of the baseline';
      return [
        {
          title: 'Answers',
          value: before,
          unit: 'count',
          limit: atLeast(1),
          fault,
          by: 'baseline',
          ...cure,
        },
      ];
    }
    const value = (Math.abs(after - before) / Math.max(before, after)) * 100;
    const words = `${formatCount(before)} answers in the baseline, ${formatCount(after)} in the split, ${formatPercent(value)} apart`;
    const by = after < before ? 'split' : 'baseline';
    const title = 'Difference of the work';
    return [{ title, value, unit: 'percent', limit: atMost(1), words, by, ...cure }];
  },
};
