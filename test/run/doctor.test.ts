import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examineMachine } from '../../src/run/doctor.js';
import { ownCache } from '../cluster/support.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

const { BENCH_CACHE, BENCH_PG_BIN, TMPDIR } = process.env;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-doctor-'));
  // None: they would be copied into each cache.
  process.env.BENCH_PG_BIN = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, value] of Object.entries({ BENCH_CACHE, BENCH_PG_BIN, TMPDIR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function findings(out = join(folder, 'reports')) {
  const found = await examineMachine(out);
  return Object.fromEntries(found.map(({ what, ...finding }) => [what, finding]));
}

const lacking = (fix: RegExp) => ({
  found: 'none that can be used',
  fix: expect.stringMatching(fix),
  needed: true,
});

it('all is well where cache, results and temporary files can be written', async () => {
  const cache = ownCache();
  try {
    const { Cache, Results, 'Temporary files': temporary } = await findings();
    expect(Cache).toEqual({ found: `${cache.dir} can be written` });
    expect(Results).toEqual({ found: `${join(folder, 'reports')} can be written` });
    expect(temporary).toEqual({ found: `${tmpdir()} can be written` });
  } finally {
    cache.remove();
  }
});

it('what can’t be written is found out, each with its own fix', async () => {
  process.env.BENCH_CACHE = join('/proc/self/mem', 'cache');
  process.env.TMPDIR = '/proc/self';
  const { Cache, Results, Disk, 'Temporary files': temporary } = await findings('/proc/self/reports');
  expect(Cache).toEqual(lacking(/can't be used.*BENCH_CACHE/));
  expect(Disk).toEqual(lacking(/can't be used.*BENCH_CACHE/));
  expect(Results).toEqual(lacking(/^\/proc\/self .*--out/));
  expect(temporary).toEqual(lacking(/^\/proc\/self .*TMPDIR/));
});

it.skipIf(!canMount)(
  'a cache that is read-only, or from which no program may be run, is found out',
  async () => {
    using disk = mountTmpfs('size=1m,noexec')!;
    process.env.BENCH_CACHE = disk.dir;
    expect((await findings()).Cache).toMatchObject({ fix: expect.stringContaining('noexec'), needed: true });
    disk.remount('ro');
    expect((await findings(disk.dir)).Cache).toEqual(lacking(/mounted read-only: set BENCH_CACHE/));
    expect((await findings(disk.dir)).Results).toEqual(lacking(/mounted read-only/));
  },
);
