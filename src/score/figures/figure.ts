import type { Category, RunRecord } from '../../record/pure.js';
import type { Wanted } from '../measure-more.js';
import { type Pair, sideOf } from '../pair.js';
import { LEVEL, sumAt } from '../statistics/estimate.js';

/** Of what varies from request to request: the mean, or what a share of them does not exceed. */
export type Statistic = 'mean' | 0.5 | 0.95;

/** A figure over a choice of time blocks, by index, repeats included; NaN where they hold nothing of it. */
export type OverBlocks = (blocks: readonly number[]) => number;

/** One figure of a run, of which less is better: over the measured window, and over any choice of its time blocks. */
export interface Figure {
  /** Whose answers it is made of; undefined: it is made of all work that was done. */
  category?: Category;
  /** Null where it was not measured. */
  of(run: RunRecord): number | null;
  /** What it would have been if nothing had waited for anything; left out where it is no time. */
  atRest?(run: RunRecord): number | null;
  /** Null where the record does not hold it by time block. */
  overBlocks(run: RunRecord): OverBlocks | null;
  /**
   * How much it differs from one equal run to the next, as the standard deviation of its logarithm, where that was not
   * measured. A single pair holds no trace of that; over several pairs it shows in the interval.
   */
  noise(run: RunRecord): number;
  /** The least factor between two sides that matters to anyone: what differs by less is not called different. */
  leastRelevant: number;
  /** Default: any amount of it tells something. */
  floor?: Floor;
  /** What it can't exceed, if anything. */
  most?: number;
}

/** Why runs hold too little of a figure to tell anything of it; null if they hold enough. */
export type Floor = (pairs: readonly Pair[]) => TooLittle | null;

export interface TooLittle {
  verdict: 'too-idle' | 'too-little';
  /** What there was too little of. */
  words: string;
  /** What would be enough; null where no command of the bench gives it. */
  enough: Wanted | null;
}

/** The figure of each run; null where one has none. */
export function valuesOf({ of }: Pick<Figure, 'of'>, runs: readonly RunRecord[]): number[] | null {
  const values = runs.map((run) => of(run)).filter((value) => value !== null);
  return values.length < runs.length ? null : values;
}

/** Of each pair the logarithm of split ÷ baseline; null where a run has no such figure, or it is 0. */
export function logRatios(figure: Pick<Figure, 'of'>, pairs: readonly Pair[]): number[] | null {
  const before = valuesOf(figure, sideOf(pairs, 'baseline'));
  const after = valuesOf(figure, sideOf(pairs, 'split'));
  if (!before || !after || [...before, ...after].some((value) => value <= 0)) return null;
  return after.map((value, index) => Math.log(value / before[index]!));
}

/** Whether a figure that differs by a factor does so by more than chance makes, and by as much as matters. */
export function isApart({ leastRelevant }: Figure, factor: number, pValue: number): boolean {
  return pValue < 1 - LEVEL && Math.abs(Math.log(factor)) > Math.log(leastRelevant);
}

/** How many whole time blocks a run's window has. */
export function blockCount({ window, load }: RunRecord): number {
  return Math.min(Math.floor(window.seconds / window.blockSeconds + 1e-9), load.window.blocks.length);
}

/** The ratio of two sums over blocks, which is what a mean over the window is made of. */
export function ratioOver(above: readonly number[], below: readonly number[]): OverBlocks {
  return (blocks) => sumAt(above, blocks) / sumAt(below, blocks);
}

/** The mean of samples over time by the block that each falls into. */
export function meanOver(run: RunRecord, tMs: readonly number[], values: readonly number[]): OverBlocks {
  const sums = new Array<number>(blockCount(run)).fill(0);
  const counts = new Array<number>(blockCount(run)).fill(0);
  tMs.forEach((t, i) => {
    const block = Math.floor(t / (run.window.blockSeconds * 1000));
    if (sums[block] === undefined) return;
    sums[block] += values[i]!;
    counts[block]! += 1;
  });
  return ratioOver(sums, counts);
}
