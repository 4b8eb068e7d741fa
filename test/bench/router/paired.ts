/** The value below which a share `p` of the sorted values lies. */
export function quantile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]!;
}

export interface Estimate {
  median: number;
  /** The median lies between these with 95 % confidence. */
  low: number;
  high: number;
}

/** Median of differences that were taken round by round, so that what slows a round slows both sides of it. */
export function medianOf(differences: readonly number[]): Estimate {
  const sorted = differences.toSorted((a, b) => a - b);
  // Order statistics: how many of n values lie below the median is binomial, with a deviation of √n / 2.
  const reach = 0.98 * Math.sqrt(sorted.length);
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))]!;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(middle - reach),
    high: at(middle + reach),
  };
}
