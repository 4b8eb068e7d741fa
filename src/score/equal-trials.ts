import { meanOf } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { type Figure, logRatios } from './figures/figure.js';
import type { Pair } from './pair.js';
import type { Spread } from './statistics/estimate.js';

/** Trials of baseline against baseline: what their sides differ by is what equal runs do. */
export interface EqualTrials {
  id: string;
  /** Those that say something. */
  pairs: readonly Pair[];
}

/** How much equal runs differ in a figure. */
export interface Noise extends Spread {
  /** Id of the trials that it was measured in; null: it is assumed. */
  from: string | null;
}

/** Fewer equal pairs say less than what is assumed. */
export const LEAST_EQUAL_PAIRS = 3;

/**
 * How much a figure of these runs would differ from that of equal ones: of one run its logarithm, of a pair the logarithm of
 * the ratio. Where there are trials of equal runs, what is assumed is put right by how much of it was seen there, so that it
 * holds for the load of these runs. No bias is looked for: which of two equal runs came first was drawn.
 */
export function noiseOf(figure: Figure, runs: readonly RunRecord[], trials: EqualTrials | null): Noise {
  const assumed = assumedOf(figure, runs);
  const factor = trials && shareSeen(figure, trials.pairs);
  return trials && factor !== null
    ? { standardError: assumed * factor, degrees: trials.pairs.length, from: trials.id }
    : { standardError: assumed, degrees: Number.POSITIVE_INFINITY, from: null };
}

/** How many times as noisy as assumed a figure was between equal runs; null where too few tell. */
function shareSeen(figure: Figure, pairs: readonly Pair[]): number | null {
  if (pairs.length < LEAST_EQUAL_PAIRS || (figure.floor?.(pairs) ?? null) !== null) return null;
  const logs = logRatios(figure, pairs);
  if (!logs) return null;
  const times = pairs.map(
    ({ baseline, split }, index) => logs[index]! / assumedOf(figure, [baseline, split]),
  );
  return Math.sqrt(meanOf(times.map((each) => each ** 2)));
}

function assumedOf({ noise }: Figure, runs: readonly RunRecord[]): number {
  return Math.hypot(...runs.map(noise));
}
