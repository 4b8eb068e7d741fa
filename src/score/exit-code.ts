import type { Scorecard, Verdict } from './scorecard.js';

/**
 * The exit code a scorecard stands for: 3 where it proves nothing (invalid; or one target inconclusive or none
 * measured, and none missed), 1 where a target is missed, else 0.
 *
 * Of baseline against baseline: 3 where it can't be believed, 1 where a difference was found between equal runs, which
 * nothing should make, else 0. That they miss targets of a replica says nothing.
 */
export function exitCodeOf({ valid, equalSides, scorecard, regressions }: Judged): 0 | 1 | 3 {
  const any = (verdict: Verdict) => scorecard.some((row) => row.verdict === verdict);
  if (!valid || any('invalid')) return 3;
  if (equalSides)
    return [...scorecard, ...regressions].some(({ difference }) => difference && difference !== 'none-found')
      ? 1
      : 0;
  if (any('missed')) return 1;
  return any('inconclusive') || !any('met') ? 3 : 0;
}

type Judged = Pick<Scorecard, 'valid' | 'equalSides' | 'scorecard' | 'regressions'>;
