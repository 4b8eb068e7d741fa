import type { Unit } from '../machine/pure.js';
import type { Metric } from '../plan/index.js';
import type { RunRecord } from '../record/pure.js';
import type { Divergence } from './divergence.js';
import type { KeyFigure } from './key-figures.js';
import type { PairByPair } from './trials.js';

export const COMPARE_SCHEMA = 'splitbench.compare/2';

/** What a row measures: one of the metrics that a target can be set for. */
export type TargetId = Metric;

export type Verdict = 'met' | 'missed' | 'inconclusive' | 'invalid' | 'not-measured';

/** Where a value lies, with how much confidence. */
export interface Interval {
  low: number;
  high: number;
  /** Share of repetitions in which such an interval holds the truth, 0..1. */
  level: number;
  /**
   * `t`: Student's t over pairs of runs. `bca`: bootstrap over pairs of runs, from 30 on. `blocks`: bootstrap over time
   * blocks within a single pair, which is weaker: it knows nothing of what differs between two runs.
   */
  method: 't' | 'bca' | 'blocks';
  /** How many pairs, or blocks, it is made from. */
  n: number;
}

/**
 * Whether the sides differ at all in a figure, whatever its target: `faster` where the split needs less (time, CPU,
 * reads), `slower` where it needs more.
 */
export type Difference = 'faster' | 'slower' | 'none found';

export interface ScoreRow {
  id: TargetId;
  /** In words, for a reader. */
  title: string;
  /** In `unit`; null only where the verdict is `not-measured`. Reductions: positive is less. Over all pairs. */
  value: number | null;
  unit: 'percent' | 'ratio' | 'ms';
  /** Of the value, in `unit`; null where there is too little to make one. */
  interval: Interval | null;
  target: {
    op: '>=' | '<';
    value: number /** Upper end of the expected band, drawn but not required. */;
    bandTo?: number;
  };
  verdict: Verdict;
  /** Why, where it is neither met nor missed. */
  reason?: string;
  /** Null where it was not tested: one side has no such figure, or there is too little to test. */
  difference: Difference | null;
  /** How likely a difference as large would be between equal sides, put right for all figures tested (Holm). */
  pValue: number | null;
  /** What was measured on either side, in its own unit; null where it has no meaning there. */
  baseline: number | null;
  split: number | null;
  /** The same of the control, where there was one: a primary alone with the CPU of both nodes. */
  control: number | null;
  sideUnit: Unit;
  /** A sentence of detail, such as p50 and p95 beside a mean. */
  detail?: string;
}

/** A check of whether the comparison can be believed. */
export interface ValidityCheck {
  id: string;
  title: string;
  ok: boolean;
  /** What was found, with its number. */
  found: string;
  /** What to do about it, where not ok. */
  cure?: string;
}

/** Something that the replica made worse, or did not make better. */
export interface Regression {
  id: string;
  title: string;
  baseline: number | null;
  split: number | null;
  unit: Unit;
  /** Of split ÷ baseline; null where there is none. */
  interval: Interval | null;
  /** As in a row of the scorecard. */
  difference: Difference | null;
  pValue: number | null;
  /** True where the split is worse by more than chance explains. */
  worse: boolean;
  sentence: string;
}

export interface Scorecard {
  schema: typeof COMPARE_SCHEMA;
  /** The runs by id, pair by pair. */
  generatedFrom: {
    pairs: { baseline: string; split: string; planHash: { baseline: string; split: string } }[];
  };
  policy: string;
  valid: boolean;
  /** The verdict in one or two sentences, made from the numbers; says first if it is not comparable. */
  headline: string;
  scorecard: ScoreRow[];
  checks: ValidityCheck[];
  regressions: Regression[];
  keyFigures: KeyFigure[];
  /** What the same CPU bought as a bigger primary, and as a replica; null where there was no such run. Scored nothing. */
  control: { run: string; sentence: string } | null;
  /** Where the answers of the sides differ, where both runs were made with --check-results. */
  divergence?: Divergence;
  /** Pair by pair, where the runs are those of trials. */
  trials?: PairByPair;
  notes: string[];
}

/** The two records of a comparison. The split may be a second baseline: then nothing should differ (A/A). */
export interface Pair {
  baseline: RunRecord;
  split: RunRecord;
  /** Its number in the trials, where not all of its pairs are compared. */
  number?: number;
}

/** What to call one of several pairs. */
export function numberOf(pair: Pair, index: number): number {
  return pair.number ?? index + 1;
}
