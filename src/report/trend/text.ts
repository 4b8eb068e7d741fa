import { plainText } from '../../machine/pure.js';
import { driftInWords, valueOfKind } from '../words.js';
import { aligned, linesOf, wrapped } from '../wrap.js';
import type { Trend } from './trend.js';

/**
 * A trend for the terminal, in lines: a table of the comparisons, and what drifts.
 * @param width of the terminal in columns; null where what is said goes elsewhere, and lines may be as long as they are
 */
export function trendText(trend: Trend, width: number | null): string[] {
  const { drifts, notes } = trend;
  const said = [...drifts.map(driftInWords), ...notes].map((sentence) => plainText(sentence));
  if (width === null) return [...wide(trend), '', ...said];
  const table = wide(trend);
  const fits = table.every((line) => line.length <= width);
  return [...(fits ? table : narrow(trend)), '', ...said.flatMap((line) => wrapped(line, width).split('\n'))];
}

/** A line for each comparison. */
function wide({ comparisons, drifts }: Trend): string[] {
  const heads = ['Comparison', 'Policy', ...drifts.map(({ title }) => title)];
  const rows = comparisons.map((comparison, index) => [
    nameOf(comparison),
    comparison.policy,
    ...valuesOf(drifts, index),
  ]);
  return aligned([heads, ...rows], () => 'left');
}

/** The values of each comparison on a line of their own, under titles that are broken between words. */
function narrow({ comparisons, drifts }: Trend): string[] {
  const values = comparisons.map((_, index) => valuesOf(drifts, index));
  const titles = drifts.map(({ title }, column) =>
    linesOf(title, Math.max(...values.map((row) => row[column]!.length))),
  );
  const heads = Array.from({ length: Math.max(...titles.map(({ length }) => length)) }, (_, line) =>
    titles.map((words) => words[line] ?? ''),
  );
  const table = aligned([...heads, ...values], () => 'left').map((line) => `  ${line}`);
  return [
    ...table.slice(0, heads.length),
    ...comparisons.flatMap((comparison, index) => [
      `${nameOf(comparison)}, policy ${comparison.policy}`,
      table[heads.length + index]!,
    ]),
  ];
}

function nameOf({ id, valid }: Trend['comparisons'][number]): string {
  return valid ? id : `${id} (not valid)`;
}

function valuesOf(drifts: Trend['drifts'], index: number): string[] {
  return drifts.map((drift) => {
    const value = drift.values[index] ?? null;
    return value === null ? '–' : valueOfKind(drift, value);
  });
}
