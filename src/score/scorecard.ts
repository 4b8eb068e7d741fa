import type { PairSide, Plan, Side, Trials } from '../record/pure.js';
import type { Check, CheckState, Reading } from './checks/check.js';
import type { CheckId } from './checks/index.js';
import type { Comparison } from './comparison.js';
import type { Cost, Counted } from './costs/cost.js';
import type { CostId } from './costs/index.js';
import type { Divergence } from './divergence/divergence.js';
import type { AtEqualSpeed } from './equal-speed.js';
import type { FindingRule, Found } from './findings/finding.js';
import type { FindingId } from './findings/index.js';
import type { Headroom } from './headroom.js';
import type { Interval } from './interval.js';
import type { KeyFigure } from './key-figures.js';
import type { PairsNeeded } from './statistics/power.js';
import type { TargetId } from './targets/index.js';
import type { Kind, Target, ValueKind } from './targets/target.js';

/** What a comparison is written as, in compare.json. */
export const COMPARE_SCHEMA = 'splitbench.compare/6';

export interface Scorecard {
  schema: typeof COMPARE_SCHEMA;
  /** The runs by id, pair by pair. */
  generatedFrom: { pairs: (Record<PairSide, string> & { planHash: Record<PairSide, string> })[] };
  /** What was run: that of the first pair's split. */
  plan: Plan;
  policy: string;
  /** Whether both sides are the baseline (A/A): then nothing should differ. */
  equalSides: boolean;
  valid: boolean;
  /** What was found in a few sentences, made from the numbers; says first if it is not comparable. */
  headline: string;
  /** Whether to buy a replica; null of equal sides. */
  decision: Decision | null;
  /** How much traffic each side carries; null where CPU has no budget or was not measured. */
  headroom: Headroom | null;
  /** The headline, sentence by sentence, with the figures that each states. */
  headlineParts: HeadlinePart[];
  scorecard: ScoreRow[];
  checks: ValidityCheck[];
  /** What the replica costs, and what it may have made worse. */
  regressions: Regression[];
  keyFigures: KeyFigure[];
  /** What to do next: at most five; none of equal sides, or where the comparison can't be believed. */
  findings: Finding[];
  /** What the same CPU bought as a bigger primary, and as a replica; null where there was no such run. Scored nothing. */
  control: ControlFindings | null;
  /** Where the answers of the sides differ, where both runs were made with --check-results. */
  divergence?: Divergence;
  /** Pair by pair, where the runs are those of trials. */
  trials?: PairByPair;
  notes: string[];
  /** How the targets moved since an earlier comparison, where one was given. */
  since?: Since[];
}

export interface HeadlinePart {
  /**
   * `not-comparable`: why the comparison can't be believed; what was measured all the same follows as `worthless`.
   * `equal-sides`: that both are baselines. `short`: what the split could not keep up with. `change`: what the replica did, or the noise between equal sides. `targets`: how
   * many were met. `worse`: what got worse. `cost`: what the replica costs. `strength`: how much the intervals are worth. `utilisation`: that the baseline
   * was not as busy as planned.
   */
  kind:
    | 'not-comparable'
    | 'worthless'
    | 'equal-sides'
    | 'change'
    | 'short'
    | 'targets'
    | 'worse'
    | 'cost'
    | 'strength'
    | 'utilisation';
  sentence: string;
  /** What it states, by number. */
  figures: Reading[];
}

/**
 * One line of the scorecard: a target, and what was measured. `baseline`, `split` and `control` (if there was one) are
 * what was measured on each side, in `sideUnit`; null where it has no meaning there. The interval is of the value.
 */
export interface ScoreRow
  extends Pick<Target, 'title' | 'unit' | 'sideUnit'>,
    Pick<Comparison, 'interval' | 'difference' | 'pValue'>,
    Record<Side, number | null> {
  id: TargetId;
  /** What its value is: by how many percent the split has less, how many times as fast it is, or its own figure. */
  kind: ValueKind;
  /** In `unit`; null only where the verdict is `not-measured` or `too-little`, or `too-idle` of CPU. Reductions: positive is less. Over all pairs. */
  value: number | null;
  target: Pick<Kind, 'op'> & {
    value: number;
    /** Upper end of the expected band, drawn but not required. */
    bandTo?: number;
  };
  /**
   * Over five pairs or more, where the machine's speed was measured: what the sides differ by as it was, and what had it been as
   * fast on both. One of them is the value.
   */
  machineSpeed: SpeedApart | null;
  verdict: Verdict;
  /** Why, where it is neither met nor missed. */
  reason?: string;
  /** Of an inconclusive one that more pairs would decide: how many, in all. */
  pairsNeeded?: PairsNeeded;
  /** Of one that is inconclusive, too idle or too little to tell: what to run, where a command would decide it. */
  command?: string;
  /** Of a speed-up: how busy the baselines were, in percent of the primary's CPU budget (the median); where it is known. */
  atLoad?: number;
  /** A sentence of detail, such as p50 and p95 beside a mean. */
  detail?: string;
}

