import type { Pair, ScoreRow } from '../scorecard.js';

/** What a target found in a pair of runs. */
export type Measurement =
  | (Pick<ScoreRow, 'baseline' | 'split' | 'detail'> & { value: number })
  | { value: null; reason: string };

/** One line of the scorecard: a figure, how it is made, and what it should be. */
export interface Target extends Pick<ScoreRow, 'id' | 'title' | 'unit' | 'sideUnit'> {
  goal: ScoreRow['target'];
  /** Never a 0 for what was not measured: then the reason. */
  measure(pair: Pair): Measurement;
}
