import { readsOf, volumeOf, workOf } from '../measures.js';
import { sumOf } from '../statistics/estimate.js';
import { blockCount, type Figure, ratioOver } from './figure.js';

/**
 * Read calls on the primary for each request answered, by the server's own count. Per request, so that a side that
 * answered a little less does not look as if it read less.
 */
export const primaryReads: Figure = {
  of: (run) => {
    const reads = readsOf(run, 'primary');
    return reads && workOf(run) > 0 ? reads.calls / workOf(run) : null;
  },
  overBlocks: (run) => {
    const reads = volumeOf(run, 'primary')?.readCallsByBlock;
    if (!reads) return null;
    const answered = run.load.window.blocks.map((block) => sumOf(Object.values(block), ({ count }) => count));
    const count = blockCount(run);
    return ratioOver(reads.slice(0, count), answered.slice(0, count));
  },
  // The same trace asks the same; what differs is what falls over the ends of the window.
  noise: 1.005,
};
