import { constants, existsSync, statfsSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { cacheDir } from './cache.js';
import { draftIn } from './drafts.js';
import { BenchError, messageOf } from './errors.js';
import { runTool } from './tool.js';
import { formatBytes } from './units.js';

/** Room on disks: how much there is, whether it is enough, and what is said where it isn't. */

/** Bytes that are free on the disk that holds a folder, or would hold it. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(nearest(folder));
  return bavail * bsize;
}

/** The folder, or the nearest above it that is there. */
function nearest(folder: string): string {
  let at = resolve(folder);
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}

/**
 * Looks for room in the cache before it is needed.
 * @param what that needs it, as the start of a sentence
 * @throws BenchError DISK_FULL if there is less
 */
export function requireSpace(bytes: number, what: string): void {
  const folder = cacheDir();
  const free = freeBytes(folder);
  if (free >= bytes) return;
  throw new BenchError(
    'DISK_FULL',
    `${what} needs about ${formatBytes(bytes)}, but the disk that holds ${folder} has ${formatBytes(free)} free: ${MAKE_ROOM}.`,
  );
}

const MAKE_ROOM = 'free some space, or set BENCH_CACHE to a folder on another disk';

/** Bytes that a folder takes on a disk, with what links in it lead to; 0 where there is no `du` to tell. */
export async function treeBytes(folder: string): Promise<number> {
  const { stdout } = await runTool('du', ['-skL', folder]).catch(() => ({ stdout: '' }));
  return (Number.parseInt(stdout, 10) || 0) * 1024;
}

/** More than a file system keeps beside a file's name. */
const TRIED_BYTES = 64 << 10;

/**
 * Writes a file into a folder (or the nearest above it, where it isn't there yet), and removes it: what permissions and
 * mount options say is not all that may be in the way.
 * @throws what the system says of the folder
 */
export async function tryWriting(folder: string): Promise<void> {
  const tried = nearest(folder);
  const file = draftIn(tried);
  try {
    await writeFile(file, Buffer.alloc(TRIED_BYTES), { flag: 'wx' });
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: tried });
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether copies in the cache take no room of their own, as on btrfs or XFS, until something is written to them. */
export async function copiesShareBlocks(): Promise<boolean> {
  const [file, copy] = [draftIn(cacheDir()), draftIn(cacheDir())];
  try {
    await writeFile(file, Buffer.alloc(TRIED_BYTES), { flag: 'wx' });
    await copyFile(file, copy, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([file, copy].map((path) => rm(path, { force: true })));
  }
}

/** Whether a text that a server or a tool wrote tells of a full disk. */
export function tellsOfFullDisk(text: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(text);
}

/**
 * Turns any sign of a full disk (ours, a server's, a tool's) into the sentence that says so; others pass unchanged.
 * @param exitCode 4 where a run was under way; default: 2
 */
export function explainFullDisk(error: unknown, exitCode?: 4): unknown {
  if (error instanceof BenchError && error.code === 'DISK_FULL') {
    return (exitCode ?? error.exitCode) === error.exitCode
      ? error
      : full(error.message, { cause: error, exitCode });
  }
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (isFullDisk(code)) return fullDisk(error, exitCode);
  // Servers and their tools write to the cache alone. 53100 is PostgreSQL's own code.
  const isFull = code === '53100' || tellsOfFullDisk(messageOf(error));
  return isFull ? fullDiskAt(cacheDir(), error, exitCode) : error;
}

/** Whether a code of the system's says that there is no room. */
export function isFullDisk(code: string | undefined): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** A disk is as good as full with so little left: what was to be written may have been larger. */
const NEXT_TO_NOTHING = 100e6;

/** The sentence for a full disk that the bench itself met. A write to an open file doesn't say where it was to go. */
export function fullDisk(error: unknown, exitCode?: 4): BenchError {
  const { path } = error as NodeJS.ErrnoException;
  if (path === undefined) {
    const cache = cacheDir();
    const free = freeBytes(cache);
    if (free < NEXT_TO_NOTHING) return fullDiskAt(cache, error, exitCode);
    const advice = 'free some where results (--out) or temporary files (TMPDIR) go, or name other places';
    return full(`A disk is full, and not that of ${cache} (${formatBytes(free)} free): ${advice}.`, {
      cause: error,
      exitCode,
    });
  }
  return fullDiskAt(isInCache(path) ? cacheDir() : dirname(resolve(path)), error, exitCode);
}

function fullDiskAt(folder: string, cause: unknown, exitCode?: 4): BenchError {
  const advice = isInCache(folder) ? MAKE_ROOM : 'free some space, or name a folder on another disk';
  const free = formatBytes(freeBytes(folder));
  return full(`The disk that holds ${folder} is full (${free} free): ${advice}.`, { cause, exitCode });
}

function full(sentence: string, options: { cause: unknown; exitCode?: 4 }): BenchError {
  return new BenchError('DISK_FULL', sentence, options);
}

/** Whether a path lies in the cache; false where there can be no cache. */
export function isInCache(path: string): boolean {
  try {
    return `${resolve(path)}${sep}`.startsWith(`${cacheDir()}${sep}`);
  } catch {
    return false;
  }
}
