import { readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  endProcesses,
  familyOf,
  isRunning,
  type Owner,
  readOwner,
  runsDir,
  thisMachine,
} from '../machine/index.js';
import { removeLeftGroups } from './budget/cgroup-v2.js';
import { removeProject } from './compose/project.js';
import { serversIn } from './embedded/servers-in.js';

/**
 * Ends and removes what killed benches left: servers, services and generators still running, data directories,
 * control groups, containers. Only what is certainly theirs: a folder whose noted owner is dead, the processes that it noted
 * (by id and start time) with those that they started, and PostgreSQL processes whose working directory lies in that folder. What a living bench
 * owns is not touched.
 */
export async function cleanRemains(): Promise<void> {
  for (const name of readdirSync(runsDir())) {
    const dir = join(runsDir(), name);
    const owner = readOwner(dir);
    if (isAlive(dir, owner)) continue;
    // SIGQUIT stops a postmaster at once and lets it give back its shared memory; what ignores it is killed.
    const children = (owner?.children ?? []).filter(isRunning).flatMap(({ pid }) => familyOf(pid));
    await endProcesses([...children, ...serversIn(dir)], ['SIGQUIT', 'SIGKILL']);
    await removeLeftGroups(owner?.groups ?? []);
    // Without an engine there is nothing left of them.
    for (const project of owner?.projects ?? []) await removeProject(project).catch(() => {});
    // What can't be removed (somebody still writes there) is left to the next bench, and doesn't keep this one from its work.
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
  }
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
