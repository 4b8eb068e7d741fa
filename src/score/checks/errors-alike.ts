import { formatPercent } from '../../machine/pure.js';
import { isCaptured } from '../../record/pure.js';
import { failedPercent } from '../measures.js';
import { notJudged, type PairCheck } from './check.js';

/** A captured trace may fail as it did where it was captured: as long as it does so on both sides. */
export const errorsAlike: PairCheck = {
  of: 'pair',
  title: 'Both sides failed alike',
  cure: 'See the errors under "Accounting"; a request that fails costs less than one that is answered.',
  look({ baseline, split }) {
    if (!isCaptured(baseline)) return notJudged('each side has a limit of its own');
    const [before, after] = [failedPercent(baseline), failedPercent(split)];
    const apart = Math.abs(after - before);
    return {
      readings: [
        {
          title: 'Difference of the shares that failed',
          value: apart,
          unit: 'percent',
          limit: { op: '<', value: 1 },
        },
      ],
      found: `${formatPercent(before)} of the requests failed in the baseline, ${formatPercent(after)} in the split: ${formatPercent(apart)} apart`,
    };
  },
};
