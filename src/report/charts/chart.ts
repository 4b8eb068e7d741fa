import type { Table } from '../html/table.js';

/**
 * A chart as data: no function in it, so that the same configuration draws in the page and as a still picture, and
 * can be looked at in a test. Colours are named (`@baseline`, `@split`...) and chosen where it is drawn.
 */
export interface Chart {
  id: string;
  /** What it shows, said as a finding. */
  title: string;
  /** How to read it. */
  about: string;
  /** A Chart.js configuration; `options.plugins.marks` is read by page/draw.js. */
  config: ChartConfig;
  /** In CSS pixels. */
  height: number;
  table: Table;
}

/** What stands in a chart's place where there is nothing to draw. */
export interface NoChart {
  id: string;
  title: string;
  reason: string;
}

export interface ChartConfig {
  type: 'line' | 'bar';
  data: { labels?: string[]; datasets: Dataset[] };
  options: Record<string, unknown>;
}

export interface Dataset {
  label: string;
  data: ({ x: number; y: number } | number | null)[];
  [option: string]: unknown;
}

/** How each kind of series looks everywhere: a colour, and a dash or a marker that tells it apart without one. */
export const LOOKS = {
  baseline: look('@baseline', 'rect', [6, 4]),
  split: look('@split', 'circle', []),
  replica: look('@replica', 'triangle', [2, 3]),
};

function look(colour: string, marker: string, dash: number[]) {
  return {
    borderColor: colour,
    backgroundColor: colour,
    borderDash: dash,
    borderWidth: 2,
    pointStyle: marker,
    pointRadius: 0,
    pointHitRadius: 8,
  };
}

/** A line over time in seconds of the window. */
export function timeLine(
  label: string,
  style: keyof typeof LOOKS,
  points: { x: number; y: number }[],
): Dataset {
  return { label, data: points, ...LOOKS[style] };
}

interface Marks {
  /** Shaded stretches of the x axis. */
  bands?: { from: number; to: number; label: string }[];
  /** Horizontal lines. */
  lines?: { y: number; label: string }[];
  /** Joins the two points that datasets have on each row. */
  dumbbells?: boolean;
  /** Text inside each bar, by dataset and row. */
  bars?: { text: string; colour: string }[][];
}

/** Options that all charts share. */
export function options(own: {
  scales: Record<string, unknown>;
  marks?: Marks;
  legend?: boolean;
  more?: Record<string, unknown>;
}): Record<string, unknown> {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale: 'en-US',
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    ...own.more,
    scales: own.scales,
    plugins: {
      legend: {
        display: own.legend ?? true,
        position: 'top',
        align: 'start',
        // A box without height is a line, dashed as the series is; joined points have markers instead.
        labels: own.marks?.dumbbells
          ? { usePointStyle: true, boxWidth: 9, boxHeight: 9, color: '@text', padding: 14 }
          : { boxWidth: 28, boxHeight: 0, color: '@text', padding: 14 },
      },
      marks: own.marks ?? {},
    },
  };
}

/** An axis, titled by what it counts and in which unit. */
export function axis(title: string, own: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'linear',
    title: { display: true, text: title, color: '@muted' },
    ticks: { color: '@muted', maxRotation: 0 },
    grid: { color: '@grid' },
    border: { color: '@grid' },
    ...own,
  };
}

/** A logarithmic axis that begins and ends at a round number with some room, so that no point lies on its edge. */
export function logAxis(title: string, values: (number | null)[]): Record<string, unknown> {
  const known = values.filter((value) => value !== null && value > 0) as number[];
  const steps = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((e) =>
    [1, 2, 3, 4, 5, 7].map((n) => n * 10 ** e),
  );
  const [least, most] = [Math.min(...known) / 1.15, Math.max(...known) * 1.15];
  return axis(title, {
    type: 'logarithmic',
    min: steps.findLast((step) => step <= least) ?? steps[0],
    max: steps.find((step) => step >= most) ?? steps.at(-1),
  });
}

/** The time axis: 0 is the end of the warm-up, which is shaded. */
export function timeAxis(fromS: number, toS: number): Record<string, unknown> {
  return axis('seconds from the end of the warm-up', { min: fromS, max: toS });
}

export function warmupBand(fromS: number): Marks['bands'] {
  return fromS < 0 ? [{ from: fromS, to: 0, label: 'warm-up' }] : [];
}
