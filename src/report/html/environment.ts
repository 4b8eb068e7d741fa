import {
  formatBytes,
  formatCores,
  formatMs,
  formatNumber,
  formatPercent,
  formatSeconds,
} from '../../machine/pure.js';
import { percentileMs } from '../../record/histogram.js';
import { type NodeObservation, planFacts, type RunRecord } from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { type Table, tableOf } from './table.js';

/** Where it was measured: what the sides differ in; what they share is folded away. */
export const environment: Section = {
  id: 'environment',
  title: 'Environment',
  body: ({ pair }) => tables(pair),
};

function tables({ baseline, split }: Pair): Html {
  const before = planFacts(baseline.plan);
  const after = planFacts(split.plan);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter((name) => before[name] !== after[name]);
  const common = names.filter((name) => before[name] === after[name]);
  return markup`${
    differing.length === 0
      ? markup`<p>Both sides ran the same plan on the same machine; the split obeyed the routing policy <strong>${split.plan.policy.name}</strong>: ${split.plan.policy.description}</p>`
      : tableOf(
          twoSided(
            'Settings that differ',
            differing.map((name) => [name, before[name] ?? 'not set', after[name] ?? 'not set']),
          ),
        )
  }
${tableOf(twoSided('Around the runs', surroundings(baseline, split)))}
<details><summary>The ${common.length} settings that both sides share</summary>${tableOf({
    caption: 'Settings of both sides',
    columns: [{ head: 'Setting' }, { head: 'Value' }],
    rows: common.map((name) => [name, before[name] ?? '']),
  })}</details>
<details><summary>The routing policy of the split</summary><pre tabindex="0">${JSON.stringify(split.plan.policy, null, 2)}</pre></details>`;
}

function twoSided(caption: string, rows: string[][]): Table {
  return {
    caption,
    columns: [{ head: 'What' }, { head: 'Baseline', side: 'baseline' }, { head: 'Split', side: 'split' }],
    rows,
  };
}

function surroundings(baseline: RunRecord, split: RunRecord): string[][] {
  const row = (name: string, read: (run: RunRecord) => string | null) => [
    name,
    read(baseline) ?? 'not measured',
    read(split) ?? 'not measured',
  ];
  const maybe = (value: number | null, write: (value: number) => string) =>
    value === null ? null : write(value);
  const byNode = (read: (node: NodeObservation) => string | null) => (run: RunRecord) =>
    run.nodes.map((node) => `${node.name} ${read(node) ?? 'not measured'}`).join(', ');
  return [
    row('Run', (run) => run.id),
    row('Started', (run) => run.startedAt),
    row('Version of the bench', (run) => run.benchVersion),
    row(
      'Load driver',
      (run) => `${run.plan.load.driver} ${run.plan.load.driverVersion}, ${run.load.driverSource}`,
    ),
    row(
      'CPU budget',
      byNode(({ budget }) =>
        budget.cpus === null ? `none (${budget.method})` : `${formatCores(budget.cpus)} by ${budget.method}`,
      ),
    ),
    row(
      'Held back by its budget for',
      byNode(({ throttledSeconds }) => maybe(throttledSeconds, formatSeconds)),
    ),
    row(
      'Highest memory',
      byNode(({ memoryBytesMax }) => maybe(memoryBytesMax, formatBytes)),
    ),
    row('CPU of the service', (run) => maybe(run.processes.serviceCores, formatCores)),
    row('CPU of the load generator', (run) => maybe(run.processes.generatorCores, formatCores)),
    row('Wait of requests for their session’s previous answer, p99', ({ load }) =>
      maybe(percentileMs(load.window.backpressure, 0.99), formatMs),
    ),
    row('CPU of the bench itself', (run) => maybe(run.processes.benchCores, formatCores)),
    row('CPU of other programs', (run) => maybe(run.environment.othersCores ?? null, formatCores)),
    row('CPU time taken by other machines of the host', (run) =>
      maybe(run.environment.stealShare, (share) => formatPercent(share * 100)),
    ),
    row(
      'Load average',
      (run) => run.environment.loadAverage.map((load) => formatNumber(load)).join(', ') || null,
    ),
  ];
}
