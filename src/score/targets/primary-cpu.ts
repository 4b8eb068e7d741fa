import { formatCores, formatMs } from '../../machine/pure.js';
import { LONGEST_GAP_MS, type NodeObservation, nodeOf, type RunRecord } from '../../record/pure.js';
import { primaryCpu as figure } from '../figures/cpu.js';
import { coresOf, cpuMsPerRequest } from '../measures.js';
import { type Pair, runsOf } from '../pair.js';
import type { Target } from './target.js';

/** CPU seconds per second of the primary, as a share of its budget, read from the kernel. */
export const primaryCpu: Target = {
  title: 'CPU of the primary',
  unit: 'percent',
  sideUnit: 'percent',
  figure,
  value: 'reduction',
  goal: { bound: 40, band: 60 },
  missing: (pair) => (figure.of(pair.baseline) && figure.of(pair.split) !== null ? null : whyMissing(pair)),
  detail({ baseline, split }) {
    const [before, after] = [nodeOf(baseline, 'primary'), nodeOf(split, 'primary')];
    const [from, to] = [before && coresOf(before, baseline), after && coresOf(after, split)];
    if (!before || !after || from == null || to == null) return '';
    const perRequest = (run: RunRecord, node: NodeObservation) => {
      const ms = cpuMsPerRequest(run, node);
      return ms === null ? 'none answered' : formatMs(ms);
    };
    const share =
      before.budget.cpus === null
        ? 'Share of the whole machine'
        : `Share of its budget of ${formatCores(before.budget.cpus)}`;
    return [
      `${share}: ${formatCores(from)} → ${formatCores(to)}.`,
      `CPU per answer: ${perRequest(baseline, before)} → ${perRequest(split, after)}.`,
      ...(after.budget.method === 'none' ? [NO_BUDGET] : []),
    ].join(' ');
  },
};

function whyMissing(pair: Pair): string {
  for (const { side, run } of runsOf(pair)) {
    const gapMs = nodeOf(run, 'primary')?.longestGapMs ?? 0;
    if (figure.of(run) === null && gapMs > LONGEST_GAP_MS)
      return `The CPU of the primary was not read for ${formatMs(gapMs)} at an edge of the ${side}’s window.`;
  }
  return 'The CPU of the primary could not be read.';
}

/** What the CPU figure is worth where nothing kept the two servers apart. */
export const NO_BUDGET =
  'No CPU budget could be set on this machine: the replica takes its CPU from the same cores as the primary, so this figure shows a tendency and proves nothing.';
