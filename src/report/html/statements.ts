import { formatCount, formatMs, formatSeconds, formatSpeedup } from '../../machine/pure.js';
import { nodeOf, type StatementObservation, type VolumeObservation } from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { bothSides, type Cell, count, numbers, tableOf } from './table.js';

/** More rows than these nobody reads; all are in run.json and compare.json. */
export const MOST_STATEMENTS = 200;
const MOST_TEXT = 1200;

/** The text of a statement, cut where it is too long to be read. */
export function statementText(text: string): Html {
  const left = text.length - MOST_TEXT;
  return markup`<code>${left > 0 ? `${text.slice(0, MOST_TEXT)} … (${formatCount(left)} characters more)` : text}</code>`;
}

/** A statement: what it took on the baseline's primary, and in the split on the primary and on the replica. */
interface Row extends Pick<StatementObservation, 'text' | 'kind'>, Record<Place, Sum> {}

type Place = 'before' | 'kept' | 'moved';

type Sum = Pick<StatementObservation, 'calls' | 'execMs'>;

/** Each statement on either side, those whose execution time on the primary changed most first. */
export const statements: Section = {
  title: 'Statements by change',
  body({ pair }) {
    const rows = joined(pair).sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)));
    if (rows.length === 0) return markup`<p>The servers gave no statement statistics.</p>`;
    const shown = rows.slice(0, MOST_STATEMENTS);
    return markup`<p class="tools"><label for="statements-search">Search</label> <input id="statements-search" type="search" data-search="statements-rows" autocomplete="off"> <span id="statements-rows-count" role="status">${formatCount(shown.length)} statements${shown.length < rows.length && ` of ${formatCount(rows.length)}; the others, which changed less, are in run.json`}</span></p>
<div id="statements-rows">${tableOf(
      {
        caption: 'Statements in the measured window, by change of their execution time on the primary',
        columns: [
          'Statement',
          'Kind',
          { head: 'Calls, baseline', numeric: true, side: 'baseline' },
          { head: 'Calls on the primary, split', numeric: true, side: 'split' },
          { head: 'Calls on the replica, split', numeric: true, side: 'split' },
          ...bothSides('Mean time'),
          ...numbers('Change of the mean', 'Execution time on the primary'),
        ],
        rows: shown.map(cells),
      },
      { sortable: true },
    )}</div>`;
  },
};

function cells(row: Row): Cell[] {
  const { text, kind, before, kept, moved } = row;
  const after = added(kept, moved);
  const ratio = speedup(before, after);
  const difference = change(row);
  return [
    statementText(text),
    kind,
    ...[before, kept, moved].map(({ calls }) => count(calls)),
    mean(before),
    mean(after),
    ratio ? { text: formatSpeedup(ratio), sort: ratio } : { text: '', sort: 0 },
    { text: seconds(difference), sort: -difference },
  ];
}

function seconds(differenceMs: number): string {
  if (Math.abs(differenceMs) < 1) return 'no change';
  return `${formatSeconds(Math.abs(differenceMs) / 1000)} ${differenceMs < 0 ? 'less' : 'more'}`;
}

function mean({ calls, execMs }: Sum): Cell {
  return calls === 0
    ? { text: 'not run', sort: -1 }
    : { text: formatMs(execMs / calls), sort: execMs / calls };
}

/** How many times faster each read or write ran in the split, wherever it ran there; those of one side only left out. */
export function speedups(pair: Pair): number[] {
  return joined(pair)
    .filter(({ kind }) => kind !== 'other')
    .map(({ before, kept, moved }) => speedup(before, added(kept, moved)))
    .filter((ratio) => ratio !== null);
}

function speedup(before: Sum, after: Sum): number | null {
  if (before.calls === 0 || after.calls === 0 || after.execMs === 0) return null;
  return before.execMs / before.calls / (after.execMs / after.calls);
}

function added(one: Sum, other: Sum): Sum {
  return { calls: one.calls + other.calls, execMs: one.execMs + other.execMs };
}

function change({ before, kept }: Row): number {
  return kept.execMs - before.execMs;
}

/** By text: the two sides start from the same bytes, but a statement's id may still differ between servers. */
function joined({ baseline, split }: Pair): Row[] {
  const rows = new Map<string, Row>();
  const add = ({ statements }: VolumeObservation, place: Place) => {
    for (const statement of statements) {
      const { text, kind } = statement;
      const key = `${kind} ${text}`;
      const row = rows.get(key) ?? { text, kind, before: NONE, kept: NONE, moved: NONE };
      rows.set(key, { ...row, [place]: added(row[place], statement) });
    }
  };
  for (const volume of baseline.volume) add(volume, 'before');
  const primary = nodeOf(split, 'primary')?.name;
  for (const volume of split.volume) add(volume, volume.node === primary ? 'kept' : 'moved');
  return [...rows.values()];
}

const NONE: Sum = { calls: 0, execMs: 0 };
