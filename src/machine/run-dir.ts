import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from './cache.js';
import { processStart } from './processes.js';

/**
 * What is written beside everything temporary, so that a later bench can tell what a killed one left behind: who made
 * it, and what it started and created outside the folder.
 */
export interface Owner {
  /** Machine, boot and process-id namespace in which the ids below mean something. */
  machine: string;
  pid: number;
  start: string;
  children: { pid: number; start: string }[];
  /** Paths of control groups. */
  groups: string[];
}

/** A folder for the data of one run (or of one preparation), known to the next bench by its owner.json. */
export interface RunDir {
  readonly path: string;
  /** Notes a process that the run started. */
  addChild(pid: number): void;
  /** Notes a control group; call it before making the group. */
  addGroup(path: string): void;
  /** Removes the folder with all that is in it. */
  remove(): void;
}

export const OWNER_FILE = 'owner.json';

const open = new Map<string, RunDir>();

export const runsDir = () => cacheFolder('runs');

/** Makes the folder of a run. Its owner is on disk before anything else can be in it. */
export function openRunDir(runId: string): RunDir {
  const owner: Owner = {
    machine: thisMachine(),
    pid: process.pid,
    start: processStart(process.pid) ?? '',
    children: [],
    groups: [],
  };
  const opening = mkdtempSync(join(runsDir(), '.opening-'));
  // Benches that begin in the same second choose the same id; the folder of each is its own.
  const path = join(runsDir(), `splitbench-${runId}-${opening.slice(-6)}`);
  writeFileSync(join(opening, OWNER_FILE), JSON.stringify(owner), { mode: 0o644 });
  // The servers' user must pass through it; what it may read is said folder by folder.
  chmodSync(opening, 0o711);
  renameSync(opening, path);

  const save = () => {
    const draft = join(path, `.${OWNER_FILE}`);
    writeFileSync(draft, JSON.stringify(owner), { mode: 0o644 });
    renameSync(draft, join(path, OWNER_FILE));
  };
  const run: RunDir = {
    path,
    addChild(pid) {
      const start = processStart(pid);
      if (start === null) return;
      owner.children = [
        ...owner.children.filter((child) => processStart(child.pid) === child.start),
        { pid, start },
      ];
      save();
    },
    addGroup(group) {
      owner.groups.push(group);
      save();
    },
    remove() {
      open.delete(runId);
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  open.set(runId, run);
  return run;
}

/**
 * Notes a process that was started for a run (the service, k6), so that the next bench ends it should this one be
 * killed. The run's cluster must be up; without it there is nothing to clean and nothing is noted.
 */
export function registerChild(runId: string, pid: number): void {
  open.get(runId)?.addChild(pid);
}

export function readOwner(dir: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8')) as Owner;
  } catch {
    return null;
  }
}

/** Process ids mean something within one boot and one process-id namespace. */
export function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${basename(readlinkSync('/proc/self/ns/pid'))}`;
  } catch {
    return process.platform;
  }
}
