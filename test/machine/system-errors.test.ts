import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startChild } from '../../src/machine/child.js';
import { explainSystemError } from '../../src/machine/system-errors.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

const { BENCH_CACHE } = process.env;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-errors-'));
  process.env.BENCH_CACHE = join(folder, 'cache');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (BENCH_CACHE === undefined) delete process.env.BENCH_CACHE;
  else process.env.BENCH_CACHE = BENCH_CACHE;
});

/** What Node throws for a system call that was refused. */
function refusal(code: string, path?: string): Error {
  const error = new Error(`${code}: refused, open${path === undefined ? '' : ` '${path}'`}`);
  return Object.assign(error, { code, syscall: 'open', path });
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const CHOICE = 2;
const LACK = 4;

it.each([
  ['EACCES', 'NO_ACCESS', CHOICE],
  ['EPERM', 'NO_ACCESS', CHOICE],
  ['EROFS', 'READ_ONLY', CHOICE],
  ['ENOSPC', 'DISK_FULL', CHOICE],
  ['EDQUOT', 'DISK_FULL', CHOICE],
  ['ENOTDIR', 'NOT_A_FOLDER', CHOICE],
  ['EISDIR', 'IS_A_FOLDER', CHOICE],
  ['ELOOP', 'LINK_CIRCLE', CHOICE],
  ['ENAMETOOLONG', 'NAME_TOO_LONG', CHOICE],
  ['EFBIG', 'FILE_TOO_BIG', CHOICE],
  ['ENOENT', 'GONE', LACK],
  ['EIO', 'DISK_FAILS', LACK],
  ['EMFILE', 'TOO_MANY_FILES', LACK],
  ['ENFILE', 'TOO_MANY_FILES', LACK],
  ['EAGAIN', 'TOO_MANY_PROCESSES', LACK],
  ['ENOMEM', 'OUT_OF_MEMORY', LACK],
])(
  '%s is one sentence that says where and what to do, whether a path is known or not',
  (code, known, exitCode) => {
    for (const path of ['/somewhere/file', undefined]) {
      const explained = explainSystemError(refusal(code, path))!;
      expect(explained).toMatchObject({ code: known, exitCode, cause: expect.anything() });
      expect(explained.message).toMatch(/^[^\n]+: [^\n]+\.$/);
      expect(explained.message).not.toMatch(/undefined|null|\.\.$/);
    }
  },
);

it('an error that isn’t the system’s has no sentence here', () => {
  expect(explainSystemError(new Error('bad luck'))).toBeNull();
  expect(explainSystemError(refusal('EODD'))).toBeNull();
  expect(explainSystemError(Object.assign(new Error('x'), { code: 'toString' }))).toBeNull();
  expect(explainSystemError(undefined)).toBeNull();
});

it('what is said of the cache names its setting, of another place the ways to name another', () => {
  const inCache = explainSystemError(refusal('EROFS', join(folder, 'cache', 'runs', 'x')))!.message;
  expect(inCache).toMatch(/read-only: set BENCH_CACHE to another folder\.$/);
  expect(explainSystemError(refusal('EROFS', join(folder, 'cached')))!.message).toContain('--out');
});

it('real refusals are named with their paths', async () => {
  const circle = join(folder, 'circle');
  symlinkSync(circle, circle);
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'sub'));
  const long = join(folder, 'x'.repeat(5000));
  for (const [path, code] of [
    [circle, 'LINK_CIRCLE'],
    [join(folder, 'file', 'within'), 'NOT_A_FOLDER'],
    [join(folder, 'sub'), 'IS_A_FOLDER'],
    [long, 'NAME_TOO_LONG'],
  ] as const) {
    const explained = explainSystemError(thrownBy(() => openSync(path, 'w')))!;
    expect(explained.code).toBe(code);
    expect(explained.message).toContain(path.slice(0, 100));
    expect(explained.message.length).toBeLessThan(500);
  }
});

it('a program that may not be run is said to be one', async () => {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o644 });
  const { error } = await startChild(program, []).ended;
  const explained = explainSystemError(error)!;
  expect(explained.code).toBe('NO_ACCESS');
  expect(explained.message).toMatch(/^The program .*program may not be run: .* noexec/);
});

it.skipIf(!canMount)('a read-only and a full file system are told from real ones', () => {
  using disk = mountTmpfs('size=1m')!;
  const file = join(disk.dir, 'file');
  const full = explainSystemError(thrownBy(() => writeFileSync(file, Buffer.alloc(2 << 20))))!;
  expect(full.code).toBe('DISK_FULL');
  disk.remount('ro');
  const { code, message } = explainSystemError(thrownBy(() => writeFileSync(file, 'x')))!;
  expect(code).toBe('READ_ONLY');
  expect(message).toContain(file);
});