/** A row's value with and without what the machine's speed did, in its unit. */
export interface SpeedApart extends Pick<AtEqualSpeed, 'explained' | 'used'> {
  measured: ValueOfRow;
  atEqualSpeed: ValueOfRow;
}

export interface ValueOfRow {
  value: number;
  interval: Interval | null;
}

/** What is compared between the sides: the figure of a row or of a cost. */
export type ComparedId = TargetId | CostId;

/**
 * `too-little`: measured, of too few to say anything. `too-idle`: no replica could have met a target of speed at this load, or the
 * primary used too little CPU to tell a difference of it.
 */
export type Verdict =
  | 'met'
  | 'missed'
  | 'inconclusive'
  | 'too-idle'
  | 'too-little'
  | 'invalid'
  | 'not-measured';

/** A check of whether the comparison can be believed. */
export interface ValidityCheck extends Pick<Check, 'title'> {
  id: CheckId;
  /** The comparison is valid if no check fails. A `result` is what the split did, and stands in the rows. */
  state: CheckState;
  /** What was found, in words with its numbers, or why it was not judged. */
  found: string;
  /** What was looked at, in each pair and on each side that it is about; side null: of both together. */
  readings: CheckReading[];
  /** What to do about it, where it fails. */
  cure?: string;
  /** What to run then, where that can be told. */
  command?: string;
}

export interface CheckReading extends Reading {
  pair: number;
  side: Side | null;
}

/** Something that the replica costs, or may have made worse for whoever uses the application. */
export interface Regression
  extends Pick<Cost, 'title' | 'unit'>,
    Counted,
    Pick<Comparison, 'interval' | 'difference' | 'pValue'>,
    Partial<Pick<Comparison, 'machineSpeed'>> {
  id: CostId;
  /** Whether any replica costs this by being there: told as its cost, and never worse. */
  standing: boolean;
  /** Why it could not be told whether it got worse, in words. */
  untold?: string;
}

/** Something that the splits show and that can be acted on. */
export interface Finding extends Pick<FindingRule, 'title'>, Found {
  id: FindingId;
}

/** What one primary with the CPU of all nodes did, beside the pairs. */
export interface ControlFindings {
  /** Ids of its runs: one for each pair, or one beside them all. */
  runs: string[];
  /** Measured on all of them; empty where the control did other work. */
  figures: ControlFigure[];
  sentence: string;
}

export interface ControlFigure extends Pick<Reading, 'title' | 'unit'>, Record<Side, number> {
  /** Control ÷ baseline. */
  ofControl: ControlChange;
  /** Split ÷ control. */
  ofSplit: ControlChange;
}

/** A ratio, and its interval: over the pairs that have a control each; null where one control stands beside several. */
export type ControlChange = Pick<Comparison, 'ratio' | 'interval'>;

/** The pairs of trials one by one, beside the scorecard that is made over those that say something. */
export interface PairByPair extends Pick<Trials, 'planned' | 'orderSeed'> {
  /** Number of the pair that charts and tables show: the median by how much less CPU the primary used. */
  shown: number;
  /** Those that have both runs. */
  pairs: TrialValues[];
}

export interface TrialValues {
  /** From 1, in the order of the trials. */
  number: number;
  first: Side;
  /** Paths of its run.json, from the folder of the trials. */
  runs: Record<PairSide, string> & { control?: string };
  /** Why the scorecard leaves it out; null if it doesn't. */
  setAside: string | null;
  /** What the pair has in each row of the scorecard, in its unit; null where it was not measured. */
  values: Partial<Record<TargetId, number | null>>;
}

/**
 * Whether to buy a replica, by what is certain: intervals, room for traffic, and what one bigger primary did. How many targets
 * were met has no part in it. docs/decision.md has the cases in the order in which they are looked for.
 */
export interface Decision {
  kind: 'worth-it' | 'not-worth-it' | 'measure-more' | 'cannot-be-believed';
  case: DecisionCase;
  sentence: string;
  /** What to run next, where that would tell more. */
  command?: string;
}

/**
 * `invalid`: the comparison is. `fell-short`: the split did not do all of the work. `bigger-primary`: one primary with the same
 * CPU does more. `room-left`: the primary alone has room, and reports get no faster. `gain`: more traffic fits, or reports are
 * answered sooner. `no-gain`: neither is so. `too-little`: there was too little to tell by. `open`: the intervals leave it open.
 */
export type DecisionCase =
  | 'invalid'
  | 'fell-short'
  | 'bigger-primary'
  | 'room-left'
  | 'gain'
  | 'no-gain'
  | 'too-little'
  | 'open';

/** How a target of one comparison moved since another: did the split get worse? */
export interface Since extends Pick<ScoreRow, 'title'> {
  id: TargetId;
  /**
   * What the split needs of what its baseline does, now ÷ then: 1.1 is a tenth more. A slower machine slows both sides, so it is
   * no change. Null where it can't be told.
   */
  ratio: number | null;
  /** Of the ratio; null where either side has none. */
  interval: { low: number; high: number } | null;
  change: 'worse' | 'better' | 'none-found' | 'not-compared';
  /** Why it is not compared. */
  reason?: string;
}
