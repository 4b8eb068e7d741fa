import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inNewFolder } from '../../src/record/new-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-folders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('of benches that chose one id each has a folder of its own', async () => {
  const parent = join(folder, 'reports');
  const names = await Promise.all(
    Array.from({ length: 5 }, () =>
      inNewFolder(parent, 'an-id', async (path, name) => {
        expect(basename(path)).toBe(name);
        return name;
      }),
    ),
  );
  const all = ['an-id', 'an-id-2', 'an-id-3', 'an-id-4', 'an-id-5'];
  expect(names.sort()).toEqual(all);
  expect((await readdir(parent)).sort()).toEqual(all);
});

it('so it is where they are processes', async () => {
  const script = `
    const [built, parent] = process.argv.slice(1);
    const { inNewFolder } = await import(built);
    const names = [];
    for (let i = 0; i < 50; i++) names.push(await inNewFolder(parent, 'an-id', async (_, name) => name));
    console.log(JSON.stringify(names));`;
  const built = new URL('../../dist/record/new-folder.js', import.meta.url).href;
  const args = ['--input-type=module', '-e', script, built, folder];
  const both = await Promise.all([1, 2].map(() => promisify(execFile)(process.execPath, args)));
  const names = both.flatMap(({ stdout }) => JSON.parse(stdout));
  expect(new Set(names).size).toBe(100);
});

it('where it can’t be filled nothing stays', async () => {
  const filling = inNewFolder(folder, 'an-id', async (path) => {
    await writeFile(join(path, 'half'), '');
    throw new Error('no more');
  });
  await expect(filling).rejects.toThrow('no more');
  expect(await readdir(folder)).toEqual([]);
});
