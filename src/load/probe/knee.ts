/** What one step of rising concurrency showed. */
export interface CapacityStep {
  /** Users, each of whom sends a request as soon as the previous one is answered. */
  concurrency: number;
  /** Good answers per second. */
  ratePerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU of the primary as a share of its budget. */
  primaryLoad: number;
  /** CPU of the primary, the service's process and the generator's, in cores. */
  primaryCores: number;
  serviceCores: number;
  generatorCores: number;
  failed: number;
}

/** What held the throughput back at the knee. `none`: nothing that was looked at. */
export type Limit = 'primary' | 'service' | 'generator' | 'machine' | 'none';

export interface Knee {
  /** The lowest concurrency that reaches the plateau. */
  concurrency: number;
  /** Good answers per second on the plateau: the capacity. */
  ratePerSecond: number;
  /** Means over the plateau. */
  primaryLoad: number;
  limit: Limit;
}

/** Steps that come this near to the highest throughput are on the plateau; a step that adds less brings nothing. */
const PLATEAU = 0.05;
/** Of its budget, of the one core that a JavaScript process has, of the machine: from here it is used up. */
const USED_UP = 0.9;

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
  const mean = (pick: (step: CapacityStep) => number) =>
    plateau.reduce((sum, step) => sum + pick(step), 0) / plateau.length;
  return {
    concurrency: plateau[0]!.concurrency,
    ratePerSecond: mean((step) => step.ratePerSecond),
    primaryLoad: mean((step) => step.primaryLoad),
    limit: limitOf({
      primaryLoad: mean((step) => step.primaryLoad),
      serviceCores: mean((step) => step.serviceCores),
      generatorCores: mean((step) => step.generatorCores),
      machineLoad: mean((step) => step.primaryCores + step.serviceCores + step.generatorCores) / machineCores,
    }),
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
 * The primary first: where its budget is used up, that is what was asked for, however busy the others are. Then the
 * service and the generator, which run JavaScript on one core each.
 */
function limitOf(use: {
  primaryLoad: number;
  serviceCores: number;
  generatorCores: number;
  machineLoad: number;
}): Limit {
  if (use.primaryLoad >= USED_UP) return 'primary';
  if (use.serviceCores >= USED_UP) return 'service';
  if (use.generatorCores >= USED_UP) return 'generator';
  return use.machineLoad >= USED_UP ? 'machine' : 'none';
}
