import { meanOf } from '../../machine/pure.js';

/** What one step of rising concurrency showed. */
export interface CapacityStep {
  /** Users, each of whom sends a request as soon as the previous one is answered. */
  concurrency: number;
  /** Good answers per second. */
  ratePerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU of the primary as a share of its budget. */
  primaryUtilisation: number;
  /** CPU of the primary, the service's process and the generator's, in cores. */
  primaryCores: number;
  serviceCores: number;
  generatorCores: number;
  failed: number;
}

/** What held the throughput back. `none`: nothing that was looked at. */
export type Limit = 'primary' | 'service' | 'generator' | 'machine' | 'none';

export interface Knee {
  /** The lowest concurrency that reaches the plateau. */
  concurrency: number;
  /** Good answers per second on the plateau: the capacity. */
  ratePerSecond: number;
  /** What limited it, and CPU of the primary as a share of its budget: both with the most users. */
  limit: Limit;
  primaryUtilisation: number;
}

/** Steps that come this near to the highest throughput are on the plateau; a step that adds less brings nothing. */
const PLATEAU = 0.05;
/**
 * Of its budget, of the one core that a JavaScript process has, of the machine: from here it is used up. A budget is
 * dealt out in slices, of which some per cent go unused: a primary that could do no more was seen at 90 %.
 */
const USED_UP = 0.85;

/**
 * The knee of a closed loop: throughput first rises with the number of users, then stays at what the busiest resource can
 * do, and only latency rises (asymptotic bounds: Denning & Buzen, "The Operational Analysis of Queueing Network Models",
 * 1978). The plateau is every step within 5 % of the highest throughput, the knee its first one, and the capacity its
 * mean, for any one step of a few seconds is off by some per cent.
 * @param steps at least one, by rising concurrency
 * @param machineCores of the machine that primary, service and generator share
 */
export function findKnee(steps: readonly CapacityStep[], machineCores: number): Knee {
  const plateau = plateauOf(steps);
  const mostUsers = steps.at(-1)!;
  return {
    concurrency: plateau[0]!.concurrency,
    ratePerSecond: meanOf(plateau.map(({ ratePerSecond }) => ratePerSecond)),
    limit: limitOf(mostUsers, machineCores),
    primaryUtilisation: mostUsers.primaryUtilisation,
  };
}

/** Whether two more steps after the knee have shown that more users bring no more. */
export function isKneePassed(steps: readonly CapacityStep[]): boolean {
  return steps.length - steps.indexOf(plateauOf(steps)[0]!) > 2;
}

function plateauOf(steps: readonly CapacityStep[]): CapacityStep[] {
  const highest = Math.max(...steps.map((step) => step.ratePerSecond));
  return steps.filter((step) => step.ratePerSecond >= (1 - PLATEAU) * highest);
}

/**
 * What is used up, judged by the step with the most load, where what gives in first is used up for certain. The primary
 * comes before the others: where its budget is used up, that is what was asked for, however busy they are. Service and generator
 * run JavaScript, on one core each.
 */
export function limitOf(
  step: Pick<CapacityStep, 'primaryUtilisation' | 'primaryCores' | 'serviceCores' | 'generatorCores'>,
  machineCores: number,
): Limit {
  const { primaryUtilisation, primaryCores, serviceCores, generatorCores } = step;
  if (primaryUtilisation >= USED_UP) return 'primary';
  if (serviceCores >= USED_UP) return 'service';
  if (generatorCores >= USED_UP) return 'generator';
  return primaryCores + serviceCores + generatorCores >= USED_UP * machineCores ? 'machine' : 'none';
}
