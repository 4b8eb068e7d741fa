import { formatCount, formatMs } from '../../machine/pure.js';
import { type Histogram, meanMs, percentileMs } from '../../record/histogram.js';
import { CATEGORIES, type Category } from '../../record/pure.js';
import type { Regression } from '../../score/index.js';
import { bothSides, type Table } from '../html/table.js';
import type { Question } from './chart.js';
import { logAxis, nameAxis, options, STYLES } from './config.js';

const PERCENTILES = [0.5, 0.95, 0.99];

const MARKER = { showLine: false, pointRadius: 6, pointHoverRadius: 8, borderDash: [] };

/** Latency percentiles of each category, both runs side by side. */
export const latency: Question = {
  title: 'Latency by category',
  answer({ baseline, split }, { regressions }) {
    const before = baseline.load.window.latency;
    const after = split.load.window.latency;
    const measured = CATEGORIES.filter((c) => (before[c]?.count ?? 0) > 0 && (after[c]?.count ?? 0) > 0);
    if (measured.length === 0) return { reason: 'Nothing was answered in the measured window.' };
    const rows = measured.flatMap((category) => PERCENTILES.map((p) => ({ category, p })));
    const points = {
      baseline: rows.map(({ category, p }) => percentileMs(before[category], p)),
      split: rows.map(({ category, p }) => percentileMs(after[category], p)),
    };
    return {
      title: finding(measured, regressions),
      about:
        'From when each request was due until its whole answer was there. The scale is logarithmic: equal steps are equal factors.',
      height: 90 + rows.length * 22,
      config: {
        type: 'line',
        data: {
          labels: rows.map(({ category, p }) => `${category} p${p * 100}`),
          datasets: [
            // Hollow, for it may lie on the other.
            {
              ...{ ...STYLES.baseline, ...MARKER, backgroundColor: 'transparent' },
              label: 'baseline',
              data: points.baseline,
            },
            { ...STYLES.split, ...MARKER, label: 'split', data: points.split },
          ],
        },
        options: options({
          scales: {
            x: logAxis('latency in ms, logarithmic', 'ms', [...points.baseline, ...points.split]),
            y: nameAxis(),
          },
          marks: { dumbbells: true },
          indexAxis: 'y',
          interaction: { mode: 'index', axis: 'y', intersect: false },
        }),
      },
      table: latencyTable(
        { caption: 'Latency by category in the measured window', head: 'Category', names: measured },
        { baseline: before, split: after },
      ),
    };
  },
};

/** In which categories p95 differs by more than chance explains, and which way. */
function finding(categories: Category[], regressions: readonly Regression[]): string {
  const differs = (words: string, difference: Regression['difference']) => {
    const found = categories.filter((category) =>
      regressions.some((each) => each.id === `${category}-p95` && each.difference === difference),
    );
    return found.length > 0 ? [`${words} ${LIST.format(found.map((each) => PLURAL[each]))}`] : [];
  };
  const found = [
    ...differs('fell for', 'faster'),
    ...differs('rose for', 'slower'),
    ...differs('no difference found for', 'none-found'),
  ];
  return `Latency p95: ${found.length > 0 ? found.join('; ') : 'whether it differs could not be tested'}`;
}

/** Without a comma before the last word. */
const LIST = new Intl.ListFormat('en-GB');

const PLURAL: Record<Category, string> = {
  write: 'writes',
  read: 'reads',
  analytics: 'analytics',
  realtime: 'realtime',
};

type Latencies = Partial<Record<string, Histogram>>;

/** Of a name that the record gives; what else objects have is no latency. */
const named = (latencies: Latencies, name: string) =>
  Object.hasOwn(latencies, name) ? latencies[name] : undefined;

/** What of latency is shown, by the heading of its columns. */
export const LATENCY_FIGURES: Record<string, (latency: Histogram | undefined) => string> = {
  Requests: (latency) => formatCount(latency?.count ?? 0),
  Mean: (latency) => formatMs(meanMs(latency) ?? 0),
  p50: (latency) => formatMs(percentileMs(latency, 0.5) ?? 0),
  p95: (latency) => formatMs(percentileMs(latency, 0.95) ?? 0),
  p99: (latency) => formatMs(percentileMs(latency, 0.99) ?? 0),
  Longest: (latency) => formatMs(percentileMs(latency, 1) ?? 0),
};

/** Latency of each of `names`, the sides beside each other. */
export function latencyTable(
  { caption, head, names }: { caption: string; head: string; names: readonly string[] },
  { baseline, split }: { baseline: Latencies; split: Latencies },
): Table {
  return {
    caption,
    columns: [head, ...Object.keys(LATENCY_FIGURES).flatMap((figure) => bothSides(figure))],
    rows: names.map((name) => [
      name,
      ...Object.values(LATENCY_FIGURES).flatMap((write) => [
        write(named(baseline, name)),
        write(named(split, name)),
      ]),
    ]),
  };
}
