import jStat from 'jstat';

/** Whether a series goes up or down: how likely so much order is by chance (two-sided), and by how much it rises. */
export interface Trend {
  p: number;
  /** From the first value to the last along the Theil-Sen line, in the series' own unit. */
  rise: number;
}

/**
 * The trend of a series by Mann-Kendall (Mann, Econometrica 1945; Kendall, "Rank correlation methods", 1975, with his
 * correction for ties and for continuity) and its size by the median of all slopes (Sen, JASA 1968). Neither minds a
 * few wild values. Values that follow their neighbours show a trend by chance more often than `p` says.
 * @param series two or more values
 */
export function trendOf(series: readonly number[]): Trend {
  const n = series.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let [order, next] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const step = series[j]! - series[i]!;
      order += Math.sign(step);
      slopes[next++] = step / (j - i);
    }
  }
  const spread = (size: number) => (size * (size - 1) * (2 * size + 5)) / 18;
  const variance = spread(n) - tiesOf(series).reduce((sum, size) => sum + spread(size), 0);
  const z = variance > 0 ? Math.max(0, Math.abs(order) - 1) / Math.sqrt(variance) : 0;
  return { p: Math.min(1, 2 * jStat.normal.cdf(-z, 0, 1)), rise: median(slopes) * (n - 1) };
}

/** How many values there are of each. */
function tiesOf(series: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const value of series) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()];
}

function median(values: Float64Array): number {
  const sorted = values.sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
