import jStat from 'jstat';
import { sumOf } from '../../machine/pure.js';

/** How many slopes are kept at most: the median of so many is within some hundredths of their spread of that of all. */
const MOST_SLOPES = 5000;

/**
 * The trend of a series by Mann-Kendall (Mann, Econometrica 1945; Kendall, "Rank correlation methods", 1975, with his
 * correction for ties and for continuity) and its size by the median of all slopes (Sen, JASA 1968), or of an even
 * selection of them where the series is long. Neither minds a few wild values. Values that follow their neighbours show a
 * trend by chance more often than `p` says.
 * @param series two or more values
 * @returns how likely so much order is by chance (two-sided), and by how much the series rises from its first value to its
 *   last along the Theil-Sen line, in its own unit
 */
export function trendOf(series: readonly number[]): { p: number; rise: number } {
  const n = series.length;
  const pairs = (n * (n - 1)) / 2;
  const stride = Math.ceil(pairs / MOST_SLOPES);
  const slopes = new Float64Array(Math.ceil(pairs / stride));
  let [order, pair] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const step = series[j]! - series[i]!;
      order += Math.sign(step);
      if (pair % stride === 0) slopes[pair / stride] = step / (j - i);
      pair++;
    }
  }
  const spread = (size: number) => (size * (size - 1) * (2 * size + 5)) / 18;
  const ties = new Map<number, number>();
  for (const value of series) ties.set(value, (ties.get(value) ?? 0) + 1);
  const variance = spread(n) - sumOf(ties.values(), spread);
  const z = variance > 0 ? Math.max(0, Math.abs(order) - 1) / Math.sqrt(variance) : 0;
  return { p: Math.min(1, 2 * jStat.normal.cdf(-z, 0, 1)), rise: medianOf(slopes.sort()) * (n - 1) };
}

function medianOf(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
