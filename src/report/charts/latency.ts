import { formatCount, formatMs } from '../../machine/pure.js';
import { CATEGORIES, type Category } from '../../record/pure.js';
import { meanMs, type Pair, percentileMs } from '../../score/index.js';
import { axis, type Chart, LOOKS, logAxis, type NoChart, options } from './chart.js';

const PERCENTILES = [0.5, 0.95, 0.99];

/** Latency percentiles of each category, both runs side by side. */
export function latencyChart({ baseline, split }: Pair): Chart | NoChart {
  const before = baseline.load.window.latency;
  const after = split.load.window.latency;
  const measured = CATEGORIES.filter((c) => (before[c]?.count ?? 0) > 0 && (after[c]?.count ?? 0) > 0);
  if (measured.length === 0) {
    return {
      id: 'latency',
      title: 'Latency by category',
      reason: 'No request was answered in the measured window.',
    };
  }
  const rows = measured.flatMap((category) => PERCENTILES.map((p) => ({ category, p })));
  const points = {
    baseline: rows.map(({ category, p }) => percentileMs(before[category], p)),
    split: rows.map(({ category, p }) => percentileMs(after[category], p)),
  };
  const marker = { showLine: false, pointRadius: 6, pointHoverRadius: 8, borderDash: [] };
  return {
    id: 'latency',
    title: finding(measured, (category) => [
      percentileMs(before[category], 0.95) ?? 0,
      percentileMs(after[category], 0.95) ?? 0,
    ]),
    about:
      'From the time a request was due to its complete answer. The scale is logarithmic: equal steps are equal factors. A single pair of runs, such as this one, cannot prove less than a doubling.',
    height: 90 + rows.length * 22,
    config: {
      type: 'line',
      data: {
        labels: rows.map(({ category, p }) => `${category} p${p * 100}`),
        datasets: [
          {
            ...LOOKS.baseline,
            ...marker,
            label: 'Baseline',
            data: points.baseline,
          },
          {
            ...LOOKS.split,
            ...marker,
            label: 'Split',
            data: points.split,
          },
        ],
      },
      options: options({
        scales: {
          x: logAxis('latency in ms, logarithmic', [...points.baseline, ...points.split]),
          y: axis('', {
            type: 'category',
            offset: true,
            title: { display: false },
            ticks: { color: '@text', autoSkip: false },
          }),
        },
        marks: { dumbbells: true },
        more: { indexAxis: 'y', interaction: { mode: 'index', axis: 'y', intersect: false } },
      }),
    },
    table: {
      caption: 'Latency by category in the measured window',
      columns: [
        { head: 'Category' },
        ...['Requests', 'Mean', 'p50', 'p95', 'p99', 'Longest'].flatMap((head) => [
          { head: `${head}, baseline`, numeric: true, side: 'baseline' as const },
          { head: `${head}, split`, numeric: true, side: 'split' as const },
        ]),
      ],
      rows: measured.map((category) => {
        const [a, b] = [before[category], after[category]];
        const both = (write: (h: typeof a) => string) => [write(a), write(b)];
        return [
          category,
          ...both((h) => formatCount(h?.count ?? 0)),
          ...both((h) => formatMs(meanMs(h) ?? 0)),
          ...PERCENTILES.flatMap((p) => both((h) => formatMs(percentileMs(h, p) ?? 0))),
          ...both((h) => formatMs((h?.maxUs ?? 0) / 1000)),
        ];
      }),
    },
  };
}

/** Which categories' p95 moved by more than a twentieth, and which way. */
function finding(categories: Category[], p95: (category: Category) => [number, number]): string {
  const moved = (test: (factor: number) => boolean) =>
    categories.filter((category) => {
      const [before, after] = p95(category);
      return before > 0 && test(after / before);
    });
  const fell = moved((factor) => factor < 0.95);
  const rose = moved((factor) => factor > 1.05);
  const parts = [
    ...(fell.length > 0 ? [`fell for ${list(fell)}`] : []),
    ...(rose.length > 0 ? [`rose for ${list(rose)}`] : []),
  ];
  return parts.length > 0 ? `Latency p95 ${parts.join(' and ')}` : 'Latency p95 hardly moved';
}

const PLURAL: Record<Category, string> = {
  write: 'writes',
  read: 'reads',
  analytics: 'analytics',
  realtime: 'realtime',
};

function list(categories: Category[]): string {
  const words = categories.map((category) => PLURAL[category]);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
