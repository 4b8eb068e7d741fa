import { formatCores, formatMs } from '../../units.js';
import { coresOf, nodeOf, workOf } from '../measures.js';
import { reductionPercent } from '../statistics/change.js';
import type { Target } from './target.js';

/** CPU seconds per second of the primary, as a share of its budget, read from the kernel. */
export const primaryCpu: Target = {
  id: 'primary-cpu',
  title: 'CPU of the primary',
  unit: 'percent',
  sideUnit: 'percent',
  goal: { op: '>=', value: 40, bandTo: 60 },
  measure({ baseline, split }) {
    const before = nodeOf(baseline, 'primary');
    const after = nodeOf(split, 'primary');
    const value = before && after ? reductionPercent(before.utilisation, after.utilisation) : null;
    if (!before || !after || value === null)
      return { value: null, reason: 'The CPU of the primary could not be read.' };
    const perRequest = (cpuSeconds: number, requests: number) =>
      requests > 0 ? formatMs((cpuSeconds * 1000) / requests) : 'none answered';
    const share =
      before.budget.cpus === null
        ? 'Share of the whole machine'
        : `Share of its budget of ${formatCores(before.budget.cpus)}`;
    return {
      value,
      baseline: before.utilisation * 100,
      split: after.utilisation * 100,
      detail: [
        `${share}: ${formatCores(coresOf(before, baseline))} → ${formatCores(coresOf(after, split))}.`,
        `CPU per answered request: ${perRequest(before.cpuSeconds, workOf(baseline))} → ${perRequest(after.cpuSeconds, workOf(split))}.`,
        ...(after.budget.method === 'none' ? [NO_BUDGET] : []),
      ].join(' '),
    };
  },
};

/** What the CPU figure is worth where nothing kept the two servers apart. */
export const NO_BUDGET =
  'No CPU budget could be set on this machine: the replica takes its CPU from the same cores as the primary, so this figure shows a tendency and proves nothing.';
