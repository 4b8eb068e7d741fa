import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { ownCache, processesNaming } from '../cluster/support.js';

/** What no order to stop reaches, and what a command can't even begin with, end at once all the same. */

const cache = ownCache();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-at-once-'));
  chmodSync(folder, 0o755);
});
afterAll(() => {
  cache.remove();
  rmSync(folder, { recursive: true });
});

const BENCH = join(packageRoot, 'bin/bench.js');
const PLAN = ['plan', '--driver', 'player', '--scale', '0.01', '--rate', '50'];

/** A folder of one test's own with these files. */
function place(name: string, files: Record<string, string> = {}): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text, { mode: 0o755 });
  return path;
}

function start([file, ...args]: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(file!, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  return {
    interrupt: () => child.kill('SIGINT'),
    says: (words: string) => vi.waitFor(() => expect(stderr).toContain(words), { timeout: 20_000 }),
    ended: async () => ({ code: (await closed)[0], stderr: stderr.trim() }),
  };
}

const bench = (args: string[], cwd: string, env?: NodeJS.ProcessEnv) =>
  start([process.execPath, BENCH, ...args], cwd, env);

describe.concurrent('ends at once', () => {
  it('while a config waits for ever: at the first Ctrl-C, and without what it was compiled to', async () => {
    const cwd = place('config', {
      'bench.config.ts': `console.error('waiting'); setInterval(() => {}, 1000); await new Promise(() => {});`,
    });
    const { says, interrupt, ended } = bench(PLAN, cwd);
    await says('waiting');
    interrupt();
    expect(await ended()).toEqual({
      code: 130,
      stderr: 'waiting\n\nInterrupted. What is not finished is not kept.',
    });
    expect(readdirSync(cwd)).toEqual(['bench.config.ts']);
  });

  it('while a program hangs that no order stops: at the second Ctrl-C, and the program with it', async () => {
    const hangs = '#!/bin/sh\nsleep 600\n';
    const bin = place('bin', { postgres: hangs, initdb: hangs });
    const { says, interrupt, ended } = bench(PLAN, place('hung'), { BENCH_PG_BIN: bin });
    await vi.waitFor(() => expect(processesNaming(bin)).not.toEqual([]), { timeout: 20_000 });
    interrupt();
    await says('Interrupted: stopping what was started');
    await sleep(400);
    interrupt();
    const { code, stderr } = await ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\nStopped at once\. What is not finished is not kept\. The next bench cleans up what is left of this one\.$/,
    );
    await vi.waitFor(() => expect(processesNaming(bin)).toEqual([]), { timeout: 20_000 });
  });

  it('where a config exits: that is no success', async () => {
    const cwd = place('exits', { 'bench.config.ts': 'process.exit(0)' });
    const { code, stderr } = await bench(['run', 'baseline'], cwd).ended();
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(stderr).toMatch(
      /^bench: .*bench\.config\.ts can't be loaded: it ends before it has exported anything/,
    );
    expect(readdirSync(cwd)).toEqual(['bench.config.ts']);
  });

  it.skipIf(process.platform !== 'linux')('where the results can never be written', async () => {
    const args = ['run', 'baseline', '--out', '/proc/splitbench/reports'];
    const { code, stderr } = await bench(args, place('proc')).ended();
    // It has looked at the machine by then.
    const said = stderr.replace(/^note: Other programs .*\n/, '');
    expect({ code, said }).toEqual({
      code: 2,
      said: "bench: The folder /proc/splitbench/reports can't be written (The folder /proc/splitbench can't be made: /proc takes no folders): choose another with --out. [OUT_NOT_WRITABLE]",
    });
  });

  it.skipIf(process.platform === 'win32')('in a folder that is gone', async () => {
    const gone = place('gone');
    const script = 'rmdir "$PWD" && exec "$0" "$@"';
    const { code, stderr } = await start(
      ['sh', '-c', script, process.execPath, BENCH, ...PLAN],
      gone,
    ).ended();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'bench: The folder in which the bench was started is gone: change to another one. [NO_FOLDER]',
    });
  });
});
