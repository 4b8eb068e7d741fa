import jStat from 'jstat';
import { LEAST_PAIRS } from './counts.js';
import { LEVEL, quantile } from './estimate.js';

/** How often so many pairs should tell. */
export const POWER = 0.8;

/** What nobody makes: so many pairs are as good as none. */
const MOST_PAIRS = 1000;

/** How much a figure differs from pair to pair. */
export interface Deviation {
  deviation: number;
  /** Of freedom, of the estimate that this is; infinitely many: it is known, or assumed. */
  degrees: number;
}

/** How many pairs it takes; null: over 1,000, which is to say that none will do. */
export interface PairsNeeded {
  pairs: number | null;
  /** Between which numbers it lies, for all that the spread between pairs is known; null where that is assumed. */
  range: { low: number | null; high: number | null } | null;
}

/**
 * How many pairs would tell, with a chance of 80 %, on which side of a bound a mean is, if it is where it seems to be; and
 * what the spread leaves open of that number, by its 95 % interval (χ²).
 * @param distance of the mean from the bound, in the unit of the deviation
 * @param made how many there are, which did not tell: so many are not enough, whatever else judged them
 */
export function pairsNeeded(distance: number, { deviation, degrees }: Deviation, made = 0): PairsNeeded {
  const more = (pairs: number | null) => pairs && Math.max(made + 1, pairs);
  const pairs = more(fewestPairs(distance, deviation));
  if (degrees === Number.POSITIVE_INFINITY) return { pairs, range: null };
  const at = (share: number) =>
    more(fewestPairs(distance, deviation * Math.sqrt(degrees / jStat.chisquare.inv(share, degrees))));
  const miss = (1 - LEVEL) / 2;
  return { pairs, range: { low: at(1 - miss), high: at(miss) } };
}

/**
 * The smallest n of three or more with √n · distance ÷ deviation ≥ t(n − 1; 0.975) + t(n − 1; 0.8), which stands for the
 * noncentral t (Sokal & Rohlf, "Biometry", 1995, section 9.8). Null: over 1,000.
 */
function fewestPairs(distance: number, deviation: number): number | null {
  const enough = (n: number) =>
    (Math.sqrt(n) * distance) / deviation >= quantile(1 - (1 - LEVEL) / 2, n - 1) + quantile(POWER, n - 1);
  if (deviation === 0) return distance > 0 ? LEAST_PAIRS : null;
  if (!enough(MOST_PAIRS)) return null;
  let [few, many] = [LEAST_PAIRS - 1, MOST_PAIRS];
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (enough(middle)) many = middle;
    else few = middle;
  }
  return many;
}
