import { formatInUnit, type Unit } from '../../machine/pure.js';
import type { PairSide, RunRecord } from '../../record/pure.js';
import type { Pair } from '../pair.js';

/** What a check can come to, the worst first. */
export const CHECK_STATES = ['fails', 'not-judged', 'holds'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** A figure that a check looked at, and what it had to be. */
export interface Reading {
  /** What was read, in words. */
  title: string;
  /** In `unit`; null where it was not measured. */
  value: number | null;
  unit: Unit;
  /** Null where nothing is asked of it. */
  limit: { op: '<' | '<=' | '>='; value: number } | null;
}

/** What a check found on one run, or between the two of a pair. */
export interface Finding {
  /** The check holds if all are within their limits; it is not judged where there is none, or one was not measured. */
  readings: Reading[];
  /** The same in words, to be followed by the side; '' where the check's own words say it all. */
  found: string;
}

interface About {
  /** What is so if the check holds. */
  title: string;
  /** What to do where it fails. */
  cure: string;
  /** What stands before the findings. */
  words?: { holds?: string; fails?: string };
}

/** A check that any run has to pass, whatever it is compared with. */
export interface RunCheck extends About {
  of: 'run';
  /** The sides that it is about; default: all. */
  sides?: readonly PairSide[];
  /**
   * Whether a run that fails sets its pair aside in trials: any run, or a baseline only, where in a split the same may be
   * the split's own doing. To leave out what the split did wrong would flatter.
   */
  spoils?: 'any-run' | 'baseline';
  look(run: RunRecord): Finding;
}

/** A check of what the two runs of a pair are to each other, and to the first of several pairs. */
export interface PairCheck extends About {
  of: 'pair';
  look(pair: Pair, first: Pair): Finding;
}

export type Check = RunCheck | PairCheck;

/** The finding of a check that looks at a single figure; `lead` stands before the number. */
export function oneReading(reading: Reading, lead = ''): Finding {
  const { value, unit } = reading;
  return { readings: [reading], found: value === null ? 'not measured' : lead + formatInUnit(value, unit) };
}

/** The finding where there is nothing that could be judged. */
export function notJudged(reason: string): Finding {
  return { readings: [], found: `not judged: ${reason}` };
}

/** What was computed from shares may miss its own limit by rounding. */
const ROUNDING = 1e-9;

/** Whether a reading is beyond its limit. */
export function breaks({ value, limit }: Reading): boolean {
  if (value === null || limit === null) return false;
  if (limit.op === '<') return !(value < limit.value);
  const over = limit.op === '<=' ? value - limit.value : limit.value - value;
  return !(over <= ROUNDING);
}

export function stateOf(readings: readonly Reading[]): CheckState {
  if (readings.some(breaks)) return 'fails';
  return readings.length === 0 || readings.some(({ value }) => value === null) ? 'not-judged' : 'holds';
}
