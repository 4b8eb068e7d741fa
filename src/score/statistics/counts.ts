import jStat from 'jstat';
import { sumOf } from '../../machine/pure.js';
import { LEVEL, studentMean } from './estimate.js';

/** How likely so many more may be by chance at most (one-sided) to be called more. */
const CHANCE = (1 - LEVEL) / 2;

/** Two pairs agree by chance too often: nothing is judged by them. */
export const LEAST_PAIRS = 3;

/**
 * Whether one count of independent events exceeds another by more than chance. Of two Poisson counts with the same rate the
 * second is binomial, given their sum (Przyborowski & Wilenski, "Homogeneity of results in testing samples from Poisson
 * series", Biometrika 1940): the probability is exact.
 * @param share of all chances for an event that the second count had, 0..1
 */
export function moreThanByChance(before: number, after: number, share = 0.5): boolean {
  return after > 0 && binomialTail(after, before + after, share) < CHANCE;
}

/**
 * Whether the second of paired counts exceeds the first by more than chance; null where that can't be told of two pairs.
 *
 * Events such as errors come in bursts, so that counts vary far more from run to run than independent events would. Over
 * three pairs or more Student's t on the differences of square roots has to find it, whose variance doesn't grow with the
 * count, and independent events would not explain the sums either: pairs may agree by accident. In a single pair
 * only the latter can be asked.
 */
export function moreInPairs(before: readonly number[], after: readonly number[]): boolean | null {
  const [from, to] = [sumOf(before), sumOf(after)];
  if (!moreThanByChance(from, to)) return false;
  if (before.length === 1) return true;
  if (before.length < LEAST_PAIRS) return null;
  return studentMean(after.map((count, pair) => Math.sqrt(count) - Math.sqrt(before[pair]!))).low > 0;
}

/** The probability of `least` or more successes in `trials`, each of which succeeds with probability `share`. */
export function binomialTail(least: number, trials: number, share: number): number {
  // Summed from the side on which terms become smaller, so that few of them make up the sum.
  if (least <= trials * share) return least <= 0 ? 1 : 1 - upwards(trials - least + 1, trials, 1 - share);
  return upwards(least, trials, share);
}

function upwards(least: number, trials: number, share: number): number {
  const ways = jStat.gammaln(trials + 1) - jStat.gammaln(least + 1) - jStat.gammaln(trials - least + 1);
  let term = Math.exp(ways + least * Math.log(share) + (trials - least) * Math.log1p(-share));
  let sum = term;
  for (let k = least; k < trials && term > sum * 1e-12; k++) {
    term *= ((trials - k) / (k + 1)) * (share / (1 - share));
    sum += term;
  }
  return Math.min(1, sum);
}
