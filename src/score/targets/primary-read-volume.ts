import { formatPercent } from '../../units.js';
import { readsOf, workOf } from '../measures.js';
import { reductionPercent } from '../statistics/change.js';
import type { Target } from './target.js';

/**
 * Read calls on the primary for each request answered, from the server's own count. Per request, so that a side that
 * answered a little less does not look as if it read less.
 */
export const primaryReadVolume: Target = {
  id: 'primary-read-volume',
  title: 'Reads on the primary',
  unit: 'percent',
  sideUnit: 'reads per request',
  goal: { op: '>=', value: 40, bandTo: 60 },
  measure({ baseline, split }) {
    const before = readsOf(baseline, 'primary');
    const after = readsOf(split, 'primary');
    if (!before || !after) return { value: null, reason: 'The servers gave no statement statistics.' };
    if (workOf(baseline) === 0 || workOf(split) === 0) {
      return { value: null, reason: 'No request was answered in the measured window.' };
    }
    const reduction = (figure: 'calls' | 'execMs' | 'blocks') =>
      reductionPercent(before[figure] / workOf(baseline), after[figure] / workOf(split));
    const value = reduction('calls');
    if (value === null) return { value, reason: 'The primary answered no reads in the baseline.' };
    return {
      value,
      baseline: before.calls / workOf(baseline),
      split: after.calls / workOf(split),
      detail: `Execution time of these reads: ${less(reduction('execMs'))}; blocks: ${less(reduction('blocks'))}.`,
    };
  },
};

function less(reduction: number | null): string {
  if (reduction === null) return 'none in the baseline';
  return reduction >= 0 ? `${formatPercent(reduction)} less` : `${formatPercent(-reduction)} more`;
}
