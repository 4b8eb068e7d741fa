import { meanOf, sumOf } from '../../machine/pure.js';
import { type Estimate, estimateOf, squaresOf } from './estimate.js';

/** What values would be at a covariate of 0, and how they go along with it. */
export interface Adjusted extends Estimate {
  /** The mean at a covariate of 0. */
  mean: number;
  /** By how much a value grows with the covariate, and the ends of its own interval. */
  slope: number;
  slopeLow: number;
  slopeHigh: number;
  /** What the covariate leaves of the values' standard deviation, and that without it. */
  residual: number;
  spread: number;
}

/** Degrees of freedom that the two parameters of a line leave: fewer say nothing of the line. */
const PARAMETERS = 2;

/**
 * Estimates the mean of values at a covariate of 0: the intercept of the line of least squares, whose standard error is
 * s √(1/n + x̄²/Sxx) at n − 2 degrees of freedom, so that it holds the slope's own error (analysis of covariance: Fisher,
 * "Statistical Methods for Research Workers", 1932; Cochran, "Analysis of covariance: its nature and uses", Biometrics
 * 1957). It holds its level whatever the slope is, 0 included; then it is only wider than without.
 * @param covariate one a value; its chance errors make the slope flatter, and the estimate no worse than it says, as long as
 *   its own mean is truly 0
 * @returns null for fewer than three values, or where the covariate is the same for all
 */
export function meanAtZero(values: readonly number[], covariate: readonly number[]): Adjusted | null {
  const n = values.length;
  const degrees = n - PARAMETERS;
  const across = squaresOf(covariate);
  if (degrees < 1 || !(across > 0)) return null;
  const [y, x] = [meanOf(values), meanOf(covariate)];
  const along = sumOf(values.keys(), (i) => (values[i]! - y) * (covariate[i]! - x));
  const slope = along / across;
  const left = sumOf(values.keys(), (i) => (values[i]! - y - slope * (covariate[i]! - x)) ** 2);
  const residual = Math.sqrt(left / degrees);
  const mean = y - slope * x;
  const ofSlope = estimateOf(slope, { standardError: residual / Math.sqrt(across), degrees });
  return {
    mean,
    ...estimateOf(mean, { standardError: residual * Math.sqrt(1 / n + x ** 2 / across), degrees }),
    ...{ slope, slopeLow: ofSlope.low, slopeHigh: ofSlope.high },
    ...{ residual, spread: Math.sqrt(squaresOf(values) / (n - 1)) },
  };
}
