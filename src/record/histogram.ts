/**
 * A latency histogram as it travels in JSON: sparse, mergeable, independent of the library that recorded it.
 * Recorded with HDR precision (3 significant digits), so a value is within 0.1 % of the truth; `sumUs`, `minUs` and
 * `maxUs` are exact.
 */
export interface HistogramJson {
  /** Number of samples. */
  count: number;
  sumUs: number;
  minUs: number;
  maxUs: number;
  /** `[value in µs, how many]`, ascending by value. */
  buckets: [number, number][];
}

/** The histogram of all samples of all of `histograms`. */
export function mergeHistograms(histograms: readonly HistogramJson[]): HistogramJson {
  const filled = histograms.filter((one) => one.count > 0);
  const counts = new Map<number, number>();
  for (const { buckets } of filled) {
    for (const [value, count] of buckets) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return {
    count: filled.reduce((total, one) => total + one.count, 0),
    sumUs: filled.reduce((total, one) => total + one.sumUs, 0),
    minUs: filled.reduce((least, one) => Math.min(least, one.minUs), filled[0]?.minUs ?? 0),
    maxUs: filled.reduce((most, one) => Math.max(most, one.maxUs), 0),
    buckets: [...counts].sort((a, b) => a[0] - b[0]),
  };
}

/**
 * The smallest recorded value (µs) that at least `p` percent of the samples do not exceed (nearest rank), to within
 * 0.1 %; 0 for an empty histogram.
 * @param p from 0 to 100; 0 is the minimum and 100 the maximum, both exact
 */
export function percentile(histogram: HistogramJson, p: number): number {
  // The nudge keeps 99.9 % of 1000 at rank 999, where binary fractions would say 999.0000000000001.
  const rank = Math.max(1, Math.ceil((p / 100) * histogram.count - 1e-9 * histogram.count));
  if (p <= 0 || rank === 1) return histogram.minUs;
  if (rank >= histogram.count) return histogram.maxUs;
  let seen = 0;
  for (const [value, count] of histogram.buckets) {
    seen += count;
    if (seen >= rank) return Math.min(Math.max(value, histogram.minUs), histogram.maxUs);
  }
  return histogram.maxUs;
}

/** Exact mean in µs; 0 for an empty histogram. */
export function mean(histogram: HistogramJson): number {
  return histogram.count === 0 ? 0 : histogram.sumUs / histogram.count;
}
