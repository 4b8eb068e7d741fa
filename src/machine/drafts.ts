import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processStart, thisMachine, thisProcess } from './processes.js';

/**
 * Files in the making have names that nobody can guess, and that tell whose they are: a bench that was killed leaves them,
 * and the next one that writes to their folder removes them.
 */

let own: string | undefined;

/** The path of a new draft in a folder. */
export function draftIn(folder: string): string {
  own ??= nameOf(thisProcess());
  return join(folder, `.splitbench-${own}-${randomUUID()}.partial`);
}

const nameOf = ({ machine, pid, start }: { machine: string; pid: number; start: string }) =>
  `${short(machine)}-${pid}-${short(start)}`;

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

const DRAFT = /^\.splitbench-(?<machine>[0-9a-f]{8})-(?<pid>\d+)-(?<start>[0-9a-f]{8})-.*\.partial$/;

/**
 * Removes drafts of benches that are gone from a folder, as far as it may.
 * @returns how many
 */
export function removeLeftDrafts(folder: string): number {
  const left = namesIn(folder).filter((name) => isLeft(name, join(folder, name)));
  for (const name of left) {
    try {
      rmSync(join(folder, name), { force: true });
    } catch {
      // Another user's, or on a disk that is read-only by now.
    }
  }
  return left.length;
}

/** The same from a folder for results and from those in it, each of which one bench made: with it, if it holds nothing else. */
export function removeLeftResults(out: string): void {
  removeLeftDrafts(out);
  for (const name of namesIn(out)) {
    const folder = join(out, name);
    if (removeLeftDrafts(folder) === 0) continue;
    try {
      rmdirSync(folder);
    } catch {
      // There is more in it.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const DAY_MS = 24 * 60 * 60_000;

function isLeft(name: string, path: string): boolean {
  const { machine, pid, start } = DRAFT.exec(name)?.groups ?? {};
  if (machine === undefined) return false;
  if (machine === short(thisMachine())) return short(processStart(Number(pid)) ?? '') !== start;
  // Of another machine or container, or from before a reboot, where its id says nothing; it was written to until it was whole.
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs > DAY_MS;
}
