import { formatCount, formatMs, formatNumber, formatSeconds, formatSpeedup } from '../../machine/pure.js';
import { nodeOf, type StatementObservation, type VolumeObservation } from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';
import { bothSides, type Cell, count, numbers, type Row as TableRow, tableOf } from './table.js';

/** More rows than these nobody reads; all are in run.json. */
export const MOST_STATEMENTS = 200;
/** Those that are seen before someone asks for more. */
const FIRST_SEEN = 20;
const MOST_TEXT = 400;
const FIRST_WORDS = 80;

/** The text of a statement, cut where it is too long to be read, and folded where it is more than a line. */
export function statementText(text: string, name?: string): Html {
  const left = text.length - MOST_TEXT;
  const whole = left > 0 ? `${text.slice(0, MOST_TEXT)} … (${formatCount(left)} characters more)` : text;
  const first = name ?? text.slice(0, FIRST_WORDS);
  if (name === undefined && text.length <= FIRST_WORDS) return markup`<code>${text}</code>`;
  const summary = name === undefined ? markup`<code>${first} …</code>` : markup`${first}`;
  return markup`<details><summary>${summary}</summary><code>${whole}</code></details>`;
}

/** A statement: what it took on the baseline's primary, and in the split on the primary and on replicas. */
interface Row extends Pick<StatementObservation, 'text' | 'kind' | 'name' | 'group'>, Record<Place, Sum> {}

type Place = 'before' | 'kept' | 'moved';

type Sum = Pick<StatementObservation, 'calls' | 'execMs' | 'rows' | 'blocks'>;

/** What the rows may be put in order by, the largest first; and which of them may be picked. */
const ORDERS: Record<string, { words: string; of(row: Row): number }> = {
  change: { words: 'change of its time on the primary', of: (row) => Math.abs(change(row)) },
  total: {
    words: 'time on all servers',
    of: ({ before, kept, moved }) => before.execMs + kept.execMs + moved.execMs,
  },
  share: { words: 'share moved to replicas', of: (row) => movedShare(row) },
};
const PICKS: Record<string, { words: string; of(row: Row): boolean }> = {
  read: { words: 'reads', of: ({ kind }) => kind === 'read' },
  write: { words: 'writes', of: ({ kind }) => kind === 'write' },
  moved: { words: 'moved to replicas', of: ({ moved }) => moved.calls > 0 },
  slower: {
    words: 'slower in the split',
    of: ({ before, kept, moved }) => (speedup(before, added(kept, moved)) ?? 1) < 1,
  },
};

/** Each statement on either side, those whose execution time on the primary changed most first. */
export const statements: Section = {
  title: 'Statements',
  body({ pair }) {
    const rows = joined(pair).sort((a, b) => ORDERS.change!.of(b) - ORDERS.change!.of(a));
    if (rows.length === 0) return markup`<p>The servers gave no statement statistics.</p>`;
    const shown = rows.slice(0, MOST_STATEMENTS);
    const grouped = shown.some(({ group }) => group !== undefined);
    return markup`<p>${ABOUT}</p>${tools(shown.length, rows.length)}
<div id="statements-rows">${tableOf(
      {
        caption: 'Statements in the measured window',
        columns: [
          'Statement',
          ...(grouped ? ['Group'] : []),
          'Kind',
          { head: 'Calls, baseline', numeric: true, side: 'baseline' },
          { head: 'Calls on the primary, split', numeric: true, side: 'split' },
          { head: 'Calls on replicas, split', numeric: true, side: 'split' },
          ...bothSides('Mean time'),
          ...numbers(
            'Change of the mean',
            'Blocks for each call',
            'Rows for each call',
            'Time on the primary',
          ),
        ],
        rows: shown.map((row) => tableRow(row, grouped)),
      },
      { sortable: true },
    )}</div>`;
  },
};

