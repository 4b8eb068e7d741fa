import type { Unit } from '../../machine/pure.js';
import type { Colour, NamedColour } from '../palette.js';

/** A Chart.js configuration; `options.plugins.marks` is read by page/draw.ts. */
export interface ChartConfig {
  type: 'line' | 'bar';
  data: { labels?: string[]; datasets: Dataset[] };
  options: {
    scales: Record<string, Axis>;
    plugins: { marks: Marks; [option: string]: unknown };
    [option: string]: unknown;
  };
}

export interface Dataset {
  label: string;
  data: ({ x: number; y: number } | number | null)[];
  [option: string]: unknown;
}

interface Axis {
  type: 'linear' | 'logarithmic' | 'category';
  min?: number;
  max?: number;
  /** What its values are, for whoever reads one off. Default: a name, or a plain number. */
  unit?: AxisUnit;
  ticks: { callback?: (value: number) => string; [option: string]: unknown };
  [option: string]: unknown;
}

/** `tail`: the n of "the slowest one in n", as which a percentile stands on an axis that widens towards 100 %. */
export type AxisUnit = Unit | 'seconds' | 'tail';

/** What Chart.js doesn't draw. */
export interface Marks {
  /** Shaded stretches of the x axis. */
  bands?: { from: number; to: number; label: string }[];
  /** Horizontal lines, from some x on. */
  lines?: { y: number; from: number; label: string; colour: NamedColour }[];
  /** Writes each series' name at the end of its line. */
  names?: boolean;
  /** Joins the two points that datasets have on each row, and names them above the first. */
  dumbbells?: boolean;
  /** Texts of each bar by dataset and row, the longest first: one is written, if there is room. */
  bars?: { texts: string[]; colour: NamedColour }[][];
}

/** The style of each kind of series, everywhere: a colour, and a dash or a marker that tells it apart without one. */
export const STYLES = {
  baseline: style('baseline', 'rect', [6, 4]),
  split: style('split', 'circle', []),
  replica: style('replica', 'triangle', [2, 3]),
  /** The highest samples of a series, beside their means. */
  highest: { ...style('split', 'circle', [2, 3]), borderWidth: 1.5 },
};
export type SeriesStyle = keyof typeof STYLES;

function style(colour: Colour, pointStyle: string, borderDash: number[]) {
  const named: NamedColour = `@${colour}`;
  return {
    borderColor: named,
    backgroundColor: named,
    borderDash,
    borderWidth: 2,
    pointStyle,
    pointRadius: 0,
    pointHitRadius: 8,
  };
}

/** Options that all charts share. Series are named where they are drawn: there is no legend. */
export function options({
  marks = {},
  ...own
}: {
  scales: Record<string, Axis>;
  marks?: Marks;
  [option: string]: unknown;
}): ChartConfig['options'] {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale: 'en-US',
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    ...own,
    plugins: { legend: { display: false }, marks },
  };
}

/** An axis, titled by what it counts and in which unit. */
export function axis(title: string, own: Partial<Axis> = {}): Axis {
  return {
    type: 'linear',
    title: { display: title !== '', text: title, color: '@muted' },
    ticks: { color: '@muted', maxRotation: 0 },
    grid: { color: '@grid' },
    border: { color: '@grid' },
    ...own,
  };
}

/** An axis of shares, zero-based and with room for a line at 100 % and its label. */
export function shareAxis(title: string): Axis {
  return axis(title, {
    min: 0,
    suggestedMax: 110,
    unit: 'percent',
    ticks: { color: '@muted', stepSize: 20 },
  });
}

/** An axis of names, each of which is shown. */
export function nameAxis(own: Partial<Axis> = {}): Axis {
  return axis('', { type: 'category', offset: true, ticks: { color: '@text', autoSkip: false }, ...own });
}

/** A logarithmic axis that begins and ends at a round number with some room, so that no point lies on its edge. */
export function logAxis(title: string, unit: Unit, values: (number | null)[]): Axis {
  const known = values.filter((value) => value !== null && value > 0) as number[];
  const steps = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((e) =>
    [1, 2, 3, 4, 5, 7].map((n) => n * 10 ** e),
  );
  const [least, most] = [Math.min(...known) / 1.15, Math.max(...known) * 1.15];
  return axis(title, {
    type: 'logarithmic',
    unit,
    min: steps.findLast((step) => step <= least) ?? steps[0]!,
    max: steps.find((step) => step >= most) ?? steps.at(-1)!,
  });
}
