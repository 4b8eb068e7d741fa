import type { RunRecord } from '../../record/pure.js';

/**
 * What figures of equal runs are assumed to differ by: the standard deviation of the logarithm of each. On a shared machine
 * one and the same rate loaded the primary to 83, 92, 99, 91 and 96 % of its budget, and to 75 to 95 % within a minute,
 * which is 6 to 10 % in what a request costs. A single pair should not be believed too easily, so it is the 10.
 */
const COST = 0.1;

/** What follows what requests cost, and nothing else. */
export function noiseOfCost(): number {
  return COST;
}

/**
 * What waits: the mean time in a queue at a load ρ is proportional to the cost ÷ (1 − ρ), so that a per cent of cost makes
 * 1 ÷ (1 − ρ) per cent of time. That grows no more once baselines whose load went too far astray are not compared: a simulated
 * queue like the default workload's had 4.5 times the noise of the cost at a load of 0.75, and 3 to 4 at 0.8 to 0.95.
 */
export function noiseOfWaiting(run: RunRecord): number {
  return COST / (1 - Math.min(loadOf(run), MOST_LOAD));
}

/**
 * What waits behind much longer requests: it takes its own short time, or theirs. Medians and tails of reads and writes
 * were up to four times as noisy as reports, from a load of 0.7 on.
 */
export function noiseBehindOthers(run: RunRecord): number {
  return SHORT * noiseOfWaiting(run);
}

const MOST_LOAD = 0.75;
const SHORT = 2;

/** What falls over the ends of the window: the same trace asks the same. */
export function noiseOfCounting(): number {
  return 0.002;
}

/** A lag is made of a few long waits for the disk and for CPU: of three runs one is over 2.7 times the median, or under a 2.7th of it. */
export function noiseOfLag(): number {
  return 1;
}

/** Of the busiest server, 0..1; the most that counts where it was not measured. */
function loadOf({ nodes }: RunRecord): number {
  return Math.max(...nodes.map(({ utilisation }) => utilisation ?? MOST_LOAD));
}
