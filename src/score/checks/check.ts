import type { Unit } from '../../machine/pure.js';
import type { PairSide, RunRecord } from '../../record/pure.js';
import type { Pair } from '../pair.js';

/** What a check can come to, the worst first. */
export const CHECK_STATES = ['fails', 'not-judged', 'holds'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** A figure that a check read, and what it had to be. */
export interface Reading {
  /** What was read, in words. */
  title: string;
  /** In `unit`; null where it was not measured. */
  value: number | null;
  unit: Unit;
  /** Null where nothing is asked of it. */
  limit: Limit | null;
}

export interface Limit {
  op: '<' | '<=' | '>=';
  value: number;
}

export const below = (value: number): Limit => ({ op: '<', value });
export const atMost = (value: number): Limit => ({ op: '<=', value });
export const atLeast = (value: number): Limit => ({ op: '>=', value });

/** A reading and how it is told. */
export interface Told extends Reading {
  /** Default: its value. */
  words?: string;
  /** What is said instead where it is beyond its limit, which has to stand in it. Without words, nothing is said else. */
  fault?: string;
  /** What is to be done then, in place of the check's own cure. */
  cure?: string;
}

/**
 * What a check found: it holds if all of it is within its limits, and is not judged if some was not measured. Or why
 * there is nothing that could be judged, in words.
 */
export type Examined = Told[] | { because: string };

interface About {
  /** What is so if the check holds. */
  title: string;
  /** What to do where it fails. */
  cure: string;
  /** What stands before the words for the readings. */
  words?: { holds?: string; fails?: string };
}

/** A check that any run has to pass, whatever it is compared with. */
export interface RunCheck extends About {
  of: 'run';
  /** The sides that it is about; default: all. */
  sides?: readonly PairSide[];
  /**
   * Whether a run that fails sets its pair aside in trials: any run, or a baseline only, where in a split the same may be
   * the split's own doing.
   */
  spoils?: 'any-run' | 'baseline';
  examine(run: RunRecord): Examined;
}

/** A check of what the two runs of a pair are to each other, and to the first of several pairs. */
export interface PairCheck extends About {
  of: 'pair';
  examine(pair: Pair, first: Pair): Examined;
}

export type Check = RunCheck | PairCheck;

/** What was computed from shares may miss its own limit by rounding. */
const ROUNDING = 1e-9;

/** Whether a reading is beyond its limit. */
export function breaks({ value, limit }: Reading): boolean {
  if (value === null || limit === null) return false;
  if (limit.op === '<') return !(value < limit.value);
  return !((limit.op === '<=' ? value - limit.value : limit.value - value) <= ROUNDING);
}
