import { formatCount, formatPercent } from '../../machine/pure.js';
import { workOf } from '../measures.js';
import type { PairCheck } from './check.js';

/** Percent by which the answered requests of the two sides may differ. */
const MOST_APART = 1;

export const sameWork: PairCheck = {
  of: 'pair',
  title: 'Both sides did the same work',
  cure: 'Lower the rate so that both sides can answer all of it, and look at the errors.',
  look({ baseline, split }) {
    const [before, after] = [workOf(baseline), workOf(split)];
    // Where nothing was answered there is no work to share.
    const apart = before === 0 ? 100 : (Math.abs(after - before) / Math.max(before, after)) * 100;
    return {
      readings: [
        {
          title: 'Requests answered in the baseline',
          value: before,
          unit: 'count',
          limit: { op: '>=', value: 1 },
        },
        {
          title: 'Difference of the requests answered',
          value: apart,
          unit: 'percent',
          limit: { op: '<=', value: MOST_APART },
        },
      ],
      found:
        before === 0 && after === 0
          ? 'no request was answered in the measured window'
          : `${formatCount(before)} requests answered in the baseline, ${formatCount(after)} in the split: ${formatPercent(apart)} apart, limit ${formatPercent(MOST_APART)}`,
    };
  },
};
