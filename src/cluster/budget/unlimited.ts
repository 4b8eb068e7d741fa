import { treeCpuSeconds, treeMemoryBytes } from '../../machine/index.js';
import type { CpuLimiter, LimiterMethod } from './limiter.js';

/** No limit: a node's CPU is counted from its processes, and anything may take CPU from anything. */
export const unlimited: LimiterMethod = async () => {
  const where = process.platform === 'linux' ? '' : ` on ${process.platform}`;
  const detail = `no CPU budgets${where}: nodes can take CPU from each other`;
  return countedByProcess({ budget: { method: 'none', cpus: null }, detail });
};

/** Counts a node's CPU and memory process by process; `hold` is what keeps them to the budget, if anything. */
export function countedByProcess(
  about: Pick<CpuLimiter, 'budget' | 'detail'>,
  hold: (pid: number) => void = () => {},
): CpuLimiter {
  let postmaster: number | null = null;
  let cpuSeconds = 0;
  return {
    ...about,
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
        memoryBytes: postmaster && treeMemoryBytes(postmaster),
        throttledSeconds: null,
        periods: null,
        throttledPeriods: null,
      };
    },
    async dispose() {},
  };
}
