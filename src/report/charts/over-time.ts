import type { RunRecord } from '../../record/pure.js';
import type { Column, Table } from '../html/table.js';
import { axis, type ChartConfig, options, type SeriesStyle, STYLES } from './config.js';

/** Samples over time that are drawn as one line. */
export interface Series {
  /** At the end of its line: short. */
  label: string;
  /** Over its column in a table. Default: the label. */
  head?: string;
  style: SeriesStyle;
  /** In ms of the window. */
  tMs: number[];
  values: number[];
  /** What stands for the samples of a stretch. Default: their mean. */
  figure?: 'mean' | 'max';
}

/** As many points as a line can show, and rows as a reader takes in. */
const MOST_POINTS = 150;
const MOST_ROWS = 14;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** A stretch of time, in seconds of the window; the warm-up lies before 0. */
type Span = Record<'fromS' | 'toS', number>;

/** From the start of the warm-up to the end of the window: what observers saw after it is of no interest. */
function spanOf(runs: readonly RunRecord[]): Span {
  return {
    fromS: -Math.max(...runs.map(({ plan }) => plan.load.warmupS)),
    toS: Math.max(...runs.map(({ window }) => window.seconds)),
  };
}

/** How many seconds a point stands for. */
export function secondsOfPoint(runs: readonly RunRecord[]): number {
  return stepFor(spanOf(runs), MOST_POINTS);
}

/** A level that lines are held against: a target, or all that there is. */
export interface Level {
  y: number;
  label: string;
}

/** Lines over the seconds of the window, the same span in each chart; the warm-up before it is shaded. */
export function overTime(
  runs: readonly RunRecord[],
  series: readonly Series[],
  { y, target, whole }: { y: ReturnType<typeof axis>; target?: Level | null; whole?: Level | null },
): ChartConfig {
  const span = spanOf(runs);
  const stepS = secondsOfPoint(runs);
  return {
    type: 'line',
    data: {
      datasets: series.map(({ label, style, figure = 'mean', ...samples }) => ({
        label,
        // A point stands in the middle of its stretch.
        data: binned(samples, stepS, span).map((bin) => ({ x: bin.fromS + stepS / 2, y: bin[figure] })),
        // No line over a stretch that nobody saw.
        spanGaps: stepS,
        ...STYLES[style],
      })),
    },
    options: options({
      scales: {
        x: axis(span.fromS < 0 ? 'seconds from the end of the warm-up' : 'seconds from the start', {
          min: span.fromS,
          max: span.toS,
          unit: 'seconds',
        }),
        y,
      },
      marks: {
        names: true,
        lines: [
          ...(whole ? [{ ...whole, from: span.fromS, colour: '@muted' as const }] : []),
          // What is judged begins with the window.
          ...(target ? [{ ...target, from: 0, colour: '@target' as const }] : []),
        ],
        bands: span.fromS < 0 ? [{ from: span.fromS, to: 0, label: 'warm-up' }] : [],
      },
    }),
  };
}

/** The same series in few enough stretches to be read. */
export function overTimeTable(
  runs: readonly RunRecord[],
  series: readonly Series[],
  { caption, write }: { caption: string; write: (value: number) => string },
): Table {
  const span = spanOf(runs);
  const stepS = stepFor(span, MOST_ROWS);
  const columns = series.map(
    ({ figure = 'mean', ...samples }) =>
      new Map(binned(samples, stepS, span).map((bin) => [bin.fromS, bin[figure]])),
  );
  const starts = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return {
    caption,
    columns: [
      'Seconds',
      ...series.map(({ label, head = label, style }): Column => {
        return { head, numeric: true, side: style === 'baseline' ? 'baseline' : 'split' };
      }),
    ],
    rows: starts.map((start) => [
      { text: `${start} to ${start + stepS}`.replaceAll('-', '−'), sort: start },
      ...columns.map((column) => {
        const value = column.get(start);
        return value === undefined ? 'no sample' : write(value);
      }),
    ]),
  };
}

/** A step of whole seconds that cuts a span into at most `most` bins. */
function stepFor({ fromS, toS }: Span, most: number): number {
  const seconds = toS - fromS;
  return STEPS_S.find((step) => seconds / step <= most) ?? Math.ceil(seconds / most);
}

/** Puts samples into bins of `stepS` seconds: ten a second are noise to the eye, and an hour of them a large page. */
function binned({ tMs, values }: Pick<Series, 'tMs' | 'values'>, stepS: number, { fromS, toS }: Span) {
  const bins = new Map<number, { sum: number; count: number; max: number }>();
  for (const [index, t] of tMs.entries()) {
    const value = values[index];
    if (value === undefined || !Number.isFinite(value) || t < fromS * 1000 || t >= toS * 1000) continue;
    const start = Math.floor(t / 1000 / stepS) * stepS;
    const { sum, count, max } = bins.get(start) ?? { sum: 0, count: 0, max: value };
    bins.set(start, { sum: sum + value, count: count + 1, max: Math.max(max, value) });
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([fromS, { sum, count, max }]) => ({ fromS, mean: sum / count, max }));
}
