import { formatMs, formatSpeedup } from '../../machine/pure.js';
import { analyticsSpeedup, meanMs, type Pair, percentileMs } from '../../score/index.js';
import { axis, type Chart, logAxis, type NoChart, options, timeLine } from './chart.js';

const PERCENTS = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 98, 99, 100];

/** The whole distribution of analytics latency, which a mean hides. */
export function analyticsCurveChart(pair: Pair): Chart | NoChart {
  const reason = analyticsSpeedup('mean').missing(pair);
  if (reason !== null) return { id: 'analytics-curve', title: 'Latency of analytics', reason };
  const before = pair.baseline.load.window.latency.analytics;
  const after = pair.split.load.window.latency.analytics;
  const curve = (histogram: typeof before) =>
    PERCENTS.map((x) => ({ x, y: percentileMs(histogram, x / 100) ?? 0 }));
  const curves = { baseline: curve(before), split: curve(after) };
  const [from, to] = [meanMs(before) ?? 0, meanMs(after) ?? 0];
  return {
    id: 'analytics-curve',
    title: `Reports: ${formatMs(from)} → ${formatMs(to)} on average, ${formatSpeedup(from / to)}`,
    about:
      'Each curve says which share of the reports was answered within a time. The time axis is logarithmic.',
    height: 354,
    config: {
      type: 'line',
      data: {
        datasets: [
          timeLine('Baseline', 'baseline', curves.baseline),
          timeLine('Split', 'split', curves.split),
        ],
      },
      options: options({
        scales: {
          x: axis('% of the reports', { min: 0, max: 100 }),
          y: logAxis(
            'answered within, ms, logarithmic',
            [...curves.baseline, ...curves.split].map(({ y }) => y),
          ),
        },
      }),
    },
    table: {
      caption: 'Latency of analytics by percentile',
      columns: [
        { head: 'Share of the reports' },
        { head: 'Answered within, baseline', numeric: true, side: 'baseline' },
        { head: 'Answered within, split', numeric: true, side: 'split' },
      ],
      rows: PERCENTS.map((percent) => [
        { text: percent === 0 ? 'fastest' : `${percent} %`, sort: percent },
        formatMs(percentileMs(before, percent / 100) ?? 0),
        formatMs(percentileMs(after, percent / 100) ?? 0),
      ]),
    },
  };
}
