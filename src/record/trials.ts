import type { Planned } from './plan.js';
import type { RateSearch } from './run.js';
import { PAIR_SIDES, type PairSide, SIDES, type Side } from './words.js';

/** Trials on disk: `<folder>/<id>-trials/trials.json`, and in the same folder one for each run. */
export const TRIALS_SCHEMA = 'splitbench.trials/3';
export const TRIALS_FILE = 'trials.json';

/** As many pairs as may be asked for. There may be nearly twice as many in all: see `planned`. */
export const MOST_PAIRS = 1000;

/** How many pairs `bench trials` makes by itself. */
export const USUAL_PAIRS = 5;

export interface TrialPair {
  /** The sides in the order in which they are run: drawn at random before the first run. */
  order: Side[];
  /** Path of each side's run.json from the trials' folder; null until that run is made. */
  runs: Record<PairSide, string | null> & { control?: string | null };
}

/** Pairs of runs that follow one plan: written before the first run, and again after each. */
export interface Trials extends Planned {
  schema: typeof TRIALS_SCHEMA;
  id: string;
  benchVersion: string;
  startedAt: string;
  /** How the plan's rate was found, once for all runs; null where none had to be found. */
  rateSearch: RateSearch | null;
  /** True where both sides are the baseline: what differs between them is the noise floor. */
  aa: boolean;
  /** Whether each pair has a control beside it: one primary with the CPU of all nodes. */
  control: boolean;
  /** Whether each pair has traffic of its own, the same on its sides. */
  seeds: boolean;
  /** What the order within each pair was drawn from. */
  orderSeed: number;
  /** How many pairs were asked for. There are more in `pairs` where some said nothing, and others were made in their place. */
  planned: number;
  pairs: TrialPair[];
}

/** The sides that each pair of trials runs. */
export function sidesOfTrials({ control }: Pick<Trials, 'control'>): readonly Side[] {
  return control ? SIDES : PAIR_SIDES;
}

/** The seed of a pair's traffic (pairs from 1); undefined where all play that of the plan. */
export function trafficSeedOf(
  { seeds, plan }: Pick<Trials, 'seeds' | 'plan'>,
  pair: number,
): number | undefined {
  return seeds ? ((plan.workload.seed ?? 0) + pair) % 2 ** 32 : undefined;
}

export interface StoredTrials {
  folder: string;
  trials: Trials;
}
