import type { Table } from '../html/table.js';
import { binned, stepFor } from './bins.js';

/** A series to put into a table of time stretches. */
interface Column {
  head: string;
  side: 'baseline' | 'split';
  tMs: number[];
  values: number[];
}

/** The same figures as a chart over time, in few enough stretches to be read. */
export function timeTable(
  caption: string,
  span: [number, number],
  columns: Column[],
  write: (value: number) => string,
): Table {
  const stepS = stepFor(span[1] - span[0], 14);
  const bins = columns.map(
    ({ tMs, values }) => new Map(binned(tMs, values, stepS, span).map((bin) => [bin.fromS, bin.mean])),
  );
  const starts = [...new Set(bins.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return {
    caption: `${caption}, mean of each stretch`,
    columns: [{ head: 'Seconds' }, ...columns.map(({ head, side }) => ({ head, side, numeric: true }))],
    rows: starts.map((start) => [
      { text: `${signed(start)} to ${signed(start + stepS)}`, sort: start },
      ...bins.map((column) => {
        const value = column.get(start);
        return value === undefined ? 'no sample' : write(value);
      }),
    ]),
  };
}

function signed(seconds: number): string {
  return String(seconds).replace('-', '−');
}
