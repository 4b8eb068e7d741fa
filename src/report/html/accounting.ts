import { formatCount } from '../../machine/pure.js';
import { type Accounting, CATEGORIES, type RunRecord } from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { tableOf } from './table.js';

/** Where every event of the trace ended, and what failed or was left out. */
export const accounting: Section = {
  id: 'accounting',
  title: 'Accounting',
  body: ({
    pair,
  }) => markup`<p>Captured = ok + failed + skipped + not sent, over the whole run with its warm-up.</p>
${tableOf({
  caption: 'Events by category and how they ended',
  columns: [
    { head: 'Run and category' },
    ...['Captured', 'Ok', 'Failed', 'Skipped', 'Not sent'].map((head) => ({ head, numeric: true })),
  ],
  rows: [...rowsOf('Baseline', pair.baseline), ...rowsOf('Split', pair.split)],
})}
${errors(pair)}${skips(pair)}`,
};

function rowsOf(side: string, { accounting }: RunRecord): string[][] {
  const row = (name: string, { captured, ok, failed, skipped, notSent }: Accounting) => [
    name,
    ...[captured, ok, failed, skipped, notSent].map(formatCount),
  ];
  return [
    row(`${side}, all`, accounting),
    ...CATEGORIES.filter((category) => accounting.byCategory[category].captured > 0).map((category) =>
      row(`${side}, ${category}`, accounting.byCategory[category]),
    ),
  ];
}

/** Kinds of errors are few; but a code comes from a server, and may be anything. */
const MOST_ROWS = 100;

function errors({ baseline, split }: Pair): Html {
  const rows = [
    ...baseline.load.errors.map((error) => ({ side: 'Baseline', ...error })),
    ...split.load.errors.map((error) => ({ side: 'Split', ...error })),
  ].sort((a, b) => b.count - a.count);
  if (rows.length === 0) return markup`<p>No request failed.</p>`;
  return tableOf({
    caption: 'Errors',
    columns: [
      { head: 'Run' },
      { head: 'Category' },
      { head: 'Operation' },
      { head: 'Error' },
      { head: 'Count', numeric: true },
    ],
    rows: rows
      .slice(0, MOST_ROWS)
      .map(({ side, category, operation, code, count }) => [
        side,
        category,
        operation,
        markup`<code>${code}</code>`,
        formatCount(count),
      ]),
  });
}

function skips({ baseline, split }: Pair): Html {
  const rows = [
    ...baseline.load.skips.map((skip) => ({ side: 'Baseline', ...skip })),
    ...split.load.skips.map((skip) => ({ side: 'Split', ...skip })),
  ];
  if (rows.length === 0) return markup``;
  return tableOf({
    caption: 'Events left out on purpose',
    columns: [{ head: 'Run' }, { head: 'Why' }, { head: 'Count', numeric: true }],
    rows: rows.slice(0, MOST_ROWS).map(({ side, reason, count }) => [side, reason, formatCount(count)]),
  });
}
