import { formatNumber } from '../../machine/pure.js';
import type { RunRecord, ScenarioSummary } from '../../record/pure.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { type Column, tableOf } from './table.js';

/** What k6 itself says of the user's scenario: its thresholds, its checks, and the metrics of its summary. */
export const scenario: Section = {
  title: 'The scenario, in k6’s own terms',
  body: ({ pair: { baseline, split } }) =>
    scenarioOf([
      { column: { head: 'Baseline', side: 'baseline' }, run: baseline },
      { column: { head: 'Split', side: 'split' }, run: split },
    ]),
};

/** The same of any runs, a column each; null where no scenario drove them. */
export function scenarioOf(runs: readonly { column: Column; run: RunRecord }[]): Html | null {
  const summaries = runs.map(({ run }) => run.load.scenario);
  if (summaries.every((summary) => !summary)) return null;
  const table = (
    caption: string,
    head: string,
    cellsOf: (summary: ScenarioSummary) => [string, string][],
  ) => {
    const cells = summaries.map((summary) => new Map(summary ? cellsOf(summary) : []));
    const names = [...new Set(cells.flatMap((each) => [...each.keys()]))];
    if (names.length === 0) return '';
    return tableOf({
      caption,
      columns: [head, ...runs.map(({ column }) => column)],
      rows: names.map((name) => [name, ...cells.map((each) => each.get(name) ?? 'none')]),
    });
  };
  return markup`<p>Over the whole run, warm-up included. A threshold that is crossed makes no comparison invalid.</p>
${table('Thresholds', 'Threshold', ({ thresholds }) =>
  thresholds.map(({ metric, threshold, ok }) => [`${metric}: ${threshold}`, ok ? 'kept' : 'crossed']),
)}
${table('Checks', 'Check', ({ checks }) =>
  checks.map(({ name, passes, fails }) => [name, `${passes} passed, ${fails} failed`]),
)}
<details><summary>All metrics of its summary</summary>${table('Metrics of k6', 'Metric', ({ metrics }) =>
    Object.entries(metrics).map(([name, values]) => [name, valuesInWords(values)]),
  )}</details>`;
}

function valuesInWords(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join(', ');
}
