import { formatReduction } from '../../machine/pure.js';
import { primaryReads } from '../figures/reads.js';
import { readsOf, workOf } from '../measures.js';
import { reductionPercent } from '../statistics/change.js';
import type { Target } from './target.js';

/** Reads on the primary for each request answered. */
export const primaryReadVolume: Target = {
  title: 'Reads on the primary',
  unit: 'percent',
  sideUnit: 'reads-per-request',
  figure: primaryReads,
  value: 'reduction',
  goal: { bound: 40, band: 60 },
  missing({ baseline, split }) {
    if (!readsOf(baseline, 'primary') || !readsOf(split, 'primary'))
      return 'The servers gave no statement statistics.';
    if (workOf(baseline) === 0 || workOf(split) === 0)
      return 'No request was answered in the measured window.';
    return primaryReads.of(baseline) === 0 ? 'The primary answered no reads in the baseline.' : null;
  },
  detail({ baseline, split }) {
    const [before, after] = [readsOf(baseline, 'primary'), readsOf(split, 'primary')];
    if (!before || !after) return '';
    const reduction = (figure: 'execMs' | 'blocks') =>
      reductionPercent(before[figure] / workOf(baseline), after[figure] / workOf(split));
    return `Execution time of these reads: ${less(reduction('execMs'))}; blocks: ${less(reduction('blocks'))}.`;
  },
};

function less(reduction: number | null): string {
  return reduction === null ? 'none in the baseline' : formatReduction(reduction);
}
