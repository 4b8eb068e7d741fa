import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BenchError } from './errors.js';

/**
 * Makes a folder, and those above it that are missing, one by one. Nothing else may do it: where a parent is there and
 * takes no folder (under /proc, in a deleted folder), Node's own recursive mkdir tries for ever, deaf to every signal.
 * @returns the topmost folder that was made; undefined if all were there
 * @throws BenchError FOLDER_UNMADE where the system's own error would not say what is wrong, else that error
 */
export function makeFolder(path: string): string | undefined {
  const missing: string[] = [];
  for (
    let folder = resolve(path);
    !isFolder(folder) && folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    missing.unshift(folder);
  }
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!isFolder(folder)) throw explain(error, folder);
    }
  }
  return missing[0];
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Whatever keeps it from being seen also keeps it from being made, which says it better.
    return false;
  }
}

function explain(cause: unknown, folder: string): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  const unmade = (why: string) =>
    new BenchError('FOLDER_UNMADE', `The folder ${folder} can't be made: ${why}.`, { cause });
  if (code === 'ENOENT') return unmade(`${dirname(folder)} takes no folders`);
  if (code === 'EEXIST' || code === 'ENOTDIR') return unmade('something else has its name');
  return cause;
}
