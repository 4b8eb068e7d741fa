import { execFile, execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openNameless, writeWhole } from '../../src/machine/whole-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), 'splitbench-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A text that comes piece by piece, between which others have their turn. */
async function* pieces(text: string, count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    await turn();
    yield text;
  }
}

/** A Node by itself that writes to the file, given the module as `writeWhole`, the file and a word. */
function writer(script: string, file: string, word = ''): Promise<number> {
  const built = new URL('../../dist/machine/whole-file.js', import.meta.url).href;
  const source = `
    const [built, file, word] = process.argv.slice(1);
    const { writeWhole } = await import(built);
    ${script}`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', source, built, file, word]).then(
    () => 0,
    ({ code }) => code,
  );
}

describe('a file that is written whole', () => {
  it('takes the place of the older one, text, bytes or pieces, and nothing else is left beside it', async () => {
    const file = join(folder, 'new', 'a.txt');
    await writeWhole(file, 'older');
    await writeWhole(file, Buffer.from('newer'));
    expect(await readFile(file, 'utf8')).toBe('newer');
    await writeWhole(file, pieces('é', 3));
    expect(await readFile(file, 'utf8')).toBe('ééé');
    expect(await readdir(join(folder, 'new'))).toEqual(['a.txt']);
  });

  it('leaves no part of it where it cannot be written, and no folder that was made for it', async () => {
    const unwritable = { toString: () => 'no bytes' } as unknown as string;
    await expect(writeWhole(join(folder, 'new', 'a.txt'), unwritable)).rejects.toThrow();
    async function* breaking() {
      yield 'a beginning';
      throw new Error('no end');
    }
    await expect(writeWhole(join(folder, 'new', 'a.txt'), breaking())).rejects.toThrow('no end');
    expect(await readdir(folder)).toEqual([]);
    await mkdir(join(folder, 'mine', 'a.txt'), { recursive: true });
    await expect(writeWhole(join(folder, 'mine', 'a.txt'), 'a folder is in the way')).rejects.toThrow();
    expect(await readdir(join(folder, 'mine'))).toEqual(['a.txt']);
  });

  it('is one writer’s alone, of however many at once', async () => {
    const file = join(folder, 'a.txt');
    await Promise.all([...'abcdefgh'].map((letter) => writeWhole(file, pieces(letter, 50))));
    expect(readFileSync(file, 'utf8')).toMatch(/^(.)\1{49}$/);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('is whole at every moment while two processes write it', async () => {
    const file = join(folder, 'a.txt');
    const script = "for (let i = 0; i < 15; i++) await writeWhole(file, word.repeat(100_000) + '.');";
    let ended = 0;
    const both = ['a', 'b'].map((word) => writer(script, file, word).finally(() => ended++));
    const seen = new Set<string>();
    while (ended < 2) {
      await turn();
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text !== null) seen.add(`${text[0]} ${text.length} ${text.at(-1)}`);
    }
    expect(await Promise.all(both)).toEqual([0, 0]);
    for (const one of seen) expect(one).toMatch(/^[ab] 100001 \.$/);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('replaces a link of its name, and what that points to stays as it is', async () => {
    const [other, file] = [join(folder, 'other'), join(folder, 'a.txt')];
    writeFileSync(other, 'not ours');
    for (const target of [other, join(folder, 'nowhere')]) {
      rmSync(file, { force: true });
      symlinkSync(target, file);
      await writeWhole(file, 'ours');
      expect(readFileSync(file, 'utf8')).toBe('ours');
    }
    expect(readFileSync(other, 'utf8')).toBe('not ours');
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'other']);
  });

  it.skipIf(process.platform === 'win32')(
    'takes the place of nothing else, such as a device or a pipe, nor of a link to one',
    async () => {
      const [pipe, link] = [join(folder, 'pipe'), join(folder, 'link')];
      execFileSync('mkfifo', [pipe]);
      symlinkSync(pipe, link);
      for (const path of [pipe, link]) {
        await expect(writeWhole(path, 'ours')).rejects.toMatchObject({
          code: 'NOT_A_FILE',
          exitCode: 2,
          message: `${path} exists and is no regular file: name another.`,
        });
        expect(statSync(path).isFIFO()).toBe(true);
      }
      expect(readdirSync(folder).sort()).toEqual(['link', 'pipe']);
    },
  );

  it('can be for its owner alone, whoever could read the older one', async () => {
    const file = join(folder, 'a.txt');
    writeFileSync(file, 'older', { mode: 0o644 });
    await writeWhole(file, pieces('newer', 1), { mode: 0o600 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('goes with a process that leaves before it is whole', async () => {
    const file = join(folder, 'a.txt');
    const code = await writer(
      `async function* leaving() {
        yield 'a beginning';
        if (!fs.readdirSync(word).length) process.exit(1);
        process.exit(130);
      }
      const fs = await import('node:fs');
      await writeWhole(file, leaving());`,
      file,
      folder,
    );
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('a file without a name can be written and read by who opened it, and by nobody else', () => {
  const file = openNameless(folder);
  try {
    expect(readdirSync(folder)).toEqual([]);
    expect(fstatSync(file).mode & 0o777).toBe(0o600);
    writeSync(file, 'secret');
    const read = Buffer.alloc(6);
    readSync(file, read, 0, 6, 0);
    expect(read.toString()).toBe('secret');
  } finally {
    closeSync(file);
  }
});
