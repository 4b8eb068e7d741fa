import { formatMs, formatNumber, formatPercent } from '../../machine/pure.js';
import { type NodeObservation, nodeOf, type RunRecord } from '../../record/pure.js';
import { cpuMsPerRequest } from '../../score/index.js';
import type { Question } from './chart.js';
import { axis, type SeriesStyle, shareAxis } from './config.js';
import { overTime, overTimeTable } from './over-time.js';

/** CPU of the primary over time, both runs on one scale, and of the replica. */
export const primaryCpu: Question = {
  title: 'CPU over time',
  answer(pair) {
    const { baseline, split } = pair;
    const before = nodeOf(baseline, 'primary');
    const after = nodeOf(split, 'primary');
    const replica = nodeOf(split, 'replica');
    if (!before?.series.tMs.length || !after?.series.tMs.length)
      return { reason: 'The CPU of the primary was not sampled.' };
    const hasBudget = before.budget.cpus !== null;
    const unit = hasBudget ? '% of its budget' : 'cores';
    const line = (
      [label, head]: [label: string, head: string],
      style: SeriesStyle,
      { series, budget: { cpus } }: NodeObservation,
    ) => ({
      label,
      head,
      style,
      tMs: series.tMs,
      values: series.cpuCores.map((cores) => (cpus === null ? cores : (cores / cpus) * 100)),
    });
    const series = [
      line(['baseline', 'Primary, baseline'], 'baseline', before),
      line(['split', 'Primary, split'], 'split', after),
      ...(replica ? [line(['replica', 'Replica, split'], 'replica', replica)] : []),
    ];
    return {
      title: `Primary CPU: ${used(before)} → ${used(after)} of ${hasBudget ? 'its budget' : 'the machine'}`,
      about: `${perRequest(baseline, before)} → ${perRequest(split, after)} of CPU for each answer. ${
        replica
          ? `The replica used ${used(replica)} of ${hasBudget ? 'a budget of its own' : 'the machine'}, ${perRequest(split, replica)} for each.`
          : 'Both runs on one scale.'
      }`,
      config: overTime(pair, series, {
        y: hasBudget ? shareAxis(`CPU, ${unit}`) : axis(`CPU, ${unit}`, { min: 0, unit: 'cores' }),
        whole: hasBudget ? { y: 100, label: 'all of its budget' } : null,
      }),
      table: overTimeTable(pair, series, {
        caption: `CPU over time, ${unit}, mean of each stretch`,
        write: hasBudget ? formatPercent : formatNumber,
      }),
    };
  },
};

function perRequest(run: RunRecord, node: NodeObservation): string {
  const ms = cpuMsPerRequest(run, node);
  return ms === null ? 'none' : formatMs(ms);
}

function used({ utilisation }: NodeObservation): string {
  return utilisation === null ? 'an unknown share' : formatPercent(utilisation * 100);
}
