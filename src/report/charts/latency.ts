import { percentileMs } from '../../record/histogram.js';
import { CATEGORIES, type Category } from '../../record/pure.js';
import { latencyTable } from '../html/latency-table.js';
import type { Question } from './chart.js';
import { LOOKS, logAxis, nameAxis, options } from './config.js';

const PERCENTILES = [0.5, 0.95, 0.99];

const MARKER = { showLine: false, pointRadius: 6, pointHoverRadius: 8, borderDash: [] };

/** Latency percentiles of each category, both runs side by side. */
export const latency: Question = {
  id: 'latency',
  title: 'Latency by category',
  answer({ baseline, split }) {
    const before = baseline.load.window.latency;
    const after = split.load.window.latency;
    const measured = CATEGORIES.filter((c) => (before[c]?.count ?? 0) > 0 && (after[c]?.count ?? 0) > 0);
    if (measured.length === 0) return { reason: 'No request was answered in the measured window.' };
    const rows = measured.flatMap((category) => PERCENTILES.map((p) => ({ category, p })));
    const points = {
      baseline: rows.map(({ category, p }) => percentileMs(before[category], p)),
      split: rows.map(({ category, p }) => percentileMs(after[category], p)),
    };
    return {
      title: finding(
        measured.map((category) => ({
          category,
          before: percentileMs(before[category], 0.95) ?? 0,
          after: percentileMs(after[category], 0.95) ?? 0,
        })),
      ),
      about:
        'From the time a request was due to its complete answer. The scale is logarithmic: equal steps are equal factors. A single pair of runs, such as this one, cannot prove less than a doubling.',
      height: 90 + rows.length * 22,
      config: {
        type: 'line',
        data: {
          labels: rows.map(({ category, p }) => `${category} p${p * 100}`),
          datasets: [
            { ...LOOKS.baseline, ...MARKER, label: 'Baseline', data: points.baseline },
            { ...LOOKS.split, ...MARKER, label: 'Split', data: points.split },
          ],
        },
        options: options({
          scales: {
            x: logAxis('latency in ms, logarithmic', [...points.baseline, ...points.split]),
            y: nameAxis(),
          },
          marks: { dumbbells: true },
          more: { indexAxis: 'y', interaction: { mode: 'index', axis: 'y', intersect: false } },
        }),
      },
      table: latencyTable(
        { caption: 'Latency by category in the measured window', head: 'Category', names: measured },
        { baseline: before, split: after },
      ),
    };
  },
};

interface P95 {
  category: Category;
  before: number;
  after: number;
}

/** Which categories' p95 moved by more than a twentieth, and which way. */
function finding(p95s: P95[]): string {
  const moved = (test: (factor: number) => boolean) =>
    p95s
      .filter(({ before, after }) => before > 0 && test(after / before))
      .map(({ category }) => PLURAL[category]);
  const parts = [
    { verb: 'fell', words: moved((factor) => factor < 0.95) },
    { verb: 'rose', words: moved((factor) => factor > 1.05) },
  ].filter(({ words }) => words.length > 0);
  if (parts.length === 0) return 'Latency p95 hardly moved';
  return `Latency p95 ${parts.map(({ verb, words }) => `${verb} for ${LIST.format(words)}`).join(' and ')}`;
}

/** Without a comma before the last word. */
const LIST = new Intl.ListFormat('en-GB');

const PLURAL: Record<Category, string> = {
  write: 'writes',
  read: 'reads',
  analytics: 'analytics',
  realtime: 'realtime',
};
