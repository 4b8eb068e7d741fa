import { type Estimate, meanOf, squaresOf, studentEstimate } from './estimate.js';

/**
 * Estimates the mean of independent, roughly normal values by Student's t ("The probable error of a mean", 1908).
 * @param values two or more
 */
export function studentMean(values: readonly number[]): Estimate {
  const n = values.length;
  return studentEstimate(meanOf(values), Math.sqrt(squaresOf(values) / (n - 1) / n), n - 1);
}
