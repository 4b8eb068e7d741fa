import { formatCores, formatPercent } from '../../machine/pure.js';
import type { Comparison } from '../comparison.js';
import { totalCpu as figure } from '../figures/cpu.js';
import type { ComparedCost } from './cost.js';

export const totalCpu: ComparedCost = {
  title: 'CPU of all database nodes together',
  unit: 'cores',
  standing: true,
  figure,
  tell(comparison, pairs) {
    const { baseline, split, machineSpeed } = comparison;
    const used = `${formatCores(baseline)} in the baseline and ${formatCores(split)} in the split`;
    const change = changeOf(comparison, pairs);
    return {
      worse: false,
      sentence: `All database nodes together used ${used}${machineSpeed?.used ? '; at equal speed of the machine, that is' : ','} ${change}.`,
      ...(comparison.difference === 'slower' && { brief: `${change} CPU on all nodes together` }),
    };
  },
};

function changeOf(comparison: Comparison, pairs: number): string {
  const change = comparison.ratio - 1;
  const share = formatPercent(Math.abs(change) * 100);
  if (Math.abs(change) < 0.005) return 'the same to within half a percent';
  if (change < 0) return `${share} less`;
  if (comparison.difference === 'slower') return `${share} more`;
  return pairs > 1
    ? `${share} more, which chance can explain over ${pairs} pairs`
    : `${share} more, by which two equal runs may differ`;
}
