import { meanOf } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { type AtEqualSpeed, atEqualSpeed } from './equal-speed.js';
import type { EqualTrials } from './equal-trials.js';
import { blockCount, type Figure, isApart, valuesOf } from './figures/figure.js';
import { type Bounds, type Found, type Interval, intervalOf, inverse } from './interval.js';
import { type Pair, sideOf } from './pair.js';
import { levelWithin, withinPair } from './single-pair.js';
import { bcaMean } from './statistics/bca.js';
import { LEAST_BLOCKS } from './statistics/blocks.js';
import { LEAST_PAIRS } from './statistics/counts.js';
import { geometricMean, studentMean } from './statistics/estimate.js';
import { correctTogether } from './statistics/holm.js';
import { logNormalMean } from './statistics/log-normal.js';

/** From here on the bootstrap holds its level; below, Student's t on values that are near to normal does. */
const LEAST_FOR_BOOTSTRAP = 30;

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
  /** Split ÷ baseline: of the means above, or what it would be at equal speed, where that is used. */
  ratio: number;
  /** Of the ratio; null where there is too little to make one. */
  interval: Interval | null;
  /** How likely a difference as large would be between equal sides, corrected for all figures tested (Holm). */
  pValue: number | null;
  /** Null where it was not tested: one side has no such figure, or there is too little to test. */
  difference: Difference | null;
  /** Why nothing can be told of it, in words; null if something can. */
  untold: string | null;
  /** Over pairs, with and without what the machine's speed did; null where that isn't known. */
  machineSpeed: SpeedApart | null;
}

/** A ratio as it was measured, and as it would be had the machine been as fast on both sides; and which of them is told. */
export interface SpeedApart extends Pick<AtEqualSpeed, 'explained' | 'used'> {
  measured: Pick<Comparison, 'ratio' | 'interval'>;
  atEqualSpeed: Pick<Comparison, 'ratio' | 'interval'>;
}

/** The mean of a figure on one side. */
export interface Level extends Pick<Comparison, 'interval' | 'untold'> {
  value: number;
}

/**
 * Compares every figure, and judges the differences together (Holm).
 * @param equal trials of equal runs on the same machine, which say what a single pair doesn't
 * @returns null for a figure that a side does not have
 */
export function compareFigures<Id>(
  figures: ReadonlyMap<Id, Figure>,
  pairs: readonly Pair[],
  equal: EqualTrials | null = null,
): Map<Id, Comparison | null> {
  const compared = new Map([...figures].map(([id, figure]) => [id, ratioOf(figure, pairs, equal)]));
  correctTogether([...compared.values()]);
  for (const [id, each] of compared) if (each) each.difference = differenceOf(each, figures.get(id)!);
  return compared;
}

/** What is more than chance makes, and matters: figures that are counted exactly differ from chance by next to nothing. */
function differenceOf({ ratio, pValue }: Comparison, figure: Figure): Difference | null {
  if (pValue === null) return null;
  if (!isApart(figure, ratio, pValue)) return 'none-found';
  return ratio < 1 ? 'faster' : 'slower';
}

function ratioOf(figure: Figure, pairs: readonly Pair[], equal: EqualTrials | null): Comparison | null {
  const sides = sidesOf(figure, pairs);
  if (!sides) return null;
  const { ratios, ...means } = sides;
  const nothing = { ...means, interval: null, pValue: null, difference: null, machineSpeed: null };
  const untold = figure.floor?.(pairs)?.words ?? null;
  // What is exactly 0 in every run needs no interval.
  if (untold !== null || means.split === 0) return { ...nothing, untold: untold ?? fewPairs(pairs.length) };
  const found = pairs.length === 1 ? withinPair(figure, pairs[0]!, ratios[0]!, equal) : overPairs(ratios);
  const wanting = wantingIn(found, sideOf(pairs, 'baseline'));
  const adjusted = atEqualSpeed(figure, pairs, ratios, equal);
  const measured = { ratio: means.ratio, interval: found && intervalOf(found) };
  const machineSpeed = adjusted && apart(measured, adjusted, pairs.length);
  return {
    ...nothing,
    ...(machineSpeed?.used ? machineSpeed.atEqualSpeed : measured),
    pValue: wanting === null ? (machineSpeed?.used ? adjusted : found)!.p : null,
    untold: wanting,
    machineSpeed,
  };
}

