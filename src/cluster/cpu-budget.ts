import type { CpuMethod } from '../plan/plan.js';
import { cgroupV1, probeCgroupV1 } from './cgroup-v1.js';
import { cgroupV2, probeCgroupV2 } from './cgroup-v2.js';
import type { CpuBudget, NodeUsage } from './cluster.js';
import { pinning, probePinning, unlimited } from './pinning.js';

/** Limits the CPU of one node's processes and counts what they use. */
export interface Budget {
  readonly budget: CpuBudget;
  /**
   * Puts a process and all its descendants under the budget, and makes sure of it. Called right after the postmaster
   * was started, so that what it starts inherits the place, and again once it is ready, to be certain.
   */
  enter(pid: number): Promise<void>;
  usage(): NodeUsage;
  /** Removes what was created; its processes must be gone. */
  dispose(): Promise<void>;
}

export interface BudgetOptions {
  /** Of the node; contains `splitbench`. */
  name: string;
  /** Cores, such as 0.5; null: count, but don't limit. */
  cpus: number | null;
  method: CpuMethod;
  /** 0 for the primary, 1 for the replica...: which cores to pin it to. */
  slot: number;
  /** Told the path of each control group just before it is made. */
  onGroup?: (path: string) => void;
}

/**
 * A node's budget is dealt out in slices of this length. The kernel's usual 100 ms would let a busy node stand still
 * for tens of milliseconds at a time, which shows in latencies and lag.
 */
export const PERIOD_US = 20_000;

/** Whether a method works here: null if so, else why not. */
export type Probe = () => { works: true; detail: string } | { works: false; why: string };

const PROBES: [CpuMethod, Probe][] = [
  ['cgroup-v2', probeCgroupV2],
  ['cgroup-v1', probeCgroupV1],
  ['pinning', probePinning],
];

/** Finds the best way to limit a node's CPU on this machine, by trying; says in words which, and why no better one. */
export async function detectCpuMethod(): Promise<{ method: CpuMethod; detail: string }> {
  if (process.platform !== 'linux') {
    return {
      method: 'none',
      detail: `no CPU budgets on ${process.platform}: nodes can take CPU from each other`,
    };
  }
  const lacks: string[] = [];
  for (const [method, probe] of PROBES) {
    const result = probe();
    if (result.works) return { method, detail: [result.detail, ...lacks].join('; ') };
    lacks.push(`${method}: ${result.why}`);
  }
  return {
    method: 'none',
    detail: ['no CPU budgets: nodes can take CPU from each other', ...lacks].join('; '),
  };
}

const MAKERS: Record<CpuMethod, (options: BudgetOptions) => Budget> = {
  'cgroup-v2': cgroupV2,
  'cgroup-v1': cgroupV1,
  pinning,
  none: unlimited,
};

/** @throws BenchError if the kernel refuses the budget; nothing is left then */
export function createBudget(options: BudgetOptions): Budget {
  return MAKERS[options.method](options);
}
