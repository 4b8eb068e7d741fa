import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type Owner, processStart, readOwner, runsDir, thisMachine } from '../machine/index.js';
import { removeLeftGroups } from './budget/cgroup-v2.js';

/** What was cleaned away. */
export interface Remains {
  processes: number;
  directories: number;
  groups: number;
}

/**
 * Ends and removes what killed benches left: servers, services and generators still running, data directories,
 * control groups. Only what is certainly theirs: a folder whose noted owner is dead, the processes that it noted
 * (by id and start time), and PostgreSQL processes whose working directory lies in that folder. What a living bench
 * owns is not touched.
 */
export async function cleanRemains(): Promise<Remains> {
  const remains: Remains = { processes: 0, directories: 0, groups: 0 };
  for (const name of readdirSync(runsDir())) {
    const dir = join(runsDir(), name);
    const owner = readOwner(dir);
    if (isAlive(dir, owner)) continue;
    remains.processes += await endProcesses(dir, owner);
    remains.groups += await removeLeftGroups(owner?.groups ?? []);
    if (await removeFolder(dir)) remains.directories++;
  }
  return remains;
}

/** What can't be removed (somebody still writes there) is left to the next bench, and doesn't keep this one from its work. */
async function removeFolder(dir: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await rm(dir, { recursive: true, force: true });
      return true;
    } catch {
      await sleep(100);
    }
  }
  return false;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function isAlive(dir: string, owner: Owner | null): boolean {
  // A folder without an owner was being made or removed when its bench died, or is so right now.
  if (owner === null) return ageMs(dir) < MINUTE_MS;
  // Noted in another container, or before a reboot: its ids say nothing here, and a run doesn't last a day.
  if (owner.machine !== thisMachine()) return ageMs(dir) < DAY_MS;
  return isRunning(owner);
}

function ageMs(dir: string): number {
  return Date.now() - (statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

async function endProcesses(dir: string, owner: Owner | null): Promise<number> {
  const noted = (owner?.children ?? []).filter(isRunning);
  const left = new Map(noted.map(({ pid, start }) => [pid, start]));
  for (const pid of serversIn(dir)) left.set(pid, processStart(pid) ?? '');
  if (left.size === 0) return 0;
  // SIGQUIT stops a postmaster at once and lets it give back its shared memory; what ignores it is killed.
  for (const [name, waitMs] of [
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    for (const pid of alive(left)) send(pid, name);
    const deadline = performance.now() + waitMs;
    while (alive(left).length > 0 && performance.now() < deadline) await sleep(20);
  }
  return left.size;
}

function alive(processes: Map<number, string>): number[] {
  return [...processes].filter(([pid, start]) => isRunning({ pid, start })).map(([pid]) => pid);
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}

/** PostgreSQL's programs at work in a folder. A server that its bench had no time to note is found so; needs /proc. */
function serversIn(dir: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${dir}/`) && isPostgres(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function isPostgres(pid: string): boolean {
  return ['postgres', 'initdb'].includes(basename(readlinkSync(`/proc/${pid}/exe`)));
}
