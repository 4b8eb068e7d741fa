import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processStart, processTree, treeCpuSeconds, treeMemoryBytes } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { NodeUsage } from '../cluster.js';
import type { Budget, BudgetOptions, Probe } from './budget.js';

/** No limit: the node's CPU is counted from its processes, and anything may take CPU from anything. */
export function unlimited(): Budget {
  return countedByProcess(null, 'none', () => {});
}

/**
 * Keeps a node on whole cores: its budget rounded up, with no account of throttling. The primary's cores are the same
 * in both topologies, and whatever else runs on the machine may use them too.
 */
export function pinning({ cpus, slot }: BudgetOptions): Budget {
  if (cpus === null) return countedByProcess(null, 'pinning', () => {});
  const cores = coresFor(cpus, slot, allowedCores());
  return countedByProcess(cores.length, 'pinning', (pid) => {
    for (const each of processTree(pid)) pin(each, cores);
  });
}

function pin(pid: number, cores: number[]): void {
  try {
    taskset(['-a', '-c', '-p', cores.join(','), String(pid)]);
  } catch (cause) {
    // A backend may have ended meanwhile.
    if (processStart(pid) === null) return;
    throw new BenchError(
      'BUDGET_REFUSED',
      `A server can't be pinned to core ${cores.join(', ')}: ${messageOf(cause)}.`,
      { cause },
    );
  }
}

export const probePinning: Probe = () => {
  try {
    taskset(['-c', '-p', String(process.pid)]);
    return { works: true, detail: 'pinning to whole cores with taskset' };
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { works: false, why: absent ? 'taskset (util-linux) is not installed' : messageOf(error) };
  }
};

/** Consecutive cores from those allowed, beginning after those of the slots before; around the end if there are too few. */
export function coresFor(cpus: number, slot: number, allowed: number[]): number[] {
  const count = Math.min(Math.ceil(cpus), allowed.length);
  return Array.from({ length: count }, (_, i) => allowed[(slot * count + i) % allowed.length]!);
}

function allowedCores(): number[] {
  const list = readFileSync('/proc/self/status', 'utf8').match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1] ?? '0';
  return parseCoreList(list);
}

/** `0-2,5` is 0, 1, 2, 5. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

function taskset(args: string[]): void {
  execFileSync('taskset', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function countedByProcess(
  cpus: number | null,
  method: 'pinning' | 'none',
  limit: (pid: number) => void,
): Budget {
  let postmaster: number | null = null;
  let cpuSeconds = 0;
  return {
    budget: { method, cpus },
    async enter(pid) {
      postmaster = pid;
      limit(pid);
    },
    enforce() {},
    usage(): NodeUsage {
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
