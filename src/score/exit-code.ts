import type { Scorecard, ScoreRow } from './scorecard.js';

/**
 * The exit code a scorecard stands for: 3 where it proves nothing (invalid; or one target inconclusive or none
 * measured, and none missed), 1 where a target is missed, else 0.
 */
export function exitCodeOf({ valid, scorecard }: Pick<Scorecard, 'valid' | 'scorecard'>): 0 | 1 | 3 {
  const any = (verdict: ScoreRow['verdict']) => scorecard.some((row) => row.verdict === verdict);
  if (!valid || any('invalid')) return 3;
  if (any('missed')) return 1;
  return any('inconclusive') || !any('met') ? 3 : 0;
}
