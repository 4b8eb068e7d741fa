import type { EqualTrials } from './equal-trials.js';
import { type Figure, logRatios } from './figures/figure.js';
import { slowdown } from './machine-speed.js';
import type { Pair } from './pair.js';
import { type Adjusted, meanAtZero } from './statistics/ancova.js';
import { type Estimate, studentMean } from './statistics/estimate.js';

/** Fewer pairs leave a line too little to be known by. */
const LEAST_PAIRS = 5;

/** The speed explains a figure if it takes at least a fifth off what equal runs differ by, which is 36 % of the variance. */
const MOST_LEFT = 0.8;

/** Below it, that the machine was slower on one side of all pairs is not taken for chance. */
const SIGNIFICANT = 0.05;

/** What the sides would differ by in a figure had the machine been as fast on both, over pairs; in logarithms of ratios. */
export interface AtEqualSpeed extends Estimate {
  mean: number;
  /** Share of the variance between pairs that the machine's speed explains, 0..1. */
  explained: number;
  /** Whether it stands in place of what was measured: see {@link explains}. */
  used: boolean;
}

/**
 * Takes off what the machine's speed did to the log-ratios of pairs: their mean where the same work took both sides the same
 * (analysis of covariance).
 *
 * Whether it is used must not depend on what it comes to, or the better of two would be chosen each time. So it is decided by
 * other runs: trials of equal ones on the same machine.
 *
 * Where the machine is found to have been slower on one side of all pairs, the split may have made it so. Then the interval
 * spans both, that of what was measured too.
 * @param ratios of each pair, split ÷ baseline
 * @returns null for fewer than {@link LEAST_PAIRS} pairs, where a ratio is 0, or where the speed wasn't measured, or never
 *   changed
 */
export function atEqualSpeed(
  figure: Figure,
  pairs: readonly Pair[],
  ratios: readonly number[],
  equal: EqualTrials | null,
): AtEqualSpeed | null {
  if (ratios.some((ratio) => ratio <= 0)) return null;
  const logs = ratios.map(Math.log);
  const found = lineOf(pairs, logs);
  if (!found) return null;
  const { line, speeds } = found;
  const { mean, low, high, p } = line;
  const measured = studentMean(logs);
  const spans = studentMean(speeds).p < SIGNIFICANT;
  return {
    mean,
    ...(spans
      ? {
          low: Math.min(low, measured.low),
          high: Math.max(high, measured.high),
          p: Math.max(p, measured.p),
        }
      : { low, high, p }),
    explained: line.spread > 0 ? Math.max(0, 1 - (line.residual / line.spread) ** 2) : 0,
    used: equal !== null && explains(figure, equal),
  };
}

/**
 * Whether the machine's speed explains a figure, by pairs of equal runs: the figure grows with what the same work takes, and
 * little enough is left.
 */
export function explains(figure: Figure, { pairs }: EqualTrials): boolean {
  const logs = logRatios(figure, pairs);
  const line = logs && lineOf(pairs, logs)?.line;
  return line != null && line.slopeLow > 0 && line.residual <= MOST_LEFT * line.spread;
}

/** The line of log-ratios over those of the machine's speed. */
function lineOf(
  pairs: readonly Pair[],
  logs: readonly number[],
): { line: Adjusted; speeds: number[] } | null {
  if (pairs.length < LEAST_PAIRS) return null;
  const slowdowns = pairs.map(slowdown).filter((ratio) => ratio !== null);
  if (slowdowns.length < pairs.length) return null;
  const speeds = slowdowns.map(Math.log);
  const line = meanAtZero(logs, speeds);
  return line && { line, speeds };
}
