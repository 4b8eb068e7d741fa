import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeWhole } from '../../src/machine/disk.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-whole-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a file takes the place of the older one, text or bytes, and nothing else is left beside it', async () => {
  const file = join(folder, 'new', 'a.txt');
  await writeWhole(file, 'older');
  await writeWhole(file, Buffer.from('newer'));
  expect(await readFile(file, 'utf8')).toBe('newer');
  expect(await readdir(join(folder, 'new'))).toEqual(['a.txt']);
});

it('a file that cannot be written leaves no part of it, and no folder that was made for it', async () => {
  const unwritable = { toString: () => 'no bytes' } as unknown as string;
  await expect(writeWhole(join(folder, 'new', 'a.txt'), unwritable)).rejects.toThrow();
  expect(await readdir(folder)).toEqual([]);
  await mkdir(join(folder, 'mine', 'a.txt'), { recursive: true });
  await expect(writeWhole(join(folder, 'mine', 'a.txt'), 'a folder is in the way')).rejects.toThrow();
  expect(await readdir(join(folder, 'mine'))).toEqual(['a.txt']);
});
