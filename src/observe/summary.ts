import { meanOf } from '../machine/pure.js';
import { LONGEST_GAP_MS, type MsSummary } from '../record/pure.js';
import type { TimeWindow } from './observer.js';

/** Whether a moment lies in a window, edges included. */
export function isWithin(tMs: number, { startMs, endMs }: TimeWindow): boolean {
  return tMs >= startMs && tMs <= endMs;
}

/** Moments as the series of a record have them: in whole ms since the window's start. */
export function sinceStart(times: readonly number[], { startMs }: TimeWindow): number[] {
  return times.map((tMs) => Math.round(tMs - startMs));
}

/** The q-quantile (0..1) by linear interpolation between order statistics (Hyndman & Fan type 7); NaN if empty. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const below = sorted[low]!;
  return below + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? below) - below) * (at - low);
}

/** Mean, quantiles and maximum of values in ms. All 0 where there is none: look at `count` first. */
export function summarizeMs(values: readonly number[]): MsSummary {
  if (values.length === 0) return { count: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    meanMs: meanOf(sorted),
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1)!,
  };
}

/**
 * Value at time `t` of a cumulative counter sampled at ascending `times`, by linear interpolation; before the first sample and
 * after the last, theirs. Null where that would reach over more than the longest gap, for nobody saw what happened there.
 */
export function interpolate(
  times: readonly number[],
  values: readonly number[],
  t: number,
  longestGapMs = LONGEST_GAP_MS,
): number | null {
  const after = times.findLastIndex((time) => time <= t) + 1;
  const [from, to] = [times[after - 1], times[after]];
  if (from === undefined && to === undefined) return null;
  if (from === t) return values[after - 1]!;
  if ((to ?? t) - (from ?? t) > longestGapMs) return null;
  if (from === undefined) return values[after]!;
  if (to === undefined) return values[after - 1]!;
  return values[after - 1]! + (values[after]! - values[after - 1]!) * ((t - from) / (to - from));
}

/** What a cumulative counter grew by in a window; null where it is not known at one of its edges. */
export function growthOver(
  times: readonly number[],
  values: readonly number[],
  { startMs, endMs }: TimeWindow,
  longestGapMs = LONGEST_GAP_MS,
): number | null {
  const [before, after] = [startMs, endMs].map((t) => interpolate(times, values, t, longestGapMs)) as [
    number | null,
    number | null,
  ];
  return before === null || after === null ? null : after - before;
}

/** The longest time without a sample that reaches into a window, with what of it lies outside. */
export function longestGapMs(times: readonly number[], { startMs, endMs }: TimeWindow): number {
  let longest = 0;
  let from = Math.min(startMs, times[0] ?? startMs);
  for (const to of [...times, Math.max(endMs, times.at(-1) ?? endMs)]) {
    if (from < endMs && to > startMs) longest = Math.max(longest, to - from);
    from = to;
  }
  return longest;
}
