import { PAIR_SIDES, type PairSide, type RunRecord } from '../record/pure.js';

/** The two records of a comparison. The split may be a second baseline: then nothing should differ (A/A). */
export interface Pair {
  baseline: RunRecord;
  split: RunRecord;
  /** One primary with the CPU of all nodes, where the pair has one. */
  control?: RunRecord;
  /** Its number in the trials, where not all of their pairs are compared. */
  number?: number;
}

/** What to call one of several pairs. */
export function numberOf(pair: Pick<Pair, 'number'>, index: number): number {
  return pair.number ?? index + 1;
}

/** The runs of one side, pair by pair. */
export function sideOf(pairs: readonly Pair[], side: PairSide): RunRecord[] {
  return pairs.map((pair) => pair[side]);
}

/** The runs of a pair, each with the side that it is compared as. */
export function runsOf(pair: Pair): { side: PairSide; run: RunRecord }[] {
  return PAIR_SIDES.map((side) => ({ side, run: pair[side] }));
}

/** Whether both sides are the baseline (A/A): then nothing should differ. */
export function sidesAreEqual(pairs: readonly Pair[]): boolean {
  return pairs.every(({ split }) => split.side === 'baseline');
}
