import {
  formatBytes,
  formatCount,
  formatInUnit,
  formatMs,
  formatNumber,
  formatPercent,
  plainJson,
} from '../../machine/pure.js';
import type { Histogram } from '../../record/histogram.js';
import { CATEGORIES, factsOfBoth, type RunRecord } from '../../record/pure.js';
import { ROUTE_REASONS } from '../../router/reasons.js';
import { cpuMsPerRequest } from '../../score/index.js';
import { LATENCY_FIGURES } from '../charts/latency.js';
import { accountingOf } from '../html/accounting.js';
import { conditionsOf } from '../html/environment.js';
import { type Html, markup } from '../html/markup.js';
import { scenarioOf } from '../html/scenario.js';
import { MOST_STATEMENTS, statementText } from '../html/statements.js';
import { count, numbers, tableOf } from '../html/table.js';

/** A part of a run's page: a line of the table. */
interface RunSection {
  title: string;
  /** Null where the run has no such thing. */
  body(run: RunRecord): Html | null;
}

/** Every section of a run's page below its charts, by its id in the page. */
export const RUN_SECTIONS: Record<string, RunSection> = {
  nodes: {
    title: 'Nodes',
    body: (run) =>
      tableOf({
        caption: 'What each server used in the measured window',
        columns: ['Node', ...numbers('CPU budget', 'CPU used', 'CPU for each answer', 'Memory, mean')],
        rows: run.nodes.map((node) => {
          const { name, budget, utilisation, memoryBytesMean } = node;
          const perRequestMs = cpuMsPerRequest(run, node);
          return [
            name,
            budget.cpus === null ? 'none' : formatInUnit(budget.cpus, 'cores'),
            utilisation === null ? NOT_MEASURED : formatPercent(utilisation * 100),
            perRequestMs === null ? NOT_MEASURED : formatMs(perRequestMs),
            memoryBytesMean === null ? NOT_MEASURED : formatBytes(memoryBytesMean),
          ];
        }),
      }),
  },
  latency: {
    title: 'Latency',
    body({ load: { window } }) {
      const categories = CATEGORIES.filter((category) => (window.latency[category]?.count ?? 0) > 0);
      const operations = Object.entries(window.latencyByOperation).sort(([a], [b]) => (a < b ? -1 : 1));
      return markup`${latencyTable(
        'Category',
        categories.map((category) => [category, window.latency[category]]),
      )}${operations.length > 0 && latencyTable('Operation', operations)}`;
    },
  },
  scenario: {
    title: 'The scenario, in k6’s own terms',
    body: (run) => scenarioOf([{ column: { head: 'Run' }, run }]),
  },
  statements: { title: 'Statements', body: statements },
  requests: {
    title: 'Where statements went',
    body: ({ router: { requests } }) =>
      requests.length === 0
        ? null
        : tableOf(
            {
              caption: 'Statements by category, node and reason, over the whole run',
              columns: ['Category', 'Group', 'Node', 'Why there', ...numbers('Ok', 'Failed')],
              rows: requests.map(({ category, group, node, reason, ok, failed }) => [
                ...[category, group, node, ROUTE_REASONS[reason]],
                ...[count(ok), count(failed)],
              ]),
            },
            { sortable: true },
          ),
  },
  accounting: { title: 'Accounting', body: (run) => accountingOf([{ name: 'Run', run }]) },
  environment: {
    title: 'Environment',
    body: (run) => markup`${tableOf({
      caption: 'Conditions of the run',
      columns: ['What', 'Value'],
      rows: conditionsOf([run]),
    })}
<details><summary>All settings of the plan</summary>${tableOf({
      caption: 'Settings of the plan',
      columns: ['Setting', 'Value'],
      rows: factsOfBoth(run.plan, run.plan).map(({ name, before }) => [name, before]),
    })}</details>
<details><summary>The routing policy</summary><pre tabindex="0">${plainJson(run.plan.policy, 2)}</pre></details>`,
  },
};

const NOT_MEASURED = 'not measured';

function latencyTable(head: string, latencies: [name: string, Histogram | undefined][]): Html {
  return tableOf({
    caption: `Latency by ${head.toLowerCase()} in the measured window, from when each was due`,
    columns: [head, ...numbers(...Object.keys(LATENCY_FIGURES))],
    rows: latencies.map(([name, latency]) => [
      name,
      ...Object.values(LATENCY_FIGURES).map((write) => write(latency)),
    ]),
  });
}

function statements({ volume }: RunRecord): Html | null {
  const all = volume
    .flatMap(({ node, statements }) => statements.map((statement) => ({ node, ...statement })))
    .sort((a, b) => b.execMs - a.execMs);
  if (all.length === 0) return null;
  const shown = all.slice(0, MOST_STATEMENTS);
  const caption = `Statements in the measured window, the longest first${
    shown.length < all.length ? `: ${formatCount(shown.length)} of ${formatCount(all.length)}` : ''
  }`;
  const columns = [
    ...['Statement', 'Kind', 'Node'],
    ...numbers('Calls', 'Mean time', 'Time in all', 'Blocks for each call', 'Rows for each call'),
  ];
  return tableOf(
    {
      ...{ caption, columns },
      rows: shown.map(({ node, text, name, kind, calls, execMs, blocks, rows }) => [
        ...[statementText(text, name), kind, node],
        ...[count(calls), { text: formatMs(execMs / calls), sort: execMs / calls }],
        { text: formatMs(execMs), sort: execMs },
        ...[blocks, rows].map((sum) => ({ text: formatNumber(sum / calls), sort: sum / calls })),
      ]),
    },
    { sortable: true },
  );
}
