import jStat from 'jstat';
import { sumOf } from './estimate.js';

/**
 * The trend of a series by Mann-Kendall (Mann, Econometrica 1945; Kendall, "Rank correlation methods", 1975, with his
 * correction for ties and for continuity) and its size by the median of all slopes (Sen, JASA 1968). Neither minds a
 * few wild values. Values that follow their neighbours show a trend by chance more often than `p` says.
 * @param series two or more values
 * @returns how likely so much order is by chance (two-sided), and by how much the series rises from its first value to its
 *   last along the Theil-Sen line, in its own unit
 */
export function trendOf(series: readonly number[]): { p: number; rise: number } {
  const n = series.length;
  const slopes: number[] = [];
  let order = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const step = series[j]! - series[i]!;
      order += Math.sign(step);
      slopes.push(step / (j - i));
    }
  }
  const spread = (size: number) => (size * (size - 1) * (2 * size + 5)) / 18;
  const ties = [...new Set(series)].map((value) => series.filter((each) => each === value).length);
  const variance = spread(n) - sumOf(ties, spread);
  const z = variance > 0 ? Math.max(0, Math.abs(order) - 1) / Math.sqrt(variance) : 0;
  return { p: Math.min(1, 2 * jStat.normal.cdf(-z, 0, 1)), rise: jStat.median(slopes) * (n - 1) };
}
