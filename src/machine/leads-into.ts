import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * Whether a path that is written in a file of a folder stays in that folder, links followed: what a file names that came
 * from elsewhere is not opened all over the machine. What isn't there is judged by its words.
 * @param path from the folder; an absolute one never does
 */
export async function leadsInto(folder: string, path: string): Promise<boolean> {
  if (isAbsolute(path) || !isBelow(resolve(folder), resolve(folder, path))) return false;
  try {
    return isBelow(await realpath(folder), await realpath(resolve(folder, path)));
  } catch {
    // It can't be opened either, which whoever reads it says better.
    return true;
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}
