import type { MsSummary } from '../record/pure.js';

/** The q-quantile (0..1) by linear interpolation between order statistics (Hyndman & Fan type 7); NaN if empty. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const below = sorted[low]!;
  return below + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? below) - below) * (at - low);
}

/** Arithmetic mean; NaN if empty. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Mean, quantiles and maximum of values in ms. All 0 where there is none: look at `count` first. */
export function summarizeMs(values: readonly number[]): MsSummary {
  if (values.length === 0) return { count: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    meanMs: mean(sorted),
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1)!,
  };
}

/** Value at time `t` of a cumulative counter sampled at ascending `times`, by linear interpolation, clamped to its ends. */
export function interpolate(times: readonly number[], values: readonly number[], t: number): number {
  if (times.length === 0) return Number.NaN;
  let low = 0;
  let high = times.length - 1;
  if (t <= times[low]!) return values[low]!;
  if (t >= times[high]!) return values[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= t) low = middle;
    else high = middle;
  }
  const share = (t - times[low]!) / (times[high]! - times[low]!);
  return values[low]! + (values[high]! - values[low]!) * share;
}
