import type { TargetGoal } from '../../plan/index.js';
import type { Figure } from '../figures/figure.js';
import type { Pair, ScoreRow } from '../scorecard.js';

/** One line of the scorecard: a figure, how its value is made, and what there is to say beside it. */
export interface Target extends Pick<ScoreRow, 'id' | 'title' | 'unit' | 'sideUnit'> {
  figure: Figure;
  /** By how many percent the split has less, how many times as fast it is, or the split's own figure. */
  value: 'reduction' | 'speedup' | 'level';
  /** Why the figure has no value for this pair; null if it has one. Never a 0 for what was not measured. */
  missing(pair: Pair): string | null;
  detail(pair: Pair): string;
}

/** A target's bound as its row shows it: a reduction is at least so many percent. */
export function goalOf(
  { value }: Target,
  { bound, band }: Pick<TargetGoal, 'bound' | 'band'>,
): ScoreRow['target'] {
  return {
    op: value === 'level' ? '<' : '>=',
    value: bound,
    ...(band === undefined ? {} : { bandTo: band }),
  };
}
