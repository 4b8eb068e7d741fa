import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../src/cluster/embedded/server.js';
import { withFreePorts } from '../../../src/cluster/free-ports.js';
import { processStart } from '../../../src/machine/processes.js';

const home = mkdtempSync(join(tmpdir(), 'splitbench-server-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Starts a script in PostgreSQL's place. */
function start(name: string, script: string, onSpawn?: (pid: number) => Promise<void>) {
  const binDir = join(home, name);
  mkdirSync(binDir, { recursive: true });
  writeFileSync(join(binDir, 'postgres'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(binDir, 'postgres'), 0o755);
  return startServer({
    binaries: { binDir, version: '18.4', major: 18, source: 'a test', runAs: null },
    dataDir: binDir,
    logFile: join(binDir, 'log'),
    signal: new AbortController().signal,
    onSpawn,
  });
}

test('a server that ends by itself is said so in its own words', async () => {
  const starting = start('ends', 'echo "2026-01-01 [1] FATAL:  the lock file is empty" >&2; exit 1');
  await expect(starting).rejects.toMatchObject({
    code: 'SERVER_START',
    message: 'PostgreSQL did not start: the lock file is empty.',
  });
});

test('a server with a logging collector is heard in its log, past what an earlier one said there', async () => {
  const earlier =
    '2026-01-01,,,77777,,x.1,1,,,,0,LOG,XX000,"could not bind: Address already in use",,,,,,,,,""';
  const own =
    '2026-01-01,,,%s,,x.2,1,,,,0,FATAL,XX000,"could not map ""anonymous"" shared memory",,,,,,,,,""';
  const log = join(home, 'collected.csv');
  writeFileSync(log, `${earlier}\n`);
  const says = [
    `echo 'csvlog ${log}' > "$2/current_logfiles"`,
    `printf '${own}\n' $$ >> ${log}`,
    'echo "LOG:  redirecting log output to logging collector process" >&2; exit 1',
  ];
  await expect(start('collects', says.join('\n'))).rejects.toMatchObject({
    code: 'SERVER_START',
    message: 'PostgreSQL did not start: could not map "anonymous" shared memory.',
  });
});

test('a server that is ended, because it could not be put under its budget, is not what failed', async () => {
  let server = 0;
  const starting = start('refused', 'echo "LOG:  starting" >&2; exec sleep 60', async (pid) => {
    server = pid;
    throw new Error('the budget escaped');
  });
  await expect(starting).rejects.toThrow('the budget escaped');
  expect(processStart(server)).toBeNull();
});

test('a port that was taken meanwhile is tried again with another, a few times', async () => {
  const taken = 'echo "LOG:  could not bind IPv4 address: Address already in use" >&2; exit 1';
  const tried: number[] = [];
  const first = withFreePorts(2, async (ports) => {
    tried.push(...ports);
    if (tried.length > 2) return 'started';
    await start('taken', taken);
  });
  expect(await first).toBe('started');
  expect(new Set(tried.slice(0, 2)).size).toBe(2);
  await expect(withFreePorts(1, () => start('taken', taken))).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    exitCode: 4,
  });
});