function apart(measured: SpeedApart['measured'], adjusted: AtEqualSpeed, n: number): SpeedApart {
  const { mean, explained, used } = adjusted;
  const interval = intervalOf(inverse({ ...adjusted, method: 'ancova', n }, Math.exp));
  return { measured, atEqualSpeed: { ratio: Math.exp(mean), interval }, explained, used };
}

/**
 * A figure on both sides of the pairs, with the ratio of each pair; null where a side does not have it, or there is
 * nothing in the baseline that a split could have less of.
 */
export function sidesOf(
  figure: Pick<Figure, 'of'>,
  pairs: readonly Pair[],
): (Pick<Comparison, 'baseline' | 'split' | 'ratio'> & { ratios: number[] }) | null {
  const before = valuesOf(figure, sideOf(pairs, 'baseline'));
  const after = valuesOf(figure, sideOf(pairs, 'split'));
  if (!before || !after || before.some((value) => value <= 0)) return null;
  const ratios = after.map((value, index) => value / before[index]!);
  // Where a split is at 0, such as no reads left on the primary, there is no logarithm.
  const mean = ratios.every((ratio) => ratio > 0) ? geometricMean : meanOf;
  return { baseline: mean(before), split: mean(after), ratio: mean(ratios), ratios };
}

/** The mean of a figure over runs of one side, with its interval: over the runs, or over the time blocks of a single one. */
export function levelOf(
  figure: Figure,
  runs: readonly RunRecord[],
  equal: EqualTrials | null = null,
): Level | null {
  const values = valuesOf(figure, runs);
  if (!values) return null;
  const value = meanOf(values);
  if (value === 0) return { value, interval: null, untold: fewPairs(runs.length) };
  const found = runs.length === 1 ? levelWithin(figure, runs[0]!, value, equal) : levelOverRuns(values);
  // A share has none above all.
  const most = figure.most ?? Number.POSITIVE_INFINITY;
  const interval = found && intervalOf({ ...found, high: Math.min(found.high, most) });
  return { value, interval, untold: wantingIn(found, runs) };
}

/** Of levels, such as times, which are skewed where differences of logarithms are not. */
function levelOverRuns(values: readonly number[]): Bounds {
  const n = values.length;
  return n < LEAST_FOR_BOOTSTRAP && values.every((value) => value > 0)
    ? { ...logNormalMean(values), method: 'log-normal', n }
    : overRuns(values);
}

/** Why an interval over these runs, or none, decides nothing; null if it decides. */
function wantingIn(found: Bounds | null, runs: readonly RunRecord[]): string | null {
  if (found || runs.length > 1) return fewPairs(runs.length);
  const blocks = blockCount(runs[0]!);
  return blocks < LEAST_BLOCKS
    ? `no interval: the window has ${blocks} time blocks, at least ${LEAST_BLOCKS} are needed`
    : 'no interval: its time blocks hold too little of it';
}

/** A single pair has its time blocks to be judged by, and two have nothing. */
function fewPairs(count: number): string | null {
  return count > 1 && count < LEAST_PAIRS ? `${count} pairs: at least ${LEAST_PAIRS} are needed` : null;
}

function overRuns(values: readonly number[]): Found {
  const n = values.length;
  return n < LEAST_FOR_BOOTSTRAP
    ? { ...studentMean(values), method: 't', n }
    : { ...bcaMean(values), method: 'bca', n };
}

/** Of ratios, by their logarithms; as they are where one is 0. */
function overPairs(ratios: readonly number[]): Found {
  if (ratios.every((ratio) => ratio > 0)) return inverse(overRuns(ratios.map(Math.log)), Math.exp);
  return inverse(overRuns(ratios.map((ratio) => ratio - 1)), (change) => 1 + change);
}
