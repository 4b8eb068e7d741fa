import { formatReduction, sumOf } from '../../machine/pure.js';
import { blockCount, type Figure, ratioOver } from '../figures/figure.js';
import { noiseOfCounting } from '../figures/noise.js';
import { readsOf, volumesOf, workOf } from '../measures.js';
import { type Target, VALUE_KINDS } from './target.js';

/**
 * Read calls on the primary for each request answered, by the server's own count. Per request, so that a side that
 * answered a little less does not look as if it read less.
 */
const primaryReads: Figure = {
  of: (run) => {
    const reads = readsOf(run, 'primary');
    return reads && workOf(run) > 0 ? reads.calls / workOf(run) : null;
  },
  overBlocks: (run) => {
    const reads = volumesOf(run, 'primary')[0]?.readCallsByBlock;
    if (!reads) return null;
    const answered = run.load.window.blocks.map((block) => sumOf(Object.values(block), ({ count }) => count));
    const count = blockCount(run);
    return ratioOver(reads.slice(0, count), answered.slice(0, count));
  },
  noise: noiseOfCounting,
  leastRelevant: 1.005,
};

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
    if (workOf(baseline) === 0 || workOf(split) === 0) return 'Nothing was answered in the measured window.';
    return primaryReads.of(baseline) === 0 ? 'The primary answered no reads in the baseline.' : null;
  },
  detail({ baseline, split }) {
    const [before, after] = [readsOf(baseline, 'primary'), readsOf(split, 'primary')];
    if (!before || !after) return '';
    const less = (figure: 'execMs' | 'blocks') => {
      if (before[figure] === 0) return 'none in the baseline';
      const [from, to] = [before[figure] / workOf(baseline), after[figure] / workOf(split)];
      return formatReduction(VALUE_KINDS.reduction.of(from, to));
    };
    return `Execution time of these reads: ${less('execMs')}; blocks: ${less('blocks')}.`;
  },
};
