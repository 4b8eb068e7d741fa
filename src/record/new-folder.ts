import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atExit, makeFolder } from '../machine/index.js';

/**
 * Makes a folder that no other bench has and has it filled; where that fails, or the bench exits meanwhile, nothing of it
 * stays. Benches that began in the same second chose the same id: the later one's is followed by a number then,
 * `2026-11-25T09-30-12-baseline-2`.
 * @param parent made where there is none
 * @param fill given the folder's path, and its name: the id, or what became of it
 */
export async function inNewFolder<T>(
  parent: string,
  id: string,
  fill: (folder: string, id: string) => Promise<T>,
): Promise<T> {
  makeFolder(parent);
  const name = makeNew(parent, id);
  const folder = join(parent, name);
  let isFilled = false;
  using _folder = atExit(() => {
    if (!isFilled) rmSync(folder, { recursive: true, force: true });
  });
  const filled = await fill(folder, name);
  isFilled = true;
  return filled;
}

function makeNew(parent: string, id: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? id : `${id}-${n}`;
    try {
      mkdirSync(join(parent, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
