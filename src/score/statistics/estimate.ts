import jStat from 'jstat';

/** The share of repetitions in which an interval holds the truth, if its assumptions hold. */
export const LEVEL = 0.95;

/** What is known of a mean: where it lies, and how likely so much would be if it were 0 (two-sided). */
export interface Estimate {
  low: number;
  high: number;
  p: number;
}

/**
 * The estimate whose error over its standard error follows Student's t.
 * @param degrees of freedom of the standard error; need not be whole
 */
export function studentEstimate(mean: number, standardError: number, degrees: number): Estimate {
  const reach = jStat.studentt.inv(1 - (1 - LEVEL) / 2, degrees) * standardError;
  return { low: mean - reach, high: mean + reach, p: tailProbability(mean, standardError, degrees) };
}

/**
 * Estimates the mean of independent, roughly normal values by Student's t ("The probable error of a mean", 1908).
 * @param values two or more
 */
export function studentMean(values: readonly number[]): Estimate {
  const n = values.length;
  return studentEstimate(meanOf(values), Math.sqrt(squaresOf(values) / (n - 1) / n), n - 1);
}

function tailProbability(mean: number, standardError: number, degrees: number): number {
  if (mean === 0) return 1;
  if (standardError === 0) return 0;
  return 2 * jStat.studentt.cdf(-Math.abs(mean / standardError), degrees);
}

export function sumOf<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((sum, each) => sum + value(each), 0);
}

/** The same of the values at the chosen indices, as a plain loop: a bootstrap asks for it millions of times. */
export function sumAt(values: ArrayLike<number>, chosen: readonly number[]): number {
  let sum = 0;
  for (const index of chosen) sum += values[index] ?? 0;
  return sum;
}

export function meanOf(values: readonly number[]): number {
  return sumOf(values, (value) => value) / values.length;
}

/** Sum of squared distances from the mean. */
export function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return sumOf(values, (value) => (value - mean) ** 2);
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
