import { type Plan, type PlannedNode, ROLES } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { RunOptions } from './options.js';
import { readPolicy } from './read-policy.js';

/** What work is to be done: as a user asks for it, or as a plan has it. What is left out is the workload's to choose. */
export interface WorkSpec {
  /** The name of a workload, or the file of a captured trace. */
  workload: string;
  /** Of data and traffic. */
  seed?: number;
  /** Of the data set. */
  scale?: number;
  /** What a captured trace's data is restored from, and the database in it. */
  snapshot?: string;
  database?: string;
  /** Requests per second; `auto`: the rate at which the primary alone is at `utilisation`. */
  rate: number | 'auto';
  /** Share of the primary's CPU budget, 0..1. */
  utilisation: number;
  /** How many times faster than captured. */
  speed?: number;
  warmupS?: number;
  durationS?: number;
  /** A driver's name, or `auto`. */
  driver: string;
  /** Whether the answers of reads are noted, for a comparison read by read. */
  checkResults: boolean;
  /** What is asked of the servers, and how many connections to each the router's pools have. */
  topology: { kind?: string; nodes: PlannedNode[]; settings?: Record<string, string>; poolSize?: number };
  policy: RoutingPolicy;
  /** The plan that all of this is from, and that what is made has to agree with; null where one is still to be made. */
  plan: Plan | null;
}

/**
 * The work that options ask for.
 * @throws BenchError POLICY_INVALID
 */
export async function workFromOptions(options: RunOptions): Promise<WorkSpec> {
  const {
    duration: durationS,
    warmup: warmupS,
    cluster: kind,
    nodeCpus,
    policy,
    out,
    targets,
    ...work
  } = options;
  return {
    ...work,
    durationS,
    warmupS,
    topology: { kind, nodes: nodesWith(nodeCpus) },
    policy: await readPolicy(policy),
    plan: null,
  };
}

/**
 * The work that a plan has written down.
 * @param beside what may differ from one run of a plan to the next: the split's policy, in place of the plan's, and
 *   whether results are checked
 * @throws BenchError POLICY_INVALID
 */
export async function workFromPlan(
  plan: Plan,
  beside: Partial<Pick<RunOptions, 'policy' | 'checkResults'>> = {},
): Promise<WorkSpec> {
  const { workload, load, topology } = plan;
  return {
    workload: workload.traceFile ?? workload.name,
    seed: workload.seed ?? undefined,
    scale: workload.scale ?? undefined,
    snapshot: workload.snapshot?.path,
    database: workload.snapshot?.database,
    rate: load.ratePerSecond ?? 'auto',
    utilisation: load.targetUtilisation ?? 1,
    speed: load.speed,
    warmupS: load.warmupS,
    durationS: load.durationS,
    driver: load.driver,
    checkResults: beside.checkResults ?? false,
    topology,
    policy: beside.policy === undefined ? plan.policy : await readPolicy(beside.policy),
    plan,
  };
}

/** A primary and a replica with the same CPU budget. */
function nodesWith(cpus: number): PlannedNode[] {
  return ROLES.map((role) => ({ name: role, role, cpus }));
}
