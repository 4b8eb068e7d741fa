import jStat from 'jstat';
import { meanOf, random, sumOf } from '../../machine/pure.js';
import { type Estimate, LEVEL, squaresOf } from './estimate.js';

const RESAMPLES = 9999;

/**
 * Estimates the mean of independent values of any shape by the bias-corrected and accelerated bootstrap (Efron, "Better
 * bootstrap confidence intervals", JASA 1987). The same values always give the same estimate, in whatever order. From some 30 values on it
 * holds its level; with few it is too narrow, where Student's t on normal values is right.
 */
export function bcaMean(unordered: readonly number[]): Estimate {
  const values = inOrder(unordered);
  const mean = meanOf(values);
  if (squaresOf(values) === 0) return { low: mean, high: mean, p: mean === 0 ? 1 : 0 };
  const means = resampledMeans(values);
  const bias = jStat.normal.inv(shareBelow(means, mean), 0, 1);
  const acceleration = accelerationOf(values);
  const at = (share: number) => {
    const z = bias + jStat.normal.inv(share, 0, 1);
    const corrected = jStat.normal.cdf(bias + z / (1 - acceleration * z), 0, 1);
    return means[Math.min(RESAMPLES - 1, Math.floor(corrected * RESAMPLES))]!;
  };
  // The level at which the interval would just end at 0.
  const zero = jStat.normal.inv(shareBelow(means, 0), 0, 1) - bias;
  const tail = jStat.normal.cdf(zero / (1 + acceleration * zero) - bias, 0, 1);
  return { low: at((1 - LEVEL) / 2), high: at(1 - (1 - LEVEL) / 2), p: 2 * Math.min(tail, 1 - tail) };
}

/** Resamples are drawn by position. From the end that is nearer to the mean, neither order nor sign decides which. */
function inOrder(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[0]! + sorted.at(-1)! < 2 * meanOf(sorted) ? sorted.reverse() : sorted;
}

function resampledMeans(values: readonly number[]): Float64Array {
  const { below } = random(values.length, 0, 0);
  const resample = () => values.map(() => values[below(values.length)]!);
  return Float64Array.from({ length: RESAMPLES }, () => meanOf(resample())).sort();
}

/** Ties count half; never 0 or 1, which have no normal quantile. */
function shareBelow(sorted: Float64Array, bound: number): number {
  let below = 0;
  for (const value of sorted) below += value < bound ? 1 : value === bound ? 0.5 : 0;
  return Math.min(Math.max(below, 0.5), RESAMPLES - 0.5) / RESAMPLES;
}

/** A sixth of the skewness of the jackknife's means, as Efron's formula (6.6) gives it for a mean. */
function accelerationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const cubes = sumOf(values, (value) => (value - mean) ** 3);
  return cubes / (6 * squaresOf(values) ** 1.5);
}
