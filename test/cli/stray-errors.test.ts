import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { processesNaming } from '../cluster/support.js';
import { type Outcome, runBench } from '../e2e/bench.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-stray-'));
// The servers' user must pass through it.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command in a process in which something goes wrong that nobody awaits. */
function withStray(fault: string, args: string[]): Promise<Outcome> {
  // Only in the bench itself, once it is at work: what it starts is given the same options.
  const script = `import fs from 'node:fs';
    const waiting = setInterval(() => {
      if (process.listenerCount('uncaughtException') === 0) return;
      clearInterval(waiting);
      setTimeout(() => { ${fault} }, 300);
    }, 20);
    if (!process.argv[1]?.endsWith('bench.js')) clearInterval(waiting);`;
  const source = `data:text/javascript,${encodeURIComponent(script)}`;
  const BENCH_CACHE = join(folder, 'cache');
  return runBench(folder, args, { BENCH_CACHE, NODE_OPTIONS: `--import ${source}` });
}

const FAULTS = [
  { fault: "Promise.reject(new Error('odd'))", words: /Unexpected error: odd/ },
  { fault: "fs.createWriteStream('/dev/full').end('x')", words: /A disk is full/ },
];

it('a rejection and a stream’s error that nobody awaits end a command in one sentence, with what it started', async () => {
  const outcomes = FAULTS.map(async ({ fault, words }) => {
    const { code, stdout, stderr } = await withStray(fault, ['selfcheck', '--quick']);
    expect({ code, stdout }, stderr).toEqual({ code: 4, stdout: '' });
    const [last, ...others] = stderr.split('\n').filter((line) => /^bench: |^ +at /.test(line));
    expect(last).toMatch(words);
    expect(others).toEqual([]);
  });
  await Promise.all(outcomes);
  expect(processesNaming(folder)).toEqual([]);
});

it('what goes wrong while all is stopped for its user is not told: it was interrupted', async () => {
  // Before anything can have been stopped.
  const fault = `process.on('SIGINT', () => { throw new Error('odd'); }); process.kill(process.pid, 'SIGINT');`;
  const { code, stdout, stderr } = await withStray(fault, ['selfcheck', '--quick']);
  expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain('Interrupted');
  expect(stderr).not.toMatch(/^bench: |odd/m);
  expect(processesNaming(folder)).toEqual([]);
});

it('a reader that stops reading harms nothing; output that can’t be written is said', async () => {
  const bench = (stdout: number | 'pipe') =>
    spawn(process.execPath, [join(packageRoot, 'bin/bench.js'), '--help'], {
      stdio: ['ignore', stdout, 'pipe'],
    });
  const deaf = bench('pipe');
  deaf.stdout!.destroy();
  const full = openSync('/dev/full', 'w');
  const unheard = bench(full);
  closeSync(full);
  const ends = [deaf, unheard].map(async (child) => {
    const code = new Promise((resolve) => child.once('close', resolve));
    return { said: await text(child.stderr!), code: await code };
  });
  const [quiet, loud] = await Promise.all(ends);
  expect(quiet).toEqual({ said: '', code: 0 });
  expect(loud!.code).toBe(4);
  expect(loud!.said).toMatch(
    /^bench: Standard output can't be written \(ENOSPC.*\)\. \[OUTPUT_UNWRITABLE\]\n$/,
  );
});
