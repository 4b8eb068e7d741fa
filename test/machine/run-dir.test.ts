import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openRunDir, readOwner } from '../../src/machine/run-dir.js';
import { ownCache } from '../cluster/support.js';

const cache = ownCache();
afterAll(() => cache.remove());

it('nobody else can look into the folder of a run, but where servers are to pass through it', () => {
  const runs = [openRunDir('traces'), openRunDir('cluster', { forServers: true })];
  expect(runs.map(({ path }) => statSync(path).mode & 0o777)).toEqual([0o700, 0o711]);
  for (const run of runs) {
    expect(readOwner(run.path)?.pid).toBe(process.pid);
    run.remove();
  }
});

it('the folder of a run that can’t be made leaves nothing', () => {
  expect(() => openRunDir('no/name')).toThrow('ENOENT');
  expect(readdirSync(join(cache.dir, 'runs'))).toEqual([]);
});
