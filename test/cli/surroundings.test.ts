import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

// The first of these has no room for what all commands share, the second none for what one works with.
test.skipIf(process.platform === 'win32').each([30, 46])(
  'a command that may not open its own files says so (%i of them)',
  (most) => {
    const bench = [process.execPath, join(packageRoot, 'bin/bench.js'), 'doctor'];
    const limited = ['-c', `ulimit -n ${most}; exec "$@"`, 'sh', ...bench];
    const { status, stderr } = spawnSync('sh', limited, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(
        /^bench: .*(own files can't be read \(.*\)|may not open any more files): .*ulimit -n.*\. \[(OWN_FILES|TOO_MANY_FILES)\]\n$/,
      ),
    });
  },
);

test('two pairs are said to decide nothing before anything is looked at or measured', () => {
  const bench = [
    join(packageRoot, 'bin/bench.js'),
    'trials',
    '--pairs',
    '2',
    '--json',
    '--plan',
    'no-such-plan',
  ];
  const { status, stderr } = spawnSync(process.execPath, bench, { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^note: Two pairs decide nothing/);
});

test('an option that can’t stand beside another, and that nobody typed, is said to be set in the config', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  const config = join(folder, 'bench.config.json');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  const replica = 'postgres://bench@db/shop';
  const refusal = 'bench: --replica needs the server that it follows: give --primary too.';
  writeFileSync(config, JSON.stringify({ replica, rate: 20 }));
  expect(await run(['node', 'bench', 'plan'])).toBe(2);
  expect(said).toBe(`${refusal} ("replica" is set in ${config}.) [OPTION_CONFLICT]\n`);
  said = '';
  expect(await run(['node', 'bench', 'plan', '--replica', replica])).toBe(2);
  expect(said).toBe(`${refusal} [OPTION_CONFLICT]\n`);
});
