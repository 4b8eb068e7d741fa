import { formatCount, formatSeconds } from '../../machine/pure.js';
import {
  type Accounting,
  CATEGORIES,
  type LoadError,
  PAIR_SIDES,
  type RunRecord,
} from '../../record/pure.js';
import { holderInWords, lockWaitsInWords } from '../lock-waits.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { numbers, SIDE_WORDS, tableOf } from './table.js';

/** Where every event of the trace ended, and what failed or was left out. */
export const accounting: Section = {
  title: 'Accounting',
  body: ({ pair }) => accountingOf(PAIR_SIDES.map((side) => ({ name: SIDE_WORDS[side], run: pair[side] }))),
};

/** A run, and what it is called in the first column. */
interface NamedRun {
  name: string;
  run: RunRecord;
}

/** The same of any runs of one trace; at least one. */
export function accountingOf(runs: readonly NamedRun[]): Html {
  const { warmupS } = runs[0]!.run.plan.load;
  return markup`<p>Captured = ok + failed + skipped + not sent, over the whole run${warmupS > 0 && ' with its warm-up'}.</p>
${tableOf({
  caption: 'Events by category and how they ended',
  columns: ['Run and category', ...numbers('Captured', 'Ok', 'Failed', 'Skipped', 'Not sent')],
  rows: runs.flatMap(rowsOf),
})}
${errors(runs)}${skips(runs)}${lockWaits(runs)}`;
}

function rowsOf({ name: runName, run: { accounting } }: NamedRun): string[][] {
  const row = (name: string, { captured, ok, failed, skipped, notSent }: Accounting) => [
    name,
    ...[captured, ok, failed, skipped, notSent].map(formatCount),
  ];
  return [
    row(`${runName}, all`, accounting),
    ...CATEGORIES.filter((category) => accounting.byCategory[category].captured > 0).map((category) =>
      row(`${runName}, ${category}`, accounting.byCategory[category]),
    ),
  ];
}

/** Kinds of errors are few; but a code comes from a server, and may be anything. */
const MOST_ROWS = 100;

/** Of a captured trace with what each statement did then, where the trace tells; those that failed alike come last. */
function errors(runs: readonly NamedRun[]): Html {
  const rows = runs.flatMap(({ name, run: { load } }) => [
    ...load.errors.map((error) => ({ name, ...error, before: beforeOf(error) })),
    ...(load.missingErrors ?? []).map((error) => ({
      name,
      ...error,
      compared: 'missing' as const,
      code: 'none',
      before: error.code,
    })),
  ]);
  if (rows.length === 0) return markup`<p>Nothing failed.</p>`;
  const compared = runs.some(({ run }) => run.load.missingErrors);
  return tableOf({
    caption: 'Errors',
    columns: [
      'Run',
      'Category',
      'Operation',
      'Error',
      ...(compared ? ['When captured'] : []),
      ...numbers('Count'),
    ],
    rows: rows
      .sort((a, b) => Number(a.compared === 'same') - Number(b.compared === 'same') || b.count - a.count)
      .slice(0, MOST_ROWS)
      .map(({ name, category, operation, code, before, count }) => [
        name,
        category,
        operation,
        markup`<code>${code}</code>`,
        ...(compared ? [before] : []),
        formatCount(count),
      ]),
  });
}

function beforeOf({ compared, capturedCode = '' }: LoadError): string {
  if (compared === 'same') return 'the same';
  return compared === 'new' ? 'no error' : capturedCode;
}

/** Who held up whom in a replay. */
function lockWaits(runs: readonly NamedRun[]): Html | null {
  const sentences = runs.flatMap(({ name, run }) => {
    const words = lockWaitsInWords(run);
    return words ? [`${name}: ${words}.`] : [];
  });
  if (sentences.length === 0) return null;
  const rows = runs.flatMap(({ name, run: { load } }) =>
    (load.lockWaits?.pairs ?? []).map((waits) => [
      name,
      markup`<code>${waits.waiter}</code>`,
      markup`<code>${waits.holder}</code>`,
      holderInWords(waits),
      formatCount(waits.statements),
      formatSeconds(waits.totalMs / 1000),
    ]),
  );
  const table = tableOf({
    caption: 'Waits for locks of over a second, by who waited for whom',
    columns: ['Run', 'Waited', 'Holder (its last statement)', 'Which was', ...numbers('Statements', 'Time')],
    rows,
  });
  return markup`<p>${sentences.join(' ')}</p>${rows.length > 0 && table}`;
}

function skips(runs: readonly NamedRun[]): Html | null {
  const rows = runs.flatMap(({ name, run: { load } }) =>
    load.skips.map(({ reason, count }) => [name, reason, formatCount(count)]),
  );
  if (rows.length === 0) return null;
  return tableOf({
    caption: 'Events left out on purpose',
    columns: ['Run', 'Why', ...numbers('Count')],
    rows: rows.slice(0, MOST_ROWS),
  });
}
