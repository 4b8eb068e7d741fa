import jStat from 'jstat';
import { meanOf, sumOf } from '../../machine/pure.js';
import { type Estimate, LEVEL, squaresOf, studentMean } from './estimate.js';

/**
 * What few values may leave open of their spread, as the standard deviation of their logarithms: at 1.75 one value in three
 * is over 6 times the median or under a sixth of it. Three values alone can't exclude spreads at which no mean could be
 * told; larger ones than this have to show in the values.
 */
const WIDEST = 1.75;

/** Of the integral over the logarithm of the variance's error: its ends are where the weight is below a 10-millionth. */
const STEP = 0.1;
const END = 4;
const LEAST_WEIGHT = 1e-7;

/** How near the ends are to where they should be, as a share of them. */
const PRECISION = 1e-5;

/**
 * Where the mean of log-normal values lies, which times such as a lag roughly are: the generalised confidence interval
 * (Krishnamoorthy & Mathew, "Inferences on the means of lognormal distributions using generalized p-values and
 * generalized confidence intervals", Journal of Statistical Planning and Inference 115, 2003), worked out by an integral instead of by
 * drawing. Student's t on such values ends too low, as few of them seldom hold one of the rare long ones, and then show
 * little spread too: at a spread of 1 it puts a mean that is on a bound below it in 16 to 19 % of the cases where 2.5 %
 * are due; Cox's interval (Zhou & Gao, Statistics in Medicine 1997; Olsson, Journal of Statistics Education 2005) still in 6 %.
 * @param values two or more, all above 0
 */
export function logNormalMean(values: readonly number[]): Pick<Estimate, 'low' | 'high'> {
  const logs = values.map(Math.log);
  const [n, mean, squares] = [logs.length, meanOf(logs), squaresOf(logs)];
  const plain = meanOf(values);
  if (squares < 1e-18 * n) return { low: plain, high: plain };
  const degrees = n - 1;
  const widest = Math.max(WIDEST ** 2, squares / degrees);
  // Variances that the values leave open, with how likely each is: squares ÷ variance is χ².
  const weights = new Map<number, number>();
  let total = 0;
  for (let x = (2 * Math.log(LEAST_WEIGHT)) / degrees - 1; x < END; x += STEP) {
    const weight = Math.exp((degrees / 2) * (x - Math.exp(x) + 1));
    if (weight < LEAST_WEIGHT) continue;
    const variance = Math.min(widest, squares / degrees / Math.exp(x));
    weights.set(variance, (weights.get(variance) ?? 0) + weight);
    total += weight;
  }
  const open = Array.from(weights, ([variance, weight]) => {
    return { center: mean + variance / 2, spread: Math.sqrt(variance / n), weight };
  });
  const below = (end: number) =>
    sumOf(open, ({ center, spread, weight }) => weight * jStat.normal.cdf(end, center, spread));
  const at = (share: number) => {
    let low = Math.min(...open.map(({ center, spread }) => center - 6 * spread));
    let high = Math.max(...open.map(({ center, spread }) => center + 6 * spread));
    while (high - low > PRECISION) {
      const middle = (low + high) / 2;
      if (below(middle) < share * total) low = middle;
      else high = middle;
    }
    return Math.exp(high);
  };
  // From below, two or three values end too high; their median, which Student's t gives exactly, is never above the mean.
  const median = Math.exp(studentMean(logs).low);
  // Of values of quite another shape their own mean might lie outside.
  return {
    low: Math.min(at((1 - LEVEL) / 2), median, plain),
    high: Math.max(at(1 - (1 - LEVEL) / 2), plain),
  };
}
