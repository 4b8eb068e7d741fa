import { execFileSync } from 'node:child_process';
import { processStart, processTree } from '../../machine/index.js';
import { BenchError, wordsOf } from '../../machine/pure.js';
import type { LimiterMethod } from './limiter.js';
import { countedByProcess } from './unlimited.js';

/**
 * Keeps a node on whole cores: its budget rounded up, with no account of throttling. The primary's cores are the same
 * in both topologies, and whatever else runs on the machine may use them too.
 */
export const pinning: LimiterMethod = async ({ cpus, slot }) => {
  const detail = 'pinning to whole cores with taskset';
  const allowed = allowedCores();
  if (cpus === null) return countedByProcess({ budget: { method: 'pinning', cpus }, detail });
  const cores = coresFor({ cpus, slot, allowed });
  return countedByProcess({ budget: { method: 'pinning', cpus: cores.length }, detail }, (pid) => {
    for (const each of processTree(pid)) pin(each, cores);
  });
};

function pin(pid: number, cores: number[]): void {
  try {
    taskset(['-a', '-c', '-p', cores.join(','), String(pid)]);
  } catch (cause) {
    // A backend may have ended meanwhile.
    if (processStart(pid) === null) return;
    throw new BenchError(
      'BUDGET_REFUSED',
      `A server can't be pinned to core ${cores.join(', ')}: ${wordsOf(cause)}.`,
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

/** Of the bench, from taskset's answer: `pid 42's current affinity list: 0-3`. */
function allowedCores(): number[] {
  return parseCoreList(
    taskset(['-c', '-p', String(process.pid)])
      .trim()
      .split(' ')
      .at(-1)!,
  );
}

/** `0-2,5` is 0, 1, 2, 5. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
  });
}

function taskset(args: string[]): string {
  try {
    return execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('taskset (util-linux) is not installed');
  }
}
