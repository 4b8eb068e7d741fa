import type { Unit } from '../../machine/pure.js';
import type { PairSide, RunRecord } from '../../record/pure.js';
import type { Remedy } from '../measure-more.js';
import type { Pair } from '../pair.js';

/**
 * What a check can come to, the worst first. `result`: it fails for what the split did, which is what was to be found out:
 * the comparison can be believed, and its rows say so.
 */
export const CHECK_STATES = ['fails', 'result', 'not-judged', 'holds'] as const;
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
  /** What is to be measured then, in place of what the check says. */
  again?: Remedy;
  /** Whose doing it is then, where two runs are looked at together. */
  by?: PairSide;
  /** That it is the servers' doing then, in a check of what others did. */
  servers?: boolean;
  /**
   * The rows of which a split that fails shows less harm than it would do in the long run: all latencies, or a target.
   */
  harms?: Harmed;
}

export type Harmed = 'latency' | 'primary-read-volume' | 'primary-cpu' | 'replica-lag';

/**
 * What a check found: it holds if all of it is within its limits, and is not judged if some was not measured. Or why
 * there is nothing that could be judged, in words.
 */
export type Examined = Told[] | { because: string };

/**
 * What a check is about, and so what it means where it fails.
 *
 * - `bench`: whether what was to be measured was. Then the comparison is invalid, on whichever side.
 * - `machine`: what else ran on the machine, and what bench and load generator got of it. Invalid likewise; in trials it sets the
 *   pair aside, on whichever side, for no split brings it about.
 * - `load`: whether a run could carry its load. A baseline that can't says nothing: invalid, and in trials the pair is set
 *   aside. Of a split it is a result.
 * - `outcome`: what became of the work. A baseline that left too much of it undone is nothing to compare with: invalid. Of a
 *   split it is a result.
 */
export type Subject = 'bench' | 'machine' | 'load' | 'outcome';

interface About {
  subject: Subject;
  /** What is so if the check holds. */
  title: string;
  /** What to do where it fails. */
  cure: string;
  /** What is to be measured once that is done; of some there is no saying what. */
  again: Remedy;
  /** What stands before the words for the readings. */
  words?: { holds?: string; fails?: string; result?: string };
}

/** Why a check of a schedule is not judged where a scenario's own executors started its iterations. */
export const OWN_PACE =
  'the scenario’s own executors set the pace (closed model): a slower side gets less to do';

/** A check that any run has to pass, whatever it is compared with. */
export interface RunCheck extends About {
  of: 'run';
  /** The kind of run that it is about; default: any. */
  only?: PairSide;
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
