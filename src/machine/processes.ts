import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What the kernel says of processes: from /proc where there is one, else from `ps`. */

const hasProc = process.platform === 'linux';

/**
 * When a process started, in the kernel's own words. A process id together with it names one process for certain:
 * ids are used again, start times are not. Null if there is no such process (a zombie counts as none).
 */
export function processStart(pid: number): string | null {
  if (!hasProc) return ps(['-o', 'lstart=', '-p', String(pid)]).trim() || null;
  const stat = readStat(pid);
  return stat && stat.state !== 'Z' ? stat.startTicks : null;
}

/** Names one process for certain, for as long as the machine is up. */
export interface ProcessIdentity {
  /** Machine, boot and process-id namespace in which the id means something. */
  machine: string;
  pid: number;
  /** See {@link processStart}. */
  start: string;
}

export function thisProcess(): ProcessIdentity {
  return { machine: thisMachine(), pid: process.pid, start: processStart(process.pid) ?? '' };
}

/** Whether a process of this machine is still there. */
export function isRunning({ pid, start }: Pick<ProcessIdentity, 'pid' | 'start'>): boolean {
  return processStart(pid) === start;
}

export function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${basename(readlinkSync('/proc/self/ns/pid'))}`;
  } catch {
    return process.platform;
  }
}

/** The process that started another; null where there is neither, or no /proc. */
export function parentOf(pid: number): number | null {
  return readStat(pid)?.parent ?? null;
}

/** What a process calls itself: its command line, which servers change to say what they do. Null as above. */
export function titleOf(pid: number): string | null {
  return readText(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? null;
}

/** A process and its living descendants, itself first; empty if it is gone. */
export function processTree(root: number): number[] {
  const tree: number[] = [];
  const childrenOf = childLookup(root);
  const visit = (pid: number) => {
    if (processStart(pid) === null) return;
    tree.push(pid);
    for (const child of childrenOf(pid)) visit(child);
  };
  visit(root);
  return tree;
}

/** The same, each named for certain. */
export function familyOf(root: number): Pick<ProcessIdentity, 'pid' | 'start'>[] {
  return processTree(root).map((pid) => ({ pid, start: processStart(pid) ?? '' }));
}

/** The kernel lists children where it was built to (CONFIG_PROC_CHILDREN); else the whole process table is asked. */
function childLookup(root: number): (pid: number) => number[] {
  if (hasProc && readText(`/proc/${root}/task/${root}/children`) !== null) {
    return (pid) =>
      (readText(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
  }
  const byParent = new Map<number, number[]>();
  for (const line of ps(['-A', '-o', 'pid=,ppid=']).split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid && parent !== undefined) byParent.set(parent, [...(byParent.get(parent) ?? []), pid]);
  }
  return (pid) => byParent.get(pid) ?? [];
}

/** Linux counts CPU time for programs in hundredths of a second on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds of a process, its living descendants, and its dead ones that have been waited for. */
export function treeCpuSeconds(root: number): number {
  const tree = processTree(root);
  const each = hasProc
    ? tree.map((pid) => (readStat(pid)?.cpuTicks ?? 0) / TICKS_PER_SECOND)
    : ps(['-o', 'time=', '-p', tree.join(',')])
        .split('\n')
        .map(clockSeconds);
  return each.reduce((total, seconds) => total + seconds, 0);
}

/**
 * Memory of a process and its descendants in bytes: private memory summed, shared memory counted once, by the process
 * that has touched most of it (a little less than all of it). The page cache is not in it, as in the figure from
 * control groups. Proportional set sizes would be exact, and cost milliseconds per process and reading.
 */
export function treeMemoryBytes(root: number): number | null {
  if (!hasProc) return null;
  let anonymous = 0;
  let shared = 0;
  for (const pid of processTree(root)) {
    const status = readText(`/proc/${pid}/status`);
    const kilobytes = (name: string) =>
      Number(status?.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);
    anonymous += kilobytes('RssAnon');
    shared = Math.max(shared, kilobytes('RssShmem'));
  }
  return (anonymous + shared) * 1024;
}

/** proc(5): the name in parentheses may hold anything, so fields are counted from its last parenthesis. */
function readStat(
  pid: number,
): { state: string; parent: number; startTicks: string; cpuTicks: number } | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime, cstime are fields 14 to 17 of the manual, starttime is 22; `state`, the 3rd, is fields[0].
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    startTicks: fields[19]!,
    cpuTicks: fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0),
  };
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function ps(args: string[]): string {
  // Null where there is no ps.
  return spawnSync('ps', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout ?? '';
}

/** `[[days-]hours:]minutes:seconds`, as ps writes CPU time. */
function clockSeconds(text: string): number {
  const [clock = '', days = '0'] = text.trim().split('-').reverse();
  return Number(days) * 86400 + clock.split(':').reduce((total, part) => total * 60 + (Number(part) || 0), 0);
}
