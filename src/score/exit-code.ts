import type { Scorecard, Verdict } from './scorecard.js';

/**
 * The exit code a scorecard stands for: 3 where it proves nothing (invalid; or one target inconclusive or none
 * measured, and none missed), 1 where a target is missed, else 0.
 */
export function exitCodeOf({ valid, scorecard }: Pick<Scorecard, 'valid' | 'scorecard'>): 0 | 1 | 3 {
  const any = (verdict: Verdict) => scorecard.some((row) => row.verdict === verdict);
  if (!valid || any('invalid')) return 3;
  if (any('missed')) return 1;
  return any('inconclusive') || !any('met') ? 3 : 0;
}

/**
 * The exit code of baseline against baseline: 1 where a difference was found between equal runs, which nothing should
 * make; 3 where they can't be believed; else 0. That they miss targets of a replica says nothing.
 */
export function exitCodeOfEqualRuns({
  valid,
  scorecard,
  regressions,
}: Pick<Scorecard, 'valid' | 'scorecard' | 'regressions'>): 0 | 1 | 3 {
  if (!valid) return 3;
  const differs = [...scorecard, ...regressions].some(
    ({ difference }) => difference === 'faster' || difference === 'slower',
  );
  return differs ? 1 : 0;
}
