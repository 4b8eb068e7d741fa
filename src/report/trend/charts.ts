import type { Drift } from '../../score/index.js';
import { type Chart, HEIGHT } from '../charts/charts.js';
import { axis, options, STYLES } from '../charts/config.js';
import { numbers } from '../html/table.js';
import { driftFound, driftInWords, valueOfKind } from '../words.js';
import type { Trend } from './trend.js';

/** A target over the comparisons, in their order: equal distances, whatever time lay between them. */
export function chartOfDrift(drift: Drift, { comparisons }: Trend): Chart {
  const { id, title, kind, unit, values } = drift;
  const points = values.flatMap((y, index) => (y === null ? [] : [{ x: index + 1, y }]));
  return {
    id: `trend-${id}`,
    height: HEIGHT,
    title: `${title}: ${driftFound(drift)}`,
    about: driftInWords(drift),
    config: {
      type: 'line',
      data: { datasets: [{ label: title, data: points, ...STYLES.split, pointRadius: 4, clip: false }] },
      options: options({
        scales: {
          x: axis('comparison, oldest first', {
            min: 1,
            max: Math.max(2, comparisons.length),
            ticks: { color: '@muted', precision: 0 },
          }),
          y: axis(kind === 'reduction' ? 'percent less' : kind === 'speedup' ? 'times as fast' : title, {
            unit,
          }),
        },
      }),
    },
    table: {
      caption: title,
      columns: ['Comparison', 'Policy', ...numbers('Value')],
      rows: comparisons.map((comparison, index) => {
        const value = values[index] ?? null;
        return [
          comparison.id,
          comparison.policy,
          value === null ? 'none' : { text: valueOfKind(drift, value), sort: value },
        ];
      }),
    },
  };
}
