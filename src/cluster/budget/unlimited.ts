import { treeCpuSeconds, treeMemoryBytes } from '../../machine/index.js';
import type { CpuLimiter, LimiterMethod } from './limiter.js';

/** No limit: a node's CPU is counted from its processes, and anything may take CPU from anything. */
export const unlimited: LimiterMethod = {
  probe() {
    const where = process.platform === 'linux' ? '' : ` on ${process.platform}`;
    return { works: true, detail: `no CPU budgets${where}: nodes can take CPU from each other` };
  },
  limit: () => countedByProcess({ method: 'none', cpus: null }),
};

/** Counts a node's CPU and memory process by process; `hold` is what keeps them to the budget, if anything. */
export function countedByProcess(
  budget: CpuLimiter['budget'],
  hold: (pid: number) => void = () => {},
): CpuLimiter {
  let postmaster: number | null = null;
  let cpuSeconds = 0;
  return {
    budget,
    async enter(pid) {
      postmaster = pid;
      hold(pid);
    },
    enforce() {},
    usage() {
      if (postmaster !== null) {
        // A child that ends between two readings is counted with its parent a moment later: never let the sum fall.
        cpuSeconds = Math.max(cpuSeconds, treeCpuSeconds(postmaster));
      }
      return {
        cpuSeconds,
        memoryBytes: postmaster === null ? null : treeMemoryBytes(postmaster),
        throttledSeconds: null,
        periods: null,
        throttledPeriods: null,
      };
    },
    async dispose() {},
  };
}
