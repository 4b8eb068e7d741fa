import { formatCount, formatSeconds } from '../../machine/pure.js';
import {
  type Accounting,
  CATEGORIES,
  type LoadError,
  PAIR_SIDES,
  type PairSide,
  type RunRecord,
} from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { holderInWords, lockWaitsInWords } from '../lock-waits.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { numbers, rowsOfBoth, SIDE_WORDS, tableOf } from './table.js';

/** Where every event of the trace ended, and what failed or was left out. */
export const accounting: Section = {
  title: 'Accounting',
  body: ({
    pair,
  }) => markup`<p>Captured = ok + failed + skipped + not sent, over the whole run${pair.split.plan.load.warmupS > 0 && ' with its warm-up'}.</p>
${tableOf({
  caption: 'Events by category and how they ended',
  columns: ['Run and category', ...numbers('Captured', 'Ok', 'Failed', 'Skipped', 'Not sent')],
  rows: rowsOfBoth(pair, rowsOf),
})}
${errors(pair)}${skips(pair)}${lockWaits(pair)}`,
};

function rowsOf({ accounting }: RunRecord, side: PairSide): string[][] {
  const row = (name: string, { captured, ok, failed, skipped, notSent }: Accounting) => [
    name,
    ...[captured, ok, failed, skipped, notSent].map(formatCount),
  ];
  return [
    row(`${SIDE_WORDS[side]}, all`, accounting),
    ...CATEGORIES.filter((category) => accounting.byCategory[category].captured > 0).map((category) =>
      row(`${SIDE_WORDS[side]}, ${category}`, accounting.byCategory[category]),
    ),
  ];
}

/** Kinds of errors are few; but a code comes from a server, and may be anything. */
const MOST_ROWS = 100;

/** Of a captured trace with what each statement did then, where the trace tells; those that failed alike come last. */
function errors(pair: Pair): Html {
  const rows = rowsOfBoth(pair, ({ load }, side) => [
    ...load.errors.map((error) => ({ side, ...error, before: beforeOf(error) })),
    ...(load.missingErrors ?? []).map((error) => ({
      side,
      ...error,
      compared: 'missing' as const,
      code: 'none',
      before: error.code,
    })),
  ]);
  if (rows.length === 0) return markup`<p>Nothing failed.</p>`;
  const compared = PAIR_SIDES.some((side) => pair[side].load.missingErrors);
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
      .map(({ side, category, operation, code, before, count }) => [
        SIDE_WORDS[side],
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
function lockWaits(pair: Pair): Html | null {
  const sentences = rowsOfBoth(pair, (run, side) => {
    const words = lockWaitsInWords(run);
    return words ? [`${SIDE_WORDS[side]}: ${words}.`] : [];
  });
  if (sentences.length === 0) return null;
  const rows = rowsOfBoth(pair, ({ load }, side) =>
    (load.lockWaits?.pairs ?? []).map((waits) => [
      SIDE_WORDS[side],
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

function skips(pair: Pair): Html | null {
  const rows = rowsOfBoth(pair, ({ load }, side) =>
    load.skips.map(({ reason, count }) => [SIDE_WORDS[side], reason, formatCount(count)]),
  );
  if (rows.length === 0) return null;
  return tableOf({
    caption: 'Events left out on purpose',
    columns: ['Run', 'Why', ...numbers('Count')],
    rows: rows.slice(0, MOST_ROWS),
  });
}
