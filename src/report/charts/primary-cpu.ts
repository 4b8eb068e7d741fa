import { formatMs, formatNumber, formatPercent } from '../../machine/pure.js';
import type { NodeObservation, RunRecord } from '../../record/pure.js';
import { cpuMsPerRequest, nodeOf, type Pair } from '../../score/index.js';
import { binned, points, spanOf, stepFor } from './bins.js';
import { axis, type Chart, type NoChart, options, timeAxis, timeLine, warmupBand } from './chart.js';
import { timeTable } from './over-time.js';

/** CPU of the primary over time, both runs on one scale, and of the replica. */
export function primaryCpuChart(pair: Pair): Chart | NoChart {
  const { baseline, split } = pair;
  const before = nodeOf(baseline, 'primary');
  const after = nodeOf(split, 'primary');
  const replica = nodeOf(split, 'replica');
  if (!before || !after || before.series.tMs.length === 0 || after.series.tMs.length === 0) {
    return { id: 'primary-cpu', title: 'CPU over time', reason: 'The CPU of the primary was not sampled.' };
  }
  const budget = before.budget.cpus;
  const unit = budget === null ? 'cores' : '% of its budget';
  const valuesOf = (node: NodeObservation) =>
    node.series.cpuCores.map((cores) =>
      node.budget.cpus === null ? cores : (cores / node.budget.cpus) * 100,
    );
  const nodes = [
    { label: 'Primary, baseline', look: 'baseline' as const, node: before },
    { label: 'Primary, split', look: 'split' as const, node: after },
    ...(replica ? [{ label: 'Replica, split', look: 'replica' as const, node: replica }] : []),
  ];
  const span = spanOf(pair);
  const [from, to] = span;
  const stepS = stepFor(to - from, 150);
  return {
    id: 'primary-cpu',
    title: `Primary CPU: ${formatPercent(before.utilisation * 100)} → ${formatPercent(after.utilisation * 100)} of ${budget === null ? 'the machine' : 'its budget'}`,
    about: `${perRequest(baseline, before)} → ${perRequest(split, after)} of CPU for each answered request. ${
      replica
        ? `The replica used ${formatPercent(replica.utilisation * 100)} of ${budget === null ? 'the machine' : 'a budget of its own'}, ${perRequest(split, replica)} for each.`
        : 'Both runs on one scale.'
    }`,
    height: 290,
    config: {
      type: 'line',
      data: {
        datasets: nodes.map(({ label, look, node }) =>
          timeLine(label, look, points(binned(node.series.tMs, valuesOf(node), stepS, span), stepS)),
        ),
      },
      options: options({
        scales: {
          x: timeAxis(from, to),
          y: axis(`CPU, ${unit}`, { min: 0, ...(budget === null ? {} : { suggestedMax: 100 }) }),
        },
        marks: { bands: warmupBand(from) },
      }),
    },
    table: timeTable(
      `CPU over time, ${unit}`,
      span,
      nodes.map(({ label, look, node }) => ({
        head: label,
        side: look === 'baseline' ? 'baseline' : 'split',
        tMs: node.series.tMs,
        values: valuesOf(node),
      })),
      (value) => (budget === null ? formatNumber(value) : formatPercent(value)),
    ),
  };
}

function perRequest(run: RunRecord, node: NodeObservation): string {
  const ms = cpuMsPerRequest(run, node);
  return ms === null ? 'none' : formatMs(ms);
}