const ABOUT =
  'The servers’ own counts (pg_stat_statements). A statement’s time includes all that it waits for once it runs: the CPU, locks, the disk. On a busy primary every statement takes longer, ' +
  'so a shorter time in the split is mostly less waiting. Blocks and rows for each call, which waiting doesn’t change, show whether it did the same work.';

function tools(shown: number, all: number): Html {
  const options = (choices: Record<string, { words: string }>) =>
    Object.entries(choices).map(([id, { words }]) => markup`<option value="${id}">${words}</option>`);
  return markup`<p class="tools" data-list="statements-rows" data-most="${FIRST_SEEN}"><label>Search <input type="search" autocomplete="off"></label> <label>Show <select data-pick><option value="">all kinds</option>${options(PICKS)}</select></label> <label>by <select data-order>${options(ORDERS)}</select></label> <button type="button" data-all>Show all</button> <span role="status">${formatCount(shown)} statements</span>${shown < all && markup` <span>of ${formatCount(all)}; the others, which changed less, are in run.json</span>`}</p>`;
}

function tableRow(row: Row, grouped: boolean): TableRow {
  const { text, name, group, kind, before, kept, moved } = row;
  const after = added(kept, moved);
  const ratio = speedup(before, after);
  const difference = change(row);
  const cells: Cell[] = [
    statementText(text, name),
    ...(grouped ? [group ?? ''] : []),
    kind,
    ...[before, kept, moved].map(({ calls }) => count(calls)),
    mean(before),
    mean(after),
    ratio ? { text: formatSpeedup(ratio), sort: ratio } : { text: '', sort: 0 },
    forEachCall(before, after, 'blocks'),
    forEachCall(before, after, 'rows'),
    { text: seconds(difference), sort: -difference },
  ];
  const values = Object.entries(ORDERS).map(([id, { of }]) => [id, String(Number(of(row).toPrecision(6)))]);
  const picks = Object.entries(PICKS).flatMap(([id, { of }]) => (of(row) ? [id] : []));
  return { cells, data: { ...Object.fromEntries(values), is: picks.join(' ') } };
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

/** `12.3 → 12.4`, or once where both sides are alike. */
function forEachCall(before: Sum, after: Sum, what: 'blocks' | 'rows'): Cell {
  const [first, second] = [before, after].map((sum) =>
    sum.calls === 0 ? null : formatNumber(sum[what] / sum.calls, 3),
  );
  const sort = before.calls > 0 ? before[what] / before.calls : -1;
  return { text: first === second ? (first ?? '') : `${first ?? '–'} → ${second ?? '–'}`, sort };
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

function movedShare({ kept, moved }: Row): number {
  return moved.calls / Math.max(1, kept.calls + moved.calls);
}

function added(one: Sum, other: Sum): Sum {
  return {
    calls: one.calls + other.calls,
    execMs: one.execMs + other.execMs,
    rows: one.rows + other.rows,
    blocks: one.blocks + other.blocks,
  };
}

function change({ before, kept }: Row): number {
  return kept.execMs - before.execMs;
}

/** By text: the two sides start from the same bytes, but a statement's id may still differ between servers. */
function joined({ baseline, split }: Pair): Row[] {
  const rows = new Map<string, Row>();
  const add = ({ statements }: VolumeObservation, place: Place) => {
    for (const statement of statements) {
      const { text, kind, name, group } = statement;
      const key = `${kind} ${text}`;
      const row = rows.get(key) ?? { text, kind, name, group, before: NONE, kept: NONE, moved: NONE };
      rows.set(key, { ...row, [place]: added(row[place], statement) });
    }
  };
  for (const volume of baseline.volume) add(volume, 'before');
  const primary = nodeOf(split, 'primary')?.name;
  for (const volume of split.volume) add(volume, volume.node === primary ? 'kept' : 'moved');
  return [...rows.values()];
}

const NONE: Sum = { calls: 0, execMs: 0, rows: 0, blocks: 0 };
