import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processTree } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';

/** What both versions of control groups have in common: where they are mounted, and folders that hold processes. */

/**
 * The folder of the control group that a process is in, in v1's hierarchy of a controller (without one: in v2's);
 * null if it isn't mounted here.
 */
export function groupOf(pid: number | 'self', controller?: string): { dir: string; mount: string } | null {
  // proc(5), mountinfo: `31 23 0:28 root point options optional… - type source superoptions`.
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [, , , root = '', point = ''] = before.split(' ');
      const [type, , options = ''] = after.split(' ');
      return { root, point, type, options: options.split(',') };
    })
    .find(({ type, options }) =>
      controller ? type === 'cgroup' && options.includes(controller) : type === 'cgroup2',
    );
  // cgroups(7): `4:cpu,cpuacct:/path`; v2's line names no controller.
  const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .map((text) => text.split(':'))
    .find(([, controllers]) => controllers?.split(',').includes(controller ?? ''));
  if (!mount || !line) return null;
  // A container sees its own group as the root of the mount, and its path from there or from the host's root.
  const path = relative(mount.root, line.slice(2).join(':'));
  const dir = path.startsWith('..') ? mount.point : join(mount.point, path);
  return existsSync(dir) ? { dir, mount: mount.point } : null;
}

export function makeGroup(dir: string): void {
  if (!existsSync(dir)) mkdirSync(dir);
}

/** @throws Error if a group has no file by which its CPU is limited */
export function requireBandwidth(dir: string, file: string): void {
  if (!existsSync(join(dir, file))) throw new Error('the kernel has no CFS bandwidth control');
}

export function writeGroup(dir: string, file: string, value: string): void {
  writeFileSync(join(dir, file), value);
}

/** A `name value` file such as cpu.stat. */
export function readCounters(dir: string, file: string): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const line of readFileSync(join(dir, file), 'utf8').split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined) counters[name] = Number(value);
  }
  return counters;
}

/**
 * Memory of a group in bytes: anonymous (by its name in this version) and shared, without the page cache, which counts
 * for whoever happened to read a file first.
 */
export function memoryOf(dir: string, anonymous: 'anon' | 'rss'): number {
  const stat = readCounters(dir, 'memory.stat');
  return (stat[anonymous] ?? 0) + (stat.shmem ?? 0);
}

export function readPids(dir: string): number[] {
  return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
}

/** Puts a process into a group; one that has ended meanwhile is no matter. */
export function moveProcess(pid: number, dir: string): void {
  try {
    writeGroup(dir, 'cgroup.procs', String(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Moves a process tree into groups (one a hierarchy) and checks that all of it is there: a child forked while its
 * parent was being moved is caught in the next round, and one that is about to end is gone by then.
 */
export async function moveTree(root: number, dirs: string[]): Promise<void> {
  for (let round = 0; round < 100; round++) {
    let moved = false;
    for (const dir of dirs) {
      const inside = new Set(readPids(dir));
      for (const pid of processTree(root).filter((pid) => !inside.has(pid))) {
        moveProcess(pid, dir);
        moved = true;
      }
    }
    if (!moved) return;
    await sleep(5);
  }
  throw new BenchError(
    'BUDGET_ESCAPED',
    `Some processes of server ${root} could not be put into the control group ${dirs[0]}.`,
    { exitCode: 4 },
  );
}

const REMOVE_PATIENCE_MS = 3_000;

/** Removes a group, if it is there; the kernel may need a moment to let its last processes go. */
export async function removeGroup(dir: string): Promise<void> {
  const deadline = performance.now() + REMOVE_PATIENCE_MS;
  for (;;) {
    try {
      rmdirSync(dir);
      return;
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (gone || performance.now() > deadline) return;
      await sleep(20);
    }
  }
}
