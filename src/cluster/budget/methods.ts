import type { CpuMethod } from '../../record/pure.js';
import type { Budget, BudgetOptions, Probe } from './budget.js';
import { cgroupV1, probeCgroupV1 } from './cgroup-v1.js';
import { cgroupV2, probeCgroupV2 } from './cgroup-v2.js';
import { pinning, probePinning, unlimited } from './pinning.js';

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
