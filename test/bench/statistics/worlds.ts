import { random } from '../../../src/machine/random.js';
import { CATEGORIES, PAIR_SIDES, type PairSide } from '../../../src/record/pure.js';
import { drawOrder } from '../../../src/run/trials.js';
import type { Pair } from '../../../src/score/pair.js';
import { TARGETS } from '../../../src/score/targets/index.js';
import { following, normals } from '../../score/statistics/simulated.js';
import { baseOf, type Factors, HALF_LOADED, sameForAll, surrogateRun } from './surrogate-runs.js';

/** What a run of the campaign adds to the logarithms of its costs and times, by its place in the order of all runs. */
export interface World {
  name: string;
  /** Standard deviation of the logarithm of a run's CPU. */
  cpu: number;
  /** The same of its latencies; partly shared between categories and with CPU. */
  latency?: number;
  lag?: number;
  pool?: number;
  /** Of all runs: more CPU and latency at the end of the campaign than at its beginning. */
  drift?: boolean;
  /** Lag-one correlation from run to run. */
  following?: number;
  /** One run in ten costs half as much again, and takes four times as long. */
  outliers?: boolean;
  /** The second run of a pair costs and takes more. */
  second?: boolean;
  /** Exponential instead of normal. */
  skewed?: boolean;
  /** Shown for single pairs, and not judged: their runs differ more than is assumed where nothing was measured. */
  wild?: boolean;
  /** Hardly any load; the reads of two runs differ by a call or none. */
  idle?: boolean;
}

const LATENCY = 0.3;

/** The worlds of campaigns: a machine as it may be. */
export const WORLDS: World[] = [
  { name: 'CPU of a run ± 5 %', cpu: 0.05 },
  { name: '± 10 %', cpu: 0.1 },
  { name: '± 15 %', cpu: 0.15, wild: true },
  { name: 'drift: +30 % CPU, 2x latency over the campaign', cpu: 0.05, drift: true, wild: true },
  { name: 'runs follow each other (autocorrelation 0.6)', cpu: 0.1, following: 0.6 },
  { name: 'one run in ten is 1.5x CPU, 4x latency', cpu: 0.05, outliers: true, wild: true },
  {
    name: 'drift, autocorrelation and such runs',
    cpu: 0.1,
    drift: true,
    following: 0.6,
    outliers: true,
    wild: true,
  },
  { name: 'second run of a pair +5 % CPU, +15 % latency', cpu: 0.05, second: true },
  { name: 'skewed (exponential)', cpu: 0.1, skewed: true },
  { name: 'idle; reads differ by a call or none', cpu: 0.05, latency: 0.15, idle: true },
];

/** What the split's figures are multiplied by, beside what varies: 1 makes it what the model's split is. */
type Effect = Omit<Factors, 'blocks'>;

/** A single pair is taken for as noisy as its load makes it: three quarters of the budget, where the worlds are like that. */
const rateOf = (pairs: number) => (pairs === 1 ? 1.5 : 1) * HALF_LOADED;

/**
 * The pairs of one campaign of trials.
 * @param truth what the split truly is; null: it is a second baseline
 */
export function campaign(world: World, pairs: number, truth: Truth | null, seed: number): Pair[] {
  const rate = rateOf(pairs);
  const effect = truth && effectOf(truth, rate);
  const normal = normals(seed);
  const { next } = random(seed, 9, 0);
  const runs = 2 * pairs;
  const one = () => (world.skewed ? -Math.log(1 - next()) - 1 : normal());
  const speeds = world.following
    ? following(runs, world.following, normal).map((value) => value * Math.sqrt(1 - world.following! ** 2))
    : Array.from({ length: runs }, one);
  return drawOrder(seed, pairs, PAIR_SIDES).map((order, index) => {
    const run = (side: PairSide) => {
      const place = order.indexOf(side);
      const at = 2 * index + place;
      // Of a single pair what a campaign of ten changes from one run to the next.
      const late = at / (pairs === 1 ? 19 : runs - 1);
      const outlier = world.outliers === true && next() < 0.1;
      const shared = one();
      const logCpu =
        world.cpu * speeds[at]! +
        (world.drift ? Math.log(1.3) * late : 0) +
        (outlier ? Math.log(1.5) : 0) +
        (world.second && place === 1 ? Math.log(1.05) : 0);
      const logOfAll =
        (world.drift ? Math.log(2) * late : 0) +
        (outlier ? Math.log(4) : 0) +
        (world.second && place === 1 ? Math.log(1.15) : 0);
      const sd = world.latency ?? LATENCY;
      const factors: Factors = {
        cpu: Math.exp(logCpu),
        latency: sameForAll(1),
        reads: Math.exp(0.002 * normal()),
        lag: logNormal(world.lag ?? LATENCY, normal),
        pool: logNormal(world.pool ?? 0.15, normal),
        blocks: Array.from({ length: 12 }, () => Math.exp(0.05 * normal())),
      };
      for (const category of CATEGORIES) {
        const log = sd * (Math.sqrt(0.3) * speeds[at]! + Math.sqrt(0.3) * shared + Math.sqrt(0.4) * one());
        factors.latency[category] = Math.exp(log + logOfAll);
      }
      if (world.idle)
        Object.assign(factors, { cpu: factors.cpu * 0.6, reads: 1 + Math.floor(2 * next()) / 20_000 });
      if (side === 'split' && effect) return surrogateRun('split', rate, times(factors, effect));
      return surrogateRun('baseline', rate, factors);
    };
    return { baseline: run('baseline'), split: run('split') };
  });
}

/** With a mean of 1: a level is a mean, not a ratio. */
function logNormal(sd: number, normal: () => number): number {
  return Math.exp(sd * normal() - sd ** 2 / 2);
}

function times(factors: Factors, effect: Effect): Factors {
  const latency = { ...factors.latency };
  for (const category of CATEGORIES) latency[category] *= effect.latency[category];
  return {
    cpu: factors.cpu * effect.cpu,
    latency,
    reads: factors.reads * effect.reads,
    lag: factors.lag * effect.lag,
    pool: factors.pool * effect.pool,
    blocks: factors.blocks,
  };
}

/** What a split truly is: on all default targets where nothing else is said. */
export interface Truth {
  /** Percent less. */
  cpu?: number;
  reads?: number;
  speedup?: number;
  lagMs?: number;
  /** Percent. */
  pool?: number;
}

function effectOf(
  { cpu = 40, reads = 40, speedup = 2, lagMs = 100, pool = 70 }: Truth,
  rate: number,
): Effect {
  const [before, after] = [baseOf('baseline', rate), baseOf('split', rate)];
  const ratio = (id: keyof typeof TARGETS) => TARGETS[id].figure.of(after)! / TARGETS[id].figure.of(before)!;
  return {
    cpu: (1 - cpu / 100) / ratio('primary-cpu'),
    reads: (1 - reads / 100) / ratio('primary-read-volume'),
    latency: { ...sameForAll(1), analytics: 1 / speedup / ratio('analytics-speedup') },
    lag: lagMs / TARGETS['replica-lag'].figure.of(after)!,
    pool: pool / TARGETS['pool-utilisation'].figure.of(after)!,
  };
}
