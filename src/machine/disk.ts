import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunAs } from './child.js';
import { openRunDir, type RunDir } from './run-dir.js';
import { explainFullDisk } from './space.js';
import { runTool, type ToolOptions } from './tool.js';

/**
 * Copies a folder, sharing its blocks where the file system can (a few ms then), and gives the copy to `runAs`.
 * `run` is whose folder it goes to. `follow`: links are replaced by what they point to, so that a server on the copy can't write through them.
 */
export async function copyTree(
  from: string,
  to: string,
  options: { runAs: RunAs | null; run: RunDir; follow?: boolean } & Partial<
    Pick<ToolOptions, 'signal' | 'onSpawn'>
  >,
): Promise<void> {
  const { runAs, run, follow = false, signal, onSpawn } = options;
  if (process.platform === 'linux') {
    // GNU cp is four times as fast as fs.cp on a data directory's thousand small files.
    await runOrThrow('cp', [follow ? '-aL' : '-a', '--reflink=auto', from, to], run, { signal, onSpawn });
  } else {
    await cp(from, to, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: !follow,
      dereference: follow,
      mode: constants.COPYFILE_FICLONE,
      filter: () => !signal?.aborted,
    });
    signal?.throwIfAborted();
  }
  if (runAs) await runOrThrow('chown', ['-R', `${runAs.uid}:${runAs.gid}`, to], run, { signal });
}

async function runOrThrow(file: string, args: string[], run: RunDir, options: ToolOptions): Promise<void> {
  const { code, stderr } = await runTool(file, args, { ...options, runId: run.id });
  if (code !== 0) throw new Error(`${file} failed: ${lastLine(stderr)}`);
}

/** Writes a file that the servers' user owns and nobody else can read. */
export async function writeOwned(path: string, text: string, runAs: RunAs | null): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (runAs) await chown(path, runAs.uid, runAs.gid);
}

/** Makes a folder that the servers' user owns, with this mode whatever the umask says. */
export async function makeOwnedDir(path: string, mode: number, runAs: RunAs | null): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
  if (runAs) await chown(path, runAs.uid, runAs.gid);
}

/**
 * Makes a folder that is kept: aside, and it has its name only when it is whole. Of two benches that make it at the same
 * time both do the work, and the first to end has its way.
 * @param make fills what will be the folder; the run is for what it starts
 */
export async function makeOnce(
  home: string,
  make: (draft: string, run: RunDir) => Promise<void>,
): Promise<void> {
  if (existsSync(home)) return;
  const run = openRunDir(`making-${randomUUID().slice(0, 8)}`, { forServers: true });
  try {
    const draft = join(run.path, 'draft');
    await make(draft, run);
    await rename(draft, home).catch((error) => {
      if (!existsSync(home)) throw error;
    });
  } catch (error) {
    throw explainFullDisk(error);
  } finally {
    run.remove();
  }
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
