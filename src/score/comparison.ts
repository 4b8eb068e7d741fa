import type { RunRecord } from '../record/pure.js';
import { blockCount, type Figure, type OverBlocks, valuesOf } from './figures/figure.js';
import { type Pair, sideOf } from './pair.js';
import { bcaMean } from './statistics/bca.js';
import { blockEstimate } from './statistics/blocks.js';
import { type Estimate, geometricMean, LEVEL, meanOf, studentMean } from './statistics/estimate.js';
import { holm } from './statistics/holm.js';

/** From here on the bootstrap holds its level; below, Student's t on values that are near to normal does. */
const LEAST_FOR_BOOTSTRAP = 30;

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
export type Difference = 'faster' | 'slower' | 'none-found';

/** A figure on both sides, over one pair or several, and whether they differ in it. */
export interface Comparison {
  /** Of several pairs the geometric means, whose ratio is that of the mean log-ratio. */
  baseline: number;
  split: number;
  /** Split ÷ baseline. */
  ratio: number;
  /** Of the ratio; null where there is too little to make one. */
  interval: Interval | null;
  /** How likely a difference as large would be between equal sides, put right for all figures tested (Holm). */
  pValue: number | null;
  /** Null where it was not tested: one side has no such figure, or there is too little to test. */
  difference: Difference | null;
}

/** Compares every figure, and judges the differences together (Holm). Null for a figure that a side does not have. */
export function compareFigures<Id>(
  figures: ReadonlyMap<Id, Figure>,
  pairs: readonly Pair[],
): Map<Id, Comparison | null> {
  const compared = new Map([...figures].map(([id, figure]) => [id, ratioOf(figure, pairs)]));
  const tested = [...compared.values()].filter((each) => each !== null && each.pValue !== null);
  holm(tested.map((each) => each!.pValue!)).forEach((p, index) => {
    tested[index]!.pValue = p;
  });
  for (const [id, each] of compared)
    if (each) each.difference = differenceOf(each, pairs.length === 1 ? figures.get(id)!.noise : 1);
  return compared;
}

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
  const interval = found && intervalOf(found, Math.exp);
  return { ...means, interval, pValue: found?.p ?? null, difference: null };
}

/**
 * A figure on both sides of the pairs; null where a side does not have it.
 * @returns with the logarithm of each pair's ratio; null where a side is at 0, such as no reads left on the primary
 */
export function sidesOf(
  figure: Figure,
  pairs: readonly Pair[],
): (Pick<Comparison, 'baseline' | 'split' | 'ratio'> & { logs: number[] | null }) | null {
  const before = valuesOf(figure, sideOf(pairs, 'baseline'));
  const after = valuesOf(figure, sideOf(pairs, 'split'));
  if (!before || !after) return null;
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
  const values = valuesOf(figure, runs);
  if (!values) return null;
  const value = meanOf(values);
  const found =
    runs.length === 1
      ? withinBlocks(blockCount(runs[0]!), figure.overBlocks(runs[0]!), value)
      : overRuns(values);
  // What is never below 0 has no interval below it.
  return { value, interval: found && intervalOf(found, (end) => Math.max(0, end)) };
}

type Found = Estimate & Pick<Interval, 'method' | 'n'>;

function overRuns(values: readonly number[]): Found {
  const n = values.length;
  return n < LEAST_FOR_BOOTSTRAP
    ? { ...studentMean(values), method: 't', n }
    : { ...bcaMean(values), method: 'bca', n };
}

/** Both sides played the same trace: their blocks are paired as they are. */
function withinPair(figure: Figure, { baseline, split }: Pair, log: number): Found | null {
  const [before, after] = [figure.overBlocks(baseline), figure.overBlocks(split)];
  if (!before || !after) return null;
  const count = Math.min(blockCount(baseline), blockCount(split));
  return withinBlocks(count, (blocks) => Math.log(after(blocks) / before(blocks)), log);
}

function withinBlocks(n: number, over: OverBlocks | null, value: number): Found | null {
  const estimate = over && blockEstimate(n, over, value);
  return estimate && { ...estimate, method: 'blocks', n };
}

function intervalOf({ low, high, method, n }: Found, at: (end: number) => number): Interval {
  return { low: at(low), high: at(high), level: LEVEL, method, n };
}
