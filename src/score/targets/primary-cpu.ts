import { formatCores, formatMs } from '../../machine/pure.js';
import { primaryCpu as figure } from '../figures/cpu.js';
import { coresOf, nodeOf, workOf } from '../measures.js';
import type { Target } from './target.js';

/** CPU seconds per second of the primary, as a share of its budget, read from the kernel. */
export const primaryCpu: Target = {
  title: 'CPU of the primary',
  unit: 'percent',
  sideUnit: 'percent',
  figure,
  value: 'reduction',
  goal: { bound: 40, band: 60 },
  missing: ({ baseline, split }) =>
    figure.of(baseline) && figure.of(split) !== null ? null : 'The CPU of the primary could not be read.',
  detail({ baseline, split }) {
    const [before, after] = [nodeOf(baseline, 'primary'), nodeOf(split, 'primary')];
    if (!before || !after) return '';
    const perRequest = (cpuSeconds: number, requests: number) =>
      requests > 0 ? formatMs((cpuSeconds * 1000) / requests) : 'none answered';
    const share =
      before.budget.cpus === null
        ? 'Share of the whole machine'
        : `Share of its budget of ${formatCores(before.budget.cpus)}`;
    return [
      `${share}: ${formatCores(coresOf(before, baseline))} → ${formatCores(coresOf(after, split))}.`,
      `CPU per answered request: ${perRequest(before.cpuSeconds, workOf(baseline))} → ${perRequest(after.cpuSeconds, workOf(split))}.`,
      ...(after.budget.method === 'none' ? [NO_BUDGET] : []),
    ].join(' ');
  },
};

/** What the CPU figure is worth where nothing kept the two servers apart. */
export const NO_BUDGET =
  'No CPU budget could be set on this machine: the replica takes its CPU from the same cores as the primary, so this figure shows a tendency and proves nothing.';
