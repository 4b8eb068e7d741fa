import type { Unit } from '../../machine/pure.js';
import type { Figure } from '../figures/figure.js';
import type { Pair } from '../pair.js';

/** One line of the scorecard: a figure, how its value is made, and what there is to say beside it. */
export interface Target {
  /** In words, for a reader. */
  title: string;
  /** Of its value. */
  unit: 'percent' | 'ratio' | 'ms';
  /** Of what is measured on either side. */
  sideUnit: Unit;
  figure: Figure;
  /** By how many percent the split has less, how many times as fast it is, or the split's own figure. */
  value: 'reduction' | 'speedup' | 'level';
  /** Why the figure has no value for this pair; null if it has one. Never a 0 for what was not measured. */
  missing(pair: Pair): string | null;
  detail(pair: Pair): string;
}
