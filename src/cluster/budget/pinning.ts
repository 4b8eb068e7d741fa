import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processStart, processTree } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { LimiterMethod } from './limiter.js';
import { countedByProcess } from './unlimited.js';

/**
 * Keeps a node on whole cores: its budget rounded up, with no account of throttling. The primary's cores are the same
 * in both topologies, and whatever else runs on the machine may use them too.
 */
export const pinning: LimiterMethod = {
  probe() {
    try {
      taskset(['-c', '-p', String(process.pid)]);
      return { works: true, detail: 'pinning to whole cores with taskset' };
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return { works: false, detail: absent ? 'taskset (util-linux) is not installed' : messageOf(error) };
    }
  },
  limit({ cpus, slot }) {
    if (cpus === null) return countedByProcess({ method: 'pinning', cpus });
    const cores = coresFor({ cpus, slot, allowed: allowedCores() });
    return countedByProcess({ method: 'pinning', cpus: cores.length }, (pid) => {
      for (const each of processTree(pid)) pin(each, cores);
    });
  },
};

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

/** Consecutive cores from those allowed, beginning after those of the slots before; around the end if there are too few. */
export function coresFor(of: { cpus: number; slot: number; allowed: number[] }): number[] {
  const { cpus, slot, allowed } = of;
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
