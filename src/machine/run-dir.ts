import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.js';
import { isRunning, type ProcessIdentity, processStart, thisProcess } from './processes.js';

/**
 * What is written beside everything temporary, so that a later bench can tell what a killed one left behind: who made
 * it, and what it started and created outside the folder.
 */
export interface Owner extends ProcessIdentity {
  children: Pick<ProcessIdentity, 'pid' | 'start'>[];
  /** Paths of control groups. */
  groups: string[];
  /** Names of projects of containers. */
  projects: string[];
}

/** A folder for the data of one run (or of one preparation), known to the next bench by its owner.json. */
export interface RunDir {
  readonly id: string;
  readonly path: string;
  /** Notes a control group; call it before making the group. */
  addGroup(path: string): void;
  /** Notes a project of containers; call it before starting them. */
  addProject(name: string): void;
  /** Removes the folder with all that is in it. What can't be removed is left to the next bench. */
  remove(): void;
}

const OWNER_FILE = 'owner.json';

/** What notes a process for each run that this bench has open. */
const open = new Map<string, (pid: number) => void>();

export const runsDir = () => cacheFolder('runs');

/**
 * Makes the folder of a run. Its owner is on disk before anything else can be in it.
 * @param options.forServers whether their user must pass through it; else nobody but this bench's user can look into it,
 *   whatever it will hold of a captured workload
 */
export function openRunDir(runId: string, { forServers = false } = {}): RunDir {
  const owner: Owner = { ...thisProcess(), children: [], groups: [], projects: [] };
  const opening = mkdtempSync(join(runsDir(), '.opening-'));
  // Benches that begin in the same second choose the same id; the folder of each is its own.
  const path = join(runsDir(), `splitbench-${runId}-${opening.slice(-6)}`);
  try {
    writeFileSync(join(opening, OWNER_FILE), JSON.stringify(owner), { mode: 0o644 });
    // What their user may read is said folder by folder.
    chmodSync(opening, forServers ? 0o711 : 0o700);
    renameSync(opening, path);
  } catch (error) {
    // As on a full disk: without its owner it would be nobody's.
    rmSync(opening, { recursive: true, force: true });
    throw error;
  }

  const save = () => {
    const draft = join(path, `.${OWNER_FILE}`);
    writeFileSync(draft, JSON.stringify(owner), { mode: 0o644 });
    renameSync(draft, join(path, OWNER_FILE));
  };
  open.set(runId, (pid) => {
    const start = processStart(pid);
    if (start === null) return;
    owner.children = [...owner.children.filter(isRunning), { pid, start }];
    save();
  });
  return {
    id: runId,
    path,
    addGroup(group) {
      owner.groups.push(group);
      save();
    },
    addProject(name) {
      owner.projects.push(name);
      save();
    },
    remove() {
      open.delete(runId);
      try {
        rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      } catch {
        // What was measured or went wrong before says more.
      }
    },
  };
}

/**
 * Notes a process that was started for a run, so that the next bench ends it should this one be killed. Of a run that
 * has no folder there is nothing to clean, and nothing is noted.
 */
export function registerChild(runId: string, pid: number): void {
  open.get(runId)?.(pid);
}

export function readOwner(dir: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8')) as Owner;
  } catch {
    return null;
  }
}
