import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeMemoryBytes } from '../../machine/index.js';
import { messageOf } from '../../machine/pure.js';
import {
  budgetRefused,
  makeGroup,
  memoryOf,
  moveTree,
  ownGroup,
  readCounters,
  removeEmptyGroup,
  removeGroup,
  writeGroup,
} from './cgroup-files.js';
import { type CpuLimiter, type LimiterMethod, type LimiterOptions, PERIOD_US } from './limiter.js';

/**
 * Control groups v1: a tree of groups per controller. `cpu` and `cpuacct` may be one mount or two, so a node has a
 * group in each, beside the bench's own.
 */
export const cgroupV1: LimiterMethod = { probe, limit };

function limit({ name, cpus, onGroup }: LimiterOptions): CpuLimiter {
  const groupIn = (controller: string) => {
    const own = ownGroup({ version: 1, controller });
    return own && join(own.dir, name);
  };
  const cpu = groupIn('cpu')!;
  const cpuacct = groupIn('cpuacct')!;
  const memory = groupIn('memory');
  const dirs = [...new Set([cpu, cpuacct])];
  let memoryWorks = memory !== null;
  let postmaster: number | null = null;
  const enforce = (on: boolean) =>
    writeGroup(cpu, 'cpu.cfs_quota_us', cpus === null || !on ? '-1' : String(Math.round(cpus * PERIOD_US)));
  try {
    for (const dir of dirs) {
      onGroup?.(dir);
      makeGroup(dir);
    }
    writeGroup(cpu, 'cpu.cfs_period_us', String(PERIOD_US));
    enforce(true);
  } catch (error) {
    dirs.forEach(removeEmptyGroup);
    throw budgetRefused(cpus, cpu, error);
  }
  if (memory) {
    try {
      onGroup?.(memory);
      makeGroup(memory);
      dirs.push(memory);
    } catch {
      memoryWorks = false;
    }
  }

  return {
    budget: { method: 'cgroup-v1', cpus },
    async enter(pid) {
      postmaster = pid;
      await moveTree(pid, dirs);
    },
    enforce,
    usage() {
      const stat = readCounters(cpu, 'cpu.stat');
      return {
        cpuSeconds: Number(readFileSync(join(cpuacct, 'cpuacct.usage'), 'utf8')) / 1e9,
        memoryBytes: memoryWorks ? memoryOf(memory!, 'rss') : postmaster && treeMemoryBytes(postmaster),
        throttledSeconds: stat.throttled_time! / 1e9,
        periods: stat.nr_periods!,
        throttledPeriods: stat.nr_throttled!,
      };
    },
    async dispose() {
      await Promise.all(dirs.map((dir) => removeGroup(dir)));
    },
  };
}

function probe(): ReturnType<LimiterMethod['probe']> {
  const owns = ['cpu', 'cpuacct'].map((controller) => ownGroup({ version: 1, controller }));
  if (owns.some((own) => own === null))
    return { works: false, detail: 'no cpu and cpuacct hierarchies are mounted' };
  const dirs = [...new Set(owns.map((own) => join(own!.dir, `splitbench-probe-${process.pid}`)))];
  try {
    dirs.forEach(makeGroup);
    if (!existsSync(join(dirs[0]!, 'cpu.cfs_quota_us')))
      return { works: false, detail: 'the kernel has no CFS bandwidth control' };
    return { works: true, detail: `control groups v1 under ${owns[0]!.dir}` };
  } catch (error) {
    return { works: false, detail: messageOf(error) };
  } finally {
    dirs.forEach(removeEmptyGroup);
  }
}
