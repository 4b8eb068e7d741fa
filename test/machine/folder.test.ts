import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { makeFolder } from '../../src/machine/folder.js';
import { sourceFiles } from '../architecture/imports.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a folder with those above it, and says which is the topmost that was missing', () => {
  expect(makeFolder(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
  expect(makeFolder(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
  expect(makeFolder(join(folder, 'a/b'))).toBeUndefined();
  expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
});

it('says what has the name of a folder that is to be made', () => {
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'nothing'), join(folder, 'link'));
  for (const path of ['file', 'link']) {
    const taken = join(folder, path);
    const error = {
      code: 'FOLDER_UNMADE',
      message: `The folder ${taken} can't be made: something else has its name.`,
    };
    expect(() => makeFolder(taken)).toThrow(expect.objectContaining(error));
    expect(() => makeFolder(join(taken, 'in'))).toThrow(expect.objectContaining(error));
  }
});

it.skipIf(process.platform !== 'linux')('gives up where the system takes no folders', () => {
  expect(() => makeFolder('/proc/splitbench/a')).toThrow(
    expect.objectContaining({
      code: 'FOLDER_UNMADE',
      message: "The folder /proc/splitbench can't be made: /proc takes no folders.",
    }),
  );
});

it('nothing else makes folders with their parents', () => {
  const makers = ['bin/bench.js', 'bin/setup.js', ...sourceFiles('src')].filter((file) =>
    /\bmkdir(Sync)?\([^;]*\brecursive\b/.test(readFileSync(join(packageRoot, file), 'utf8')),
  );
  expect(makers).toEqual([]);
});
