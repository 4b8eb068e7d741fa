import { samePlan as differencesOf } from '../../record/pure.js';
import { same } from '../measure-more.js';
import { atMost, type PairCheck } from './check.js';

export const samePlan: PairCheck = {
  of: 'pair',
  subject: 'bench',
  title: 'Both sides ran the same plan',
  cure: 'Run both sides with one plan: "bench run split" without options follows that of the newest baseline.',
  again: same,
  words: { holds: 'the plans agree', fails: 'the plans differ' },
  examine({ baseline, split }, first) {
    // Only trials whose pairs were asked to have traffic of their own say its seed.
    const otherTraffic = [first, { baseline }].every(
      (pair) => pair.baseline.plan.workload.trafficSeed !== undefined,
    );
    const found = [
      ...differencesOf(baseline.plan, split.plan),
      ...differencesOf(first.baseline.plan, baseline.plan, { otherTraffic }).map(
        (each) => `${each} (first pair and this one)`,
      ),
    ];
    const fault = found.join('; ');
    return [{ title: 'Settings that differ', value: found.length, unit: 'count', limit: atMost(0), fault }];
  },
};
