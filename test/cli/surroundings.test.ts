import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/main.js';
import { packageRoot } from '../../src/machine/entry.js';

/** What a command finds about it and doesn't want. */

afterEach(() => vi.restoreAllMocks());

test('variables for the clients of other servers reach none of ours', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const others = { PGOPTIONS: '-c x=y', PGSSLMODE: 'require' };
  Object.assign(process.env, others);
  expect(await run(['node', 'bench', '--version'])).toBe(0);
  for (const name of Object.keys(others)) expect(process.env[name]).toBeUndefined();
});

test.skipIf(process.platform === 'win32')('a command that may not open its own files says so', () => {
  const bench = [process.execPath, join(packageRoot, 'bin/bench.js'), 'doctor'];
  const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -n 30; exec "$@"', 'sh', ...bench], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 4,
    stderr: expect.stringMatching(/^bench: its own files can't be read \(EMFILE.*\): .*ulimit -n.*\.\n$/),
  });
});
