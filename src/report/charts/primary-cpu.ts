import { formatMs, formatNumber, formatPercent, plainText, upperFirst } from '../../machine/pure.js';
import { type NodeObservation, nodeOf, type RunRecord } from '../../record/pure.js';
import { cpuMsPerRequest, shareOf } from '../../score/index.js';
import { changeInWords, differenceInWords } from '../words.js';
import { type Drawing, type Question, rowOf } from './chart.js';
import { axis, type SeriesStyle, shareAxis } from './config.js';
import { overTime, overTimeTable, type Series } from './over-time.js';

/** CPU of the primary over time, both runs on one scale, and of the replicas. */
export const primaryCpu: Question = {
  title: 'CPU over time',
  answer(pair, found) {
    const { baseline, split } = pair;
    const before = nodeOf(baseline, 'primary');
    const after = nodeOf(split, 'primary');
    const replicas = split.nodes.filter(({ role }) => role === 'replica');
    if (!before?.series.tMs.length || !after?.series.tMs.length)
      return { reason: 'The CPU of the primary was not sampled.' };
    const row = rowOf(found, 'primary-cpu');
    const hasBudget = before.budget.cpus !== null;
    const series = [
      cpuLine(['baseline', 'Primary, baseline'], 'baseline', before),
      cpuLine(['split', 'Primary, split'], 'split', after),
      ...replicas.map((node) => {
        // Drawn on a canvas, where no markup is escaped.
        const name = plainText(node.name);
        return cpuLine([name, `${upperFirst(name)}, split`], 'replica', node);
      }),
    ];
    return {
      title: `Primary CPU: ${used(before, baseline)} → ${used(after, split)} of ${hasBudget ? 'its budget' : 'the machine'}${differenceInWords(row)}`,
      about: `${row && row.value !== null ? `${changeInWords(row)}. ` : ''}${perRequest(baseline, before)} → ${perRequest(split, after)} of CPU for each answer. ${
        replicas.length > 0 ? byReplicas(split, replicas) : 'Both runs on one scale.'
      }`,
      ...cpuOverTime([baseline, split], series, hasBudget),
    };
  },
};

function byReplicas(split: RunRecord, replicas: readonly NodeObservation[]): string {
  const [first, ...others] = replicas as [NodeObservation, ...NodeObservation[]];
  const hasBudget = first.budget.cpus !== null;
  if (others.length === 0)
    return `The replica used ${used(first, split)} of ${hasBudget ? 'a budget of its own' : 'the machine'}, ${perRequest(split, first)} for each answer.`;
  const each = replicas.map((node) => `${used(node, split)} (${node.name})`);
  return `The replicas used these shares of ${hasBudget ? 'their own budgets' : 'the machine'}: ${each.join(', ')}.`;
}

/** CPU of a node over time: in percent of its budget, or in cores where it has none. */
export function cpuLine(
  [label, head]: [label: string, head: string],
  style: SeriesStyle,
  { series, budget: { cpus } }: NodeObservation,
): Series {
  const values = series.cpuCores.map((cores) => (cpus === null ? cores : (cores / cpus) * 100));
  return { label, head, style, tMs: series.tMs, values };
}

/** The lines of nodes on one scale, and as a table. */
export function cpuOverTime(
  runs: readonly RunRecord[],
  series: readonly Series[],
  hasBudget: boolean,
): Pick<Drawing, 'config' | 'table'> {
  const unit = hasBudget ? '% of its budget' : 'cores';
  return {
    config: overTime(runs, series, {
      y: hasBudget ? shareAxis(`CPU, ${unit}`) : axis(`CPU, ${unit}`, { min: 0, unit: 'cores' }),
      whole: hasBudget ? { y: 100, label: 'all of its budget' } : null,
    }),
    table: overTimeTable(runs, series, {
      caption: `CPU over time, ${unit}, mean of each stretch`,
      write: hasBudget ? formatPercent : formatNumber,
    }),
  };
}

function perRequest(run: RunRecord, node: NodeObservation): string {
  const ms = cpuMsPerRequest(run, node);
  return ms === null ? 'none' : formatMs(ms);
}

export function used(node: NodeObservation, run: RunRecord): string {
  const share = shareOf(node, run);
  return share === null ? 'an unknown share' : formatPercent(share * 100);
}
