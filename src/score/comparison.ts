import type { RunRecord } from '../record/pure.js';
import { blockCount, type Figure } from './figures/figure.js';
import type { Pair } from './pair.js';
import { bcaMean } from './statistics/bca.js';
import { blockEstimate } from './statistics/blocks.js';
import { type Estimate, LEVEL, meanOf } from './statistics/estimate.js';
import { holm } from './statistics/holm.js';
import { geometricMean } from './statistics/side-mean.js';
import { studentMean } from './statistics/student.js';

/** From here on the bootstrap holds its level; below, Student's t on values that are near to normal does. */
const LEAST_FOR_BOOTSTRAP = 30;

export type IntervalMethod = 't' | 'bca' | 'blocks';

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
  method: IntervalMethod;
  /** How many pairs, or blocks, it is made from. */
  n: number;
}

/**
 * Whether the sides differ at all in a figure, whatever its target: `faster` where the split needs less (time, CPU,
 * reads), `slower` where it needs more.
 */
export type Difference = 'faster' | 'slower' | 'none-found';

/** A figure on both sides, over one pair or several. */
interface Sides {
  /** Of several pairs the geometric means, whose ratio is that of the mean log-ratio. */
  baseline: number;
  split: number;
  /** Split ÷ baseline. */
  ratio: number;
}

/** The same, and whether the sides differ in it. */
export interface Comparison extends Sides {
  /** Of the ratio; null where there is too little to make one. */
  interval: Interval | null;
  /** Put right for all figures that were compared; null without an interval. */
  pValue: number | null;
  difference: Difference | null;
}

/** Compares every figure, and judges the differences together (Holm). Null for a figure that a side does not have. */
export function compareFigures<Id>(
  figures: ReadonlyMap<Id, Figure>,
  pairs: readonly Pair[],
): Map<Id, Comparison | null> {
  const compared = new Map([...figures].map(([id, figure]) => [id, ratioOf(figure, pairs)]));
  const tested = [...compared.values()].filter(
    (each): each is Tested => each !== null && each.pValue !== null,
  );
  const adjusted = holm(tested.map(({ pValue }) => pValue));
  tested.forEach((comparison, index) => {
    comparison.pValue = adjusted[index]!;
  });
  for (const [id, comparison] of compared) {
    if (comparison)
      comparison.difference = differenceOf(comparison, pairs.length === 1 ? figures.get(id)!.noise : 1);
  }
  return compared;
}

type Tested = Comparison & { pValue: number };

function differenceOf({ ratio, pValue }: Comparison, noise: number): Difference | null {
  if (pValue === null) return null;
  if (pValue >= 1 - LEVEL || Math.abs(Math.log(ratio)) <= Math.log(noise)) return 'none-found';
  return ratio < 1 ? 'faster' : 'slower';
}

function ratioOf(figure: Figure, pairs: readonly Pair[]): Comparison | null {
  const sides = sidesOf(figure, pairs);
  if (!sides) return null;
  const { logs, ...means } = sides;
  const found = logs && (pairs.length === 1 ? withinPair(figure, pairs[0]!, logs[0]!) : overRuns(logs));
  const interval = found && {
    ...found.interval,
    low: Math.exp(found.interval.low),
    high: Math.exp(found.interval.high),
  };
  return { ...means, interval, pValue: found?.p ?? null, difference: null };
}

/**
 * A figure on both sides of the pairs; null where a side does not have it.
 * @returns with the logarithm of each pair's ratio; null where a side is at 0, such as no reads left on the primary
 */
export function sidesOf(figure: Figure, pairs: readonly Pair[]): (Sides & { logs: number[] | null }) | null {
  const before = pairs.map(({ baseline }) => figure.of(baseline)).filter((value) => value !== null);
  const after = pairs.map(({ split }) => figure.of(split)).filter((value) => value !== null);
  if (before.length < pairs.length || after.length < pairs.length) return null;
  if ([...before, ...after].some((value) => value <= 0)) {
    const [baseline, split] = [meanOf(before), meanOf(after)];
    return baseline <= 0 ? null : { baseline, split, ratio: split / baseline, logs: null };
  }
  const logs = after.map((value, index) => Math.log(value / before[index]!));
  const ratio = Math.exp(meanOf(logs));
  return { baseline: geometricMean(before), split: geometricMean(after), ratio, logs };
}

/** The mean of a figure over runs of one side, with its interval: over the runs, or over the time blocks of a single one. */
export function levelOf(
  figure: Figure,
  runs: readonly RunRecord[],
): { value: number; interval: Interval | null } | null {
  const values = runs.map((run) => figure.of(run)).filter((value) => value !== null);
  if (values.length < runs.length) return null;
  const value = meanOf(values);
  const found = runs.length === 1 ? withinRun(figure, runs[0]!, value) : overRuns(values);
  // What is never below 0 has no interval below it.
  return { value, interval: found && { ...found.interval, low: Math.max(0, found.interval.low) } };
}

interface Found {
  interval: Interval;
  p: number;
}

function overRuns(values: readonly number[]): Found {
  return values.length < LEAST_FOR_BOOTSTRAP
    ? found(studentMean(values), 't', values.length)
    : found(bcaMean(values), 'bca', values.length);
}

/** Both sides played the same trace: their blocks are paired as they are. */
function withinPair(figure: Figure, { baseline, split }: Pair, log: number): Found | null {
  const [before, after] = [figure.overBlocks(baseline), figure.overBlocks(split)];
  if (!before || !after) return null;
  const count = Math.min(blockCount(baseline), blockCount(split));
  const estimate = blockEstimate(count, (blocks) => Math.log(after(blocks) / before(blocks)), log);
  return estimate && found(estimate, 'blocks', count);
}

function withinRun(figure: Figure, run: RunRecord, value: number): Found | null {
  const over = figure.overBlocks(run);
  const estimate = over && blockEstimate(blockCount(run), over, value);
  return estimate && found(estimate, 'blocks', blockCount(run));
}

function found({ low, high, p }: Estimate, method: IntervalMethod, n: number): Found {
  return { interval: { low, high, level: LEVEL, method, n }, p };
}
