import { openSync, rmSync, unlinkSync } from 'node:fs';
import { rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { atExit } from './at-exit.js';
import { draftIn, removeLeftDrafts } from './drafts.js';
import { BenchError } from './errors.js';
import { makeFolder } from './folder.js';

/**
 * Files that get their name once they are whole, and files that never get one. Until then a file has a name that nobody
 * can guess, and is made where there was nothing: no other bench writes to it, and a link that somebody put there
 * beforehand is not followed.
 */

/** Made where there is nothing, links included: O_CREAT | O_EXCL. */
const NEW = 'wx';

/** Whether a file can have this name: nothing has it, or a file. A device, as /dev/null, is not replaced, nor is a link to one. */
export async function isFreeForFile(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there === null || there.isFile();
}

/**
 * Writes a file whole or not at all, with the folder it is in: whoever reads it, at whatever moment, and even if this
 * process is killed, finds the old content or the new, and of several that write it at once the last one's alone. A link
 * that has the file's name is replaced; what it points to stays as it is.
 * @param content of one that comes piece by piece, memory holds a piece at a time
 * @param options.mode who may read it, less what the umask takes away; default: what new files have
 * @throws BenchError NOT_A_FILE where something else has its name, or what the system says of it
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  { mode = 0o666 }: { mode?: number } = {},
): Promise<void> {
  if (!(await isFreeForFile(path))) {
    throw new BenchError('NOT_A_FILE', `${path} exists and is no regular file: name another.`);
  }
  const folder = dirname(path);
  const made = makeFolder(folder);
  removeLeftDrafts(folder);
  const draft = draftIn(folder);
  // A power cut leaves no record empty. What comes piece by piece is long, and can be made again.
  const flush = typeof content === 'string' || content instanceof Uint8Array;
  const begun = atExit(() => rmSync(draft, { force: true }));
  try {
    await writeFile(draft, content, { flag: NEW, mode, flush });
    await rename(draft, path);
  } catch (error) {
    begun[Symbol.dispose]();
    // Only if nothing else is in it.
    if (made !== undefined) await rmdir(folder).catch(() => {});
    throw error;
  }
  begun[Symbol.dispose]();
}

/**
 * Opens a file that has no name, to write and to read: nobody else can open it, and its space is free again when it is
 * closed, however its process ends.
 * @param folder on whose disk it is
 */
export function openNameless(folder: string): number {
  const path = draftIn(folder);
  const file = openSync(path, `${NEW}+`, 0o600);
  unlinkSync(path);
  return file;
}
