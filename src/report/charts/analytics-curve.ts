import { formatMs, formatSpeedup } from '../../machine/pure.js';
import { type Histogram, meanMs, percentileMs } from '../../record/histogram.js';
import { TARGETS } from '../../score/index.js';
import { bothSides } from '../html/table.js';
import type { Question } from './chart.js';
import { axis, logAxis, options, STYLES } from './config.js';

const PERCENTS = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 98, 99, 100];

/** The whole distribution of analytics latency, which a mean hides. */
export const analyticsCurve: Question = {
  title: 'Latency of analytics',
  answer(pair) {
    const reason = TARGETS['analytics-speedup'].missing(pair);
    if (reason !== null) return { reason };
    const before = pair.baseline.load.window.latency.analytics;
    const after = pair.split.load.window.latency.analytics;
    const curves = { baseline: curve(before), split: curve(after) };
    const [from, to] = [meanMs(before) ?? 0, meanMs(after) ?? 0];
    return {
      title: `Reports: ${formatMs(from)} → ${formatMs(to)} on average, ${formatSpeedup(from / to)}`,
      about:
        'Each curve says which share of the reports was answered within a time. The time axis is logarithmic.',
      height: 354,
      config: {
        type: 'line',
        data: {
          datasets: [
            { label: 'Baseline', data: curves.baseline, ...STYLES.baseline },
            { label: 'Split', data: curves.split, ...STYLES.split },
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
        columns: ['Share of the reports', ...bothSides('Answered within')],
        rows: PERCENTS.map((percent, index) => [
          { text: percent === 0 ? 'fastest' : `${percent} %`, sort: percent },
          formatMs(curves.baseline[index]!.y),
          formatMs(curves.split[index]!.y),
        ]),
      },
    };
  },
};

function curve(latency: Histogram | undefined): { x: number; y: number }[] {
  return PERCENTS.map((x) => ({ x, y: percentileMs(latency, x / 100) ?? 0 }));
}
