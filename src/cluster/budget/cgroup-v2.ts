import { accessSync, constants, existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { treeMemoryBytes } from '../../machine/index.js';
import type { NodeUsage } from '../cluster.js';
import {
  groupOf,
  makeGroup,
  memoryOf,
  moveProcess,
  moveTree,
  readCounters,
  readPids,
  removeGroup,
  requireBandwidth,
  writeGroup,
} from './cgroup-files.js';
import { type LimiterMethod, PERIOD_US } from './limiter.js';

/**
 * Control groups v2: one tree. A group that hands controllers to its children may hold no process itself (the root of
 * the whole machine apart), so where the parent of the nodes' groups is the bench's own, everything in it moves down into a
 * leaf first, and back up when the last bench there is done.
 */
export const cgroupV2: LimiterMethod = async ({ name, cpus, memoryBytes, onGroup }) => {
  const place = findPlace();
  const { parent } = place;
  const dir = join(parent, name);
  const enforce = (on: boolean) =>
    writeGroup(dir, 'cpu.max', `${cpus === null || !on ? 'max' : Math.round(cpus * PERIOD_US)} ${PERIOD_US}`);
  const dispose = async () => {
    await removeGroup(dir);
    closeParent(parent);
  };
  try {
    if (place.holdsProcesses) onGroup?.(join(parent, LEAF));
    openParent(place);
    onGroup?.(dir);
    makeGroup(dir);
    requireBandwidth(dir, 'cpu.max');
    enforce(true);
    if (memoryBytes !== undefined) limitMemory(dir, memoryBytes);
  } catch (error) {
    await dispose();
    throw error;
  }
  const countsMemory = existsSync(join(dir, 'memory.stat'));
  let postmaster: number | null = null;

  return {
    budget: { method: 'cgroup-v2', cpus, memoryBytes },
    detail: `control groups v2 under ${parent}`,
    async enter(pid) {
      postmaster = pid;
      await moveTree(pid, [dir]);
    },
    enforce,
    usage() {
      const counted = usageV2(dir);
      return countsMemory ? counted : { ...counted, memoryBytes: postmaster && treeMemoryBytes(postmaster) };
    },
    dispose,
  };
};

/** Without swap: a server that swaps measures the disk. */
function limitMemory(dir: string, bytes: number): void {
  if (!existsSync(join(dir, 'memory.max'))) throw new Error('the memory controller is not handed down');
  writeGroup(dir, 'memory.max', String(bytes));
  if (existsSync(join(dir, 'memory.swap.max'))) writeGroup(dir, 'memory.swap.max', '0');
}

/** What the processes of a group have used. */
export function usageV2(dir: string): NodeUsage {
  const cpu = readCounters(dir, 'cpu.stat');
  return {
    cpuSeconds: cpu.usage_usec! / 1e6,
    memoryBytes: existsSync(join(dir, 'memory.stat')) ? memoryOf(dir, 'anon') : null,
    throttledSeconds: (cpu.throttled_usec ?? 0) / 1e6,
    periods: cpu.nr_periods ?? 0,
    throttledPeriods: cpu.nr_throttled ?? 0,
  };
}

/** Where the processes of a parent wait while it has nodes' groups. Shared by all benches there. */
const LEAF = 'splitbench-bench';

/** The controllers handed down: without `memory`, memory is counted process by process. */
const CONTROLLERS = ['cpu', 'memory'];

interface Place {
  parent: string;
  /** False for the root of the machine, which may hold both processes and groups. */
  holdsProcesses: boolean;
}

/** Root of a machine: under the tree's root. Else (a delegated subtree, a container): under the bench's own group. */
function findPlace(): Place {
  const own = groupOf('self');
  if (!own) throw new Error('not mounted');
  const holdsProcesses = (dir: string) => existsSync(join(dir, 'cgroup.type'));
  let parent = basename(own.dir) === LEAF ? dirname(own.dir) : own.dir;
  if (process.getuid?.() === 0 && !holdsProcesses(own.mount)) parent = own.mount;
  if (!controllersIn(parent, 'cgroup.controllers').includes('cpu'))
    throw new Error(`${parent} has no cpu controller`);
  for (const file of ['.', 'cgroup.procs', 'cgroup.subtree_control']) {
    try {
      accessSync(join(parent, file), constants.W_OK);
    } catch {
      throw new Error(`${join(parent, file)} is not writable`);
    }
  }
  return { parent, holdsProcesses: holdsProcesses(parent) };
}

function controllersIn(dir: string, file: string): string[] {
  return readFileSync(join(dir, file), 'utf8').trim().split(' ').filter(Boolean);
}

function openParent({ parent, holdsProcesses }: Place): void {
  if (holdsProcesses) {
    const leaf = join(parent, LEAF);
    makeGroup(leaf);
    moveAll(parent, leaf);
  }
  const offered = controllersIn(parent, 'cgroup.controllers');
  const wanted = CONTROLLERS.filter((name) => offered.includes(name));
  writeGroup(parent, 'cgroup.subtree_control', wanted.map((name) => `+${name}`).join(' '));
}

/** Undoes openParent, unless another bench's groups are there still. Nothing to do where there is no leaf. */
function closeParent(parent: string): void {
  const leaf = join(parent, LEAF);
  if (!existsSync(leaf)) return;
  const others = readdirSync(parent).filter((name) => name.startsWith('splitbench-') && name !== LEAF);
  if (others.length > 0) return;
  try {
    const open = controllersIn(parent, 'cgroup.subtree_control').filter((name) => CONTROLLERS.includes(name));
    writeGroup(parent, 'cgroup.subtree_control', open.map((name) => `-${name}`).join(' '));
    moveAll(leaf, parent);
    rmdirSync(leaf);
  } catch {
    // A bench that started this very moment uses it; it closes up after itself.
  }
}

/** A process that forks while it is moved leaves a child behind: until nobody is left. */
function moveAll(from: string, to: string): void {
  for (let round = 0; round < 20; round++) {
    const pids = readPids(from);
    if (pids.length === 0) return;
    for (const pid of pids) moveProcess(pid, to);
  }
}

/** Removes the groups of a dead bench by the paths it noted, of either version. */
export async function removeLeftGroups(paths: string[]): Promise<void> {
  const isLeaf = (dir: string) => basename(dir) === LEAF;
  for (const dir of paths) if (!isLeaf(dir)) await removeGroup(dir);
  for (const dir of paths) if (isLeaf(dir)) closeParent(dirname(dir));
}
