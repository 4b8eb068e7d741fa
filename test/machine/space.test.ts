import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchError } from '../../src/machine/errors.js';
import { explainFullDisk, freeBytes, requireSpace, treeBytes, tryWriting } from '../../src/machine/space.js';
import { isRoot } from '../cluster/support.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

const { BENCH_CACHE } = process.env;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-space-'));
  process.env.BENCH_CACHE = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (BENCH_CACHE === undefined) delete process.env.BENCH_CACHE;
  else process.env.BENCH_CACHE = BENCH_CACHE;
});

it('too little room in the cache is refused, naming what needs how much, what is free, and where', () => {
  expect(() => requireSpace(1, 'Nothing much')).not.toThrow();
  expect(() => requireSpace(1e18, 'Loading the data')).toThrow(
    expect.objectContaining({
      code: 'DISK_FULL',
      exitCode: 2,
      message: expect.stringMatching(
        /^Loading the data needs about 1,?000,?000 TB, but the disk that holds .*space-.* has .*B free: free some space, or set BENCH_CACHE to a folder on another disk\.$/,
      ),
    }),
  );
});

it.each([
  ['PostgreSQL’s', Object.assign(new Error('could not extend file'), { code: '53100' })],
  ['a tool’s', new Error('cp failed: cp: error writing /a/b: No space left on device')],
  [
    'one that was put into words already',
    new BenchError('SMARTMENU_LOAD', 'Loading failed: could not write: No space left on device.'),
  ],
])('a full disk is one sentence whoever tells of it: %s', (_, error) => {
  expect(explainFullDisk(error)).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/^The disk that holds .*space-\S+ is full \(.*B free\): .*BENCH_CACHE/),
    cause: error,
  });
});

it('where the system doesn’t say which disk is full, the one that isn’t is named', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect((explainFullDisk(error) as Error).message).toMatch(
    /^A disk is full, and not that of .*space-\S+ \(.*B free\): .*--out.*TMPDIR/,
  );
});

it('a full disk elsewhere is named by the folder that was written to; other errors pass', () => {
  const place = join(folder, '..', 'results');
  const error = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: join(place, 'run.json') });
  const { message } = explainFullDisk(error) as Error;
  expect(message).toContain(`The disk that holds ${place} is full`);
  expect(message).not.toContain('BENCH_CACHE');
  expect(explainFullDisk(error)).toMatchObject({ exitCode: 2 });
  expect(explainFullDisk(error, 4)).toMatchObject({ exitCode: 4 });
  const other = new Error('something else');
  expect(explainFullDisk(other)).toBe(other);
  const explained = explainFullDisk(error);
  expect(explainFullDisk(explained)).toBe(explained);
  expect(explainFullDisk(explained, 4)).toMatchObject({ code: 'DISK_FULL', exitCode: 4, message });
});

it('a folder takes what its files take, and those that links in it lead to', async () => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'file'), Buffer.alloc(1 << 20, 1));
  expect(await treeBytes(join(folder, 'data'))).toBeGreaterThanOrEqual(1 << 20);
  expect(await treeBytes(join(folder, 'nowhere'))).toBe(0);
  mkdirSync(join(folder, 'other'));
  symlinkSync(join(folder, 'data'), join(folder, 'other', 'link'));
  expect(await treeBytes(join(folder, 'other'))).toBeGreaterThanOrEqual(1 << 20);
});

describe('whether a folder can be written', () => {
  it('is tried, without leaving anything, in the nearest one that is there', async () => {
    await tryWriting(join(folder, 'not', 'made', 'yet'));
    expect(readdirSync(folder)).toEqual([]);
    expect(freeBytes(join(folder, 'not', 'made', 'yet'))).toBeGreaterThan(0);
  });

  it.skipIf(!isRoot)(
    'is not told by permissions: where root may do all, the system may still refuse',
    async () => {
      await expect(tryWriting('/proc/self')).rejects.toThrow();
    },
  );

  it.skipIf(!canMount)('is denied on a full disk and on one that is mounted read-only', async () => {
    using disk = mountTmpfs('size=1m')!;
    await tryWriting(disk.dir);
    expect(() => writeFileSync(join(disk.dir, 'filler'), Buffer.alloc(2 << 20))).toThrow('ENOSPC');
    await expect(tryWriting(disk.dir)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(readdirSync(disk.dir)).toEqual(['filler']);
    disk.remount('ro');
    await expect(tryWriting(disk.dir)).rejects.toMatchObject({ code: 'EROFS' });
  });
});
