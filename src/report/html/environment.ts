import {
  formatInUnit,
  formatNumber,
  formatPercent,
  formatSeconds,
  plainJson,
  type Unit,
} from '../../machine/pure.js';
import { percentileMs } from '../../record/histogram.js';
import {
  factsOfBoth,
  isApplication,
  isSmartmenu,
  type NodeObservation,
  type Plan,
  type RunRecord,
} from '../../record/pure.js';
import { generatorCpuMsPerRequest, serviceCpuMsPerRequest } from '../../score/index.js';
import { latenessInWords } from '../lateness.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { type Table, tableOf } from './table.js';

/** Where it was measured: what the sides differ in; what they share is folded away. */
export const environment: Section = {
  title: 'Environment',
  body({ pair: { baseline, split } }) {
    const facts = factsOfBoth(baseline.plan, split.plan);
    const differing = facts.filter(({ before, after }) => before !== after);
    const common = facts.filter(({ before, after }) => before === after);
    return markup`${
      differing.length === 0
        ? markup`<p>Both sides ran the same plan on the same machine; ${routedBy(split.plan)}</p>`
        : tableOf(
            twoSided(
              'Settings that differ',
              differing.map(({ name, before, after }) => [name, before, after]),
            ),
          )
    }
${tableOf(twoSided('Conditions of the runs', conditionsOf([baseline, split])))}
<details><summary>The ${common.length} settings that both sides share</summary>${tableOf({
      caption: 'Settings of both sides',
      columns: ['Setting', 'Value'],
      rows: common.map(({ name, before }) => [name, before]),
    })}</details>
${!isApplication(split) && markup`<details><summary>The routing policy of the split</summary><pre tabindex="0">${plainJson(split.plan.policy, 2)}</pre></details>`}`;
  },
};

function routedBy(plan: Plan): Html {
  if (isApplication({ plan })) return markup`the application routed its statements itself.`;
  return markup`the split obeyed the routing policy <strong>${plan.policy.name}</strong>: ${plan.policy.description}`;
}

/** What was worth knowing of runs of one trace, a row each with its name. */
export function conditionsOf(runs: readonly RunRecord[]): string[][] {
  const conditions = isSmartmenu(runs[0]!) ? { ...SURROUNDINGS, ...AROUND_A_SERVICE } : SURROUNDINGS;
  return Object.entries(conditions).map(([name, of]) => [
    name,
    ...runs.map((run) => of(run) ?? 'not measured'),
  ]);
}

function twoSided(caption: string, rows: string[][]): Table {
  return {
    caption,
    columns: ['What', { head: 'Baseline', side: 'baseline' }, { head: 'Split', side: 'split' }],
    rows,
  };
}

/** What is worth knowing of each run, by name; null where it was not measured. */
const SURROUNDINGS: Record<string, (run: RunRecord) => string | null> = {
  Run: (run) => run.id,
  'Started (UTC)': (run) => run.startedAt.slice(0, 19).replace('T', ' '),
  'Version of the bench': (run) => run.benchVersion,
  'Load driver': ({ plan, load }) => `${plan.load.driver} ${plan.load.driverVersion}, ${load.driverSource}`,
  'CPU budget': byNode(({ budget }) =>
    budget.cpus === null
      ? `none (${budget.method})`
      : `${formatInUnit(budget.cpus, 'cores')} by ${budget.method}`,
  ),
  'Time throttled by the CPU budget': byNode(({ throttledSeconds }) =>
    throttledSeconds === null ? null : formatSeconds(throttledSeconds),
  ),
  'Highest memory': byNode(({ memoryBytesMax }) => maybe(memoryBytesMax, 'bytes')),
  'Speed of the machine: CPU time of a unit of fixed work': ({ gauge }) => maybe(gauge.unitMs, 'ms'),
  'CPU of the load generator': ({ processes }) => maybe(processes.generatorCores, 'cores'),
  'CPU of the load generator for each answer': (run) => maybe(generatorCpuMsPerRequest(run), 'ms'),
  'Busiest thread of the load generator: time with work': ({ processes: { generatorBusy } }) =>
    maybe(generatorBusy === null ? null : generatorBusy * 100, 'percent'),
  'Events that began over 1 ms late': latenessInWords,
  'Wait for the session’s previous answer, p99': ({ load }) =>
    maybe(percentileMs(load.window.backpressure, 0.99), 'ms'),
  'Longest time that the bench stood still': ({ heldUp }) => maybe(heldUp.longestMs, 'ms'),
  'CPU of the bench itself': ({ machine }) => maybe(machine.benchCores, 'cores'),
  'CPU of other programs': ({ processes }) => maybe(processes.othersCores, 'cores'),
  'Steal: CPU time given to other machines of the host': ({ machine: { stealShare } }) =>
    maybe(stealShare === null ? null : stealShare * 100, 'percent'),
  'Load average': ({ machine }) => machine.loadAverage.map((load) => formatNumber(load)).join(', ') || null,
};

/** What only the bench's own service has. */
const AROUND_A_SERVICE: typeof SURROUNDINGS = {
  'CPU of the primary at the rates that were tried': ({ rateSearch }) =>
    rateSearch === null
      ? 'none tried'
      : rateSearch.steps
          .map((step) => `${formatPercent(step.utilisation * 100)} at ${formatNumber(step.ratePerSecond)}/s`)
          .join(', '),
  'CPU of the service': ({ machine }) => maybe(machine.serviceCores, 'cores'),
  'CPU of the service for each request': (run) => maybe(serviceCpuMsPerRequest(run), 'ms'),
};

function maybe(value: number | null, unit: Unit): string | null {
  return value === null ? null : formatInUnit(value, unit);
}

function byNode(of: (node: NodeObservation) => string | null): (run: RunRecord) => string {
  return ({ nodes }) => nodes.map((node) => `${node.name} ${of(node) ?? 'not measured'}`).join(', ');
}
