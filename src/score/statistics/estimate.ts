import jStat from 'jstat';
import { meanOf, sumOf } from '../../machine/pure.js';

/** The share of repetitions in which an interval holds the truth, if its assumptions hold. */
export const LEVEL = 0.95;

/** What is known of a mean: where it lies, and how likely so much would be if it were 0 (two-sided). */
export interface Estimate {
  low: number;
  high: number;
  p: number;
}

/** What a mean may be off by: its error over the standard error follows Student's t. */
export interface Spread {
  standardError: number;
  /** Of freedom, of the standard error; need not be whole. Infinitely many: it is known, and the error is normal. */
  degrees: number;
}

/**
 * The estimate of a mean that may be off for several reasons that have nothing to do with each other: its interval reaches
 * as far as the root of the sum of the squares of how far each reaches by itself.
 */
export function estimateOf(mean: number, ...spreads: Spread[]): Estimate {
  const reach = reachAt(1 - LEVEL, spreads);
  return { low: mean - reach, high: mean + reach, p: tailProbability(mean, spreads) };
}

/**
 * Estimates the mean of independent, roughly normal values by Student's t ("The probable error of a mean", 1908).
 * @param values two or more
 */
export function studentMean(values: readonly number[]): Estimate {
  const n = values.length;
  return estimateOf(meanOf(values), { standardError: deviationOf(values) / Math.sqrt(n), degrees: n - 1 });
}

/** How far an interval reaches that misses the truth this often. */
function reachAt(misses: number, spreads: readonly Spread[]): number {
  return Math.hypot(
    ...spreads.map(({ standardError, degrees }) => standardError * quantile(1 - misses / 2, degrees)),
  );
}

/** The quantile of Student's t, or of the normal distribution. */
export function quantile(share: number, degrees: number): number {
  return degrees === Number.POSITIVE_INFINITY
    ? jStat.normal.inv(share, 0, 1)
    : jStat.studentt.inv(share, degrees);
}

/** How often an interval misses the truth that would just end at 0. */
function tailProbability(mean: number, spreads: readonly Spread[]): number {
  if (mean === 0) return 1;
  const erring = spreads.filter(({ standardError }) => standardError > 0);
  const [only, second] = erring;
  if (!only) return 0;
  if (!second && only.degrees < Number.POSITIVE_INFINITY)
    return 2 * jStat.studentt.cdf(-Math.abs(mean / only.standardError), only.degrees);
  let [low, high] = [LEAST_P, 0];
  for (let step = 0; step < P_STEPS; step++) {
    const middle = (low + high) / 2;
    if (reachAt(10 ** middle, erring) > Math.abs(mean)) low = middle;
    else high = middle;
  }
  return 10 ** high;
}

/** Of the search for a probability, as its decimal logarithm: where it begins, and how often it is halved. */
const LEAST_P = -15;
const P_STEPS = 30;

/** The sum of the values at the chosen indices, as a plain loop: a bootstrap asks for it millions of times. */
export function sumAt(values: ArrayLike<number>, chosen: readonly number[]): number {
  let sum = 0;
  for (const index of chosen) sum += values[index] ?? 0;
  return sum;
}

/** Sum of squared distances from the mean. */
export function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return sumOf(values, (value) => (value - mean) ** 2);
}

/** Standard deviation of what these are a sample of. */
export function deviationOf(values: readonly number[]): number {
  return Math.sqrt(squaresOf(values) / (values.length - 1));
}

/**
 * What one side measured, over its runs: the geometric mean, so that the ratio of two sides is that of their mean log-ratio;
 * the plain one where a value is 0. Null where a run has none.
 */
export function sideMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return null;
  return known.length > 1 && known.every((value) => value > 0) ? geometricMean(known) : meanOf(known);
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(meanOf(values.map(Math.log)));
}
