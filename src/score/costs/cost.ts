import type { Unit } from '../../machine/pure.js';
import type { PairSide } from '../../record/pure.js';
import type { Comparison } from '../comparison.js';
import type { Divergence } from '../divergence/divergence.js';
import type { Figure } from '../figures/figure.js';
import type { Pair } from '../pair.js';

interface About {
  title: string;
  unit: Unit;
  /** True of what any replica costs by being there: told as its cost. Everything else is felt by whoever uses the application. */
  standing?: true;
}

/** A figure of which both sides should have as little as before: compared, and judged together with all others. */
export interface ComparedCost extends About {
  figure: Figure;
  /** @param pairs how many were compared */
  tell(comparison: Comparison, pairs: number): Omit<Counted, PairSide>;
}

/** What is counted, or stands alone: nothing is compared. */
export interface CountedCost extends About {
  /** Null where the runs have no such thing. */
  count(pairs: readonly Pair[], divergence: Divergence | null): Counted | null;
}

/** Something that a replica may make worse: told whether it did or not. */
export type Cost = ComparedCost | CountedCost;

/** What was found of it on both sides. */
export interface Counted extends Record<PairSide, number | null> {
  /** True where the split is worse by more than chance explains; never of a standing cost. */
  worse: boolean;
  sentence: string;
  /** Of a standing cost, behind "it costs": the figure in a few words. */
  brief?: string;
}
