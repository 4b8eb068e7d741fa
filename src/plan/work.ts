import { type Plan, type PlannedNode, ROLES } from '../record/pure.js';
import type { RoutingPolicy } from '../router/index.js';
import type { RunOptions } from './options.js';
import { readPolicy } from './read-policy.js';

/** Options that become something else in a specification of work, or say nothing of it. */
type OtherOptions = 'cluster' | 'nodeCpus' | 'policy' | 'out' | 'targets';

/** What work is to be done: as a user asks for it, or as a plan has it. What is left out is the workload's to choose. */
export interface WorkSpec extends Omit<RunOptions, OtherOptions> {
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
  const { cluster: kind, nodeCpus, policy, out, targets, ...work } = options;
  // A primary and a replica with the same CPU budget.
  const nodes = ROLES.map((role) => ({ name: role, role, cpus: nodeCpus }));
  return { ...work, topology: { kind, nodes }, policy: await readPolicy(policy), plan: null };
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
