import { formatCount } from '../../machine/pure.js';
import { PAIR_SIDES, type PairSide, type RunRecord } from '../../record/pure.js';
import type { Pair } from '../../score/index.js';
import { Html, markup } from './markup.js';

export interface Column {
  head: string;
  /** Right-aligned, in figures of equal width. */
  numeric?: boolean;
  /** Which run its figures are from: coloured alike everywhere. */
  side?: PairSide;
}

/** A cell: its text, or with a value to sort by where the text would sort wrongly. */
export type Cell = string | Html | { text: string; sort: number };

export function count(value: number): Cell {
  return { text: formatCount(value), sort: value };
}

export interface Table {
  caption: string;
  /** A column of text by its heading alone. */
  columns: (Column | string)[];
  rows: (Cell[] | Row)[];
}

/** A row with what the page's script puts it in order and picks it by: `data-` attributes. */
export interface Row {
  cells: Cell[];
  data: Record<string, string>;
}

/** Columns of figures. */
export function numbers(...heads: string[]): Column[] {
  return heads.map((head) => ({ head, numeric: true }));
}

/** A side where it is the first word. */
export const SIDE_WORDS: Record<PairSide, string> = { baseline: 'Baseline', split: 'Split' };

/** A column of figures for each side, named for it and for what is in it. */
export function bothSides(what?: string): Column[] {
  return PAIR_SIDES.map((side) => {
    return { head: what === undefined ? SIDE_WORDS[side] : `${what}, ${side}`, numeric: true, side };
  });
}

/** Rows from both records, the baseline's first. */
export function rowsOfBoth<Row>(pair: Pair, rowsOf: (run: RunRecord, side: PairSide) => Row[]): Row[] {
  return PAIR_SIDES.flatMap((side) => rowsOf(pair[side], side));
}

/** A table that scrolls by itself where the page is too narrow; the first cell of each row is its heading. */
export function tableOf(table: Table, options: { sortable?: boolean } = {}): Html {
  const { caption, rows } = table;
  const columns = table.columns.map((each): Column => (typeof each === 'string' ? { head: each } : each));
  const head = columns.map(
    ({ head, numeric, side }) =>
      markup`<th scope="col" class="${[numeric && 'number', side].filter(Boolean).join(' ')}">${options.sortable ? markup`<button type="button">${head}</button>` : head}</th>`,
  );
  const body = rows.map((row) => {
    const { cells, data } = Array.isArray(row) ? { cells: row, data: {} } : row;
    const attributes = Object.entries(data).map(([name, value]) => markup` data-${name}="${value}"`);
    return markup`<tr${attributes}>${cells.map((cell, index) => cellOf(cell, columns[index], index === 0))}</tr>`;
  });
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table${options.sortable && markup` class="sortable"`}><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cellOf(cell: Cell, column: Column | undefined, first: boolean): Html {
  const { text, sort = null } = typeof cell === 'string' || cell instanceof Html ? { text: cell } : cell;
  const style = markup`${column?.numeric && markup` class="number"`}${sortOf(sort, text)}`;
  return first ? markup`<th scope="row"${style}>${text}</th>` : markup`<td${style}>${text}</td>`;
}

/** What a cell is sorted by, if its text doesn't say it: to six digits, which is more than the text has. */
function sortOf(sort: number | null, text: Html | string): Html | false {
  const rounded = sort === null ? null : String(Number(sort.toPrecision(6)));
  return rounded !== null && rounded !== text && markup` data-sort="${rounded}"`;
}
