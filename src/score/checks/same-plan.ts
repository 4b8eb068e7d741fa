import { samePlan as differences } from '../../record/pure.js';
import type { PairCheck } from './check.js';

export const samePlan: PairCheck = {
  of: 'pair',
  title: 'Both sides ran the same plan',
  cure: 'Run the split with the plan of the baseline: "bench run split" without options does.',
  words: { holds: 'the plans agree', fails: 'the plans differ' },
  look({ baseline, split }, first) {
    const found = [
      ...differences(baseline.plan, split.plan),
      ...differences(first.baseline.plan, baseline.plan).map((each) => `${each} (first pair and this one)`),
    ];
    return {
      readings: [
        {
          title: 'Settings that differ',
          value: found.length,
          unit: 'count',
          limit: { op: '<=', value: 0 },
        },
      ],
      found: found.join('; '),
    };
  },
};
