import { formatMs, formatPercent } from '../../machine/pure.js';
import { type Histogram, meanMs, percentileMs } from '../../record/histogram.js';
import { TARGETS } from '../../score/index.js';
import { bothSides } from '../html/table.js';
import { changeInWords, differenceInWords } from '../words.js';
import { type Question, rowOf } from './chart.js';
import { axis, logAxis, options, STYLES } from './config.js';

/** The rows of its table, in percent. */
const PERCENTS = [0, 10, 25, 50, 75, 90, 95, 99, 99.9, 100];

/**
 * Points of a curve, each as the n of "the slowest one in n": 1 is the fastest report, 100 the 99th percentile. Even steps of its
 * logarithm give each further nine as much room, as HdrHistogram's plots of percentiles do.
 */
const TAILS = Array.from({ length: 37 }, (_, step) => 10 ** (step / 12));

/** The whole distribution of analytics latency, which a mean hides. */
export const analyticsCurve: Question = {
  title: 'Latency of analytics',
  answer(pair, found) {
    const reason = TARGETS['analytics-speedup'].missing(pair);
    if (reason !== null) return { reason };
    const row = rowOf(found, 'analytics-speedup');
    const before = pair.baseline.load.window.latency.analytics;
    const after = pair.split.load.window.latency.analytics;
    const curves = { baseline: curve(before), split: curve(after) };
    const [from, to] = [meanMs(before) ?? 0, meanMs(after) ?? 0];
    return {
      title: `Analytics: ${formatMs(from)} → ${formatMs(to)} on average${differenceInWords(row)}`,
      about: `${row && row.value !== null ? `${changeInWords(row)}. ` : ''}Each curve shows the time within which a share of the analytics requests was answered, up to the slowest one or 99.9 %. Both axes are logarithmic: the slowest tenth has as much room as all the rest.`,
      height: 354,
      config: {
        type: 'line',
        data: {
          datasets: [
            { label: 'baseline', data: curves.baseline, ...STYLES.baseline },
            { label: 'split', data: curves.split, ...STYLES.split },
          ],
        },
        options: options({
          scales: {
            x: axis('percentile of analytics', {
              type: 'logarithmic',
              unit: 'tail',
              min: 1,
              max: 10 ** Math.ceil(Math.log10(Math.max(...Object.values(curves).map(last), 10))),
            }),
            y: logAxis(
              'answered within, ms, logarithmic',
              'ms',
              [...curves.baseline, ...curves.split].map(({ y }) => y),
            ),
          },
          marks: { names: true },
        }),
      },
      table: {
        caption: 'Latency of analytics by percentile',
        columns: ['Share of analytics', ...bothSides('Answered within')],
        rows: PERCENTS.map((percent) => [
          { text: percent === 0 ? 'fastest' : formatPercent(percent), sort: percent },
          ...[before, after].map((latency) => formatMs(percentileMs(latency, percent / 100) ?? 0)),
        ]),
      },
    };
  },
};

interface Point {
  x: number;
  y: number;
}

/** As far as there are answers to tell it by. */
function curve(latency: Histogram | undefined): Point[] {
  const count = latency?.count ?? 0;
  return TAILS.filter((tail) => tail <= Math.max(1, count)).map((x) => ({
    x,
    y: percentileMs(latency, 1 - 1 / x) ?? 0,
  }));
}

function last(curve: readonly Point[]): number {
  return curve.at(-1)!.x;
}
