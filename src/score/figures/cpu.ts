import type { NodeObservation, RunRecord } from '../../record/pure.js';
import { coresOf, nodeOf } from '../measures.js';
import { sumOf } from '../statistics/estimate.js';
import { type Figure, meanOver, type OverBlocks } from './figure.js';

/** Baselines against baselines gave up to 13 %. */
const NOISE = 1.15;

/** CPU of the primary, in percent of one node's budget, of which a control's primary has two. */
export const primaryCpu: Figure = {
  of: (run) => {
    const primary = nodeOf(run, 'primary');
    const budgets = run.side === 'control' ? 2 : 1;
    return primary ? primary.utilisation * 100 * budgets : null;
  },
  overBlocks: (run) => {
    const primary = nodeOf(run, 'primary');
    return primary ? coresOver(run, primary) : null;
  },
  noise: NOISE,
};

/** CPU of all database nodes together, in cores. */
export const totalCpu: Figure = {
  of: (run) => (run.nodes.length === 0 ? null : sumOf(run.nodes, (node) => coresOf(node, run))),
  overBlocks: (run) => {
    const nodes = run.nodes.map((node) => coresOver(run, node));
    return (blocks) => sumOf(nodes, (over) => over(blocks));
  },
  noise: NOISE,
};

function coresOver(run: RunRecord, { series }: NodeObservation): OverBlocks {
  return meanOver(run, series.tMs, series.cpuCores);
}
