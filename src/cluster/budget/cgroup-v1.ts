import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { treeMemoryBytes } from '../../machine/index.js';
import type { NodeUsage } from '../cluster.js';
import {
  groupOf,
  makeGroup,
  memoryOf,
  moveTree,
  readCounters,
  removeGroup,
  requireBandwidth,
  writeGroup,
} from './cgroup-files.js';
import { type LimiterMethod, PERIOD_US } from './limiter.js';

/**
 * Control groups v1: a tree of groups per controller. `cpu` and `cpuacct` may be one mount or two, so a node has a
 * group in each, beside the bench's own.
 */
export const cgroupV1: LimiterMethod = async ({ name, cpus, memoryBytes, onGroup }) => {
  const groupIn = (controller: string) => {
    const own = groupOf('self', controller);
    return own && join(own.dir, name);
  };
  const cpu = groupIn('cpu');
  const cpuacct = groupIn('cpuacct');
  let memory = groupIn('memory');
  if (!cpu || !cpuacct) throw new Error('no cpu and cpuacct hierarchies are mounted');
  const dirs = [...new Set([cpu, cpuacct])];
  const make = (dir: string) => {
    onGroup?.(dir);
    makeGroup(dir);
  };
  const enforce = (on: boolean) =>
    writeGroup(cpu, 'cpu.cfs_quota_us', cpus === null || !on ? '-1' : String(Math.round(cpus * PERIOD_US)));
  /** Memory that isn't counted by groups is counted process by process. */
  const madeOrNull = (dir: string) => {
    try {
      make(dir);
      return dir;
    } catch {
      return null;
    }
  };
  const dispose = async () => {
    await Promise.all(dirs.map(removeGroup));
  };
  try {
    dirs.forEach(make);
    requireBandwidth(cpu, 'cpu.cfs_quota_us');
    writeGroup(cpu, 'cpu.cfs_period_us', String(PERIOD_US));
    enforce(true);
    memory = memory && madeOrNull(memory);
    if (memory) dirs.push(memory);
    if (memoryBytes !== undefined) limitMemory(memory, memoryBytes);
  } catch (error) {
    await dispose();
    throw error;
  }
  let postmaster: number | null = null;

  return {
    budget: { method: 'cgroup-v1', cpus, memoryBytes },
    detail: `control groups v1 under ${dirname(cpu)}`,
    async enter(pid) {
      postmaster = pid;
      await moveTree(pid, dirs);
    },
    enforce,
    usage() {
      const counted = usageV1({ cpu, cpuacct, memory });
      return memory ? counted : { ...counted, memoryBytes: postmaster && treeMemoryBytes(postmaster) };
    },
    dispose,
  };
};

/** Without swap, where that is counted: a server that swaps measures the disk. */
function limitMemory(memory: string | null, bytes: number): void {
  if (!memory) throw new Error('no memory hierarchy is mounted that can be written to');
  writeGroup(memory, 'memory.limit_in_bytes', String(bytes));
  const withSwap = 'memory.memsw.limit_in_bytes';
  if (existsSync(join(memory, withSwap))) writeGroup(memory, withSwap, String(bytes));
}

/** What the processes of a group have used, from its folders in the hierarchies of these controllers. */
export function usageV1({ cpu, cpuacct, memory }: Groups): NodeUsage {
  const stat = readCounters(cpu, 'cpu.stat');
  return {
    cpuSeconds: Number(readFileSync(join(cpuacct, 'cpuacct.usage'), 'utf8')) / 1e9,
    memoryBytes: memory === null ? null : memoryOf(memory, 'rss'),
    throttledSeconds: stat.throttled_time! / 1e9,
    periods: stat.nr_periods!,
    throttledPeriods: stat.nr_throttled!,
  };
}

interface Groups {
  cpu: string;
  cpuacct: string;
  /** Null where memory isn't counted by groups. */
  memory: string | null;
}
