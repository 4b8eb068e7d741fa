import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a folder that no other bench has and has it filled; where that fails, nothing of it stays. Benches that began in
 * the same second chose the same id: the later one's is followed by a number then, `2026-11-25T09-30-12-baseline-2`.
 * @param parent made where there is none
 * @param fill given the folder's path, and its name: the id, or what became of it
 */
export async function inNewFolder<T>(
  parent: string,
  id: string,
  fill: (folder: string, id: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const name = await makeNew(parent, id);
  const folder = join(parent, name);
  try {
    return await fill(folder, name);
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

async function makeNew(parent: string, id: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? id : `${id}-${n}`;
    try {
      await mkdir(join(parent, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
