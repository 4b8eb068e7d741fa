import { type HistogramJson, mean, percentile } from '../../record/pure.js';

/** Mean latency in ms, from the exact sum; null without samples. */
export function meanMs(histogram: HistogramJson | undefined): number | null {
  return histogram && histogram.count > 0 ? mean(histogram) / 1000 : null;
}

/** The latency in ms that a share `p` (0..1) of the samples does not exceed (nearest rank); null without samples. */
export function percentileMs(histogram: HistogramJson | undefined, p: number): number | null {
  return histogram && histogram.count > 0 ? percentile(histogram, p * 100) / 1000 : null;
}
