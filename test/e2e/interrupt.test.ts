import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { groupsNaming, ownCache, processesNaming, readProc } from '../cluster/support.js';
import { runBench } from './bench.js';

/** What is left when a run is ended before its time. */

const cache = ownCache();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(async () => {
  cache.remove();
  await rm(folder, { recursive: true, force: true });
});

const RUN = ['run', 'split', '--driver', 'player', '--scale', '0.01', '--rate', '50', '--warmup', '0s'];

/** Starts a long run and waits until it is in a phase. */
async function until(phase: string): Promise<ChildProcess> {
  const bench = spawn(process.execPath, [join(packageRoot, 'bin/bench.js'), ...RUN, '--duration', '60s'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(bench.stderr!)) if (line.startsWith(phase)) return bench;
  throw new Error(`the run never said "${phase}"`);
}

async function end(bench: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(bench, 'exit');
  bench.kill(signal);
  const [code] = await exited;
  return code;
}

function leftovers(): unknown {
  const runs = join(cache.dir, 'runs');
  return {
    processes: processesNaming(runs),
    folders: existsSync(runs) ? readdirSync(runs) : [],
    records: existsSync(join(folder, 'reports')) ? readdirSync(join(folder, 'reports')) : [],
  };
}

const NOTHING = { processes: [], folders: [], records: [] };

it.each(['preparing', 'starting', 'measuring'])(
  'Ctrl-C while %s leaves no process, no data and no record',
  async (phase) => {
    const bench = await until(phase);
    expect(await end(bench, 'SIGINT')).toBe(130);
    expect(leftovers()).toEqual(NOTHING);
  },
);

it('a primary that is killed ends the run at once, with a sentence that says so, and nothing is left', async () => {
  const bench = await until('measuring');
  let said = '';
  bench
    .stderr!.setEncoding('utf8')
    .on('data', (text) => (said += text))
    .resume();
  const [primary] = processesNaming(join(cache.dir, 'runs')).filter((pid) =>
    readProc(pid, 'cmdline').includes('/primary'),
  );
  const ended = once(bench, 'close');
  const since = performance.now();
  process.kill(primary!, 'SIGKILL');
  expect((await ended)[0]).toBe(4);
  // It once took 35 to 60 s, for what was asked of a primary that is gone.
  expect(performance.now() - since).toBeLessThan(15_000);
  const sentences = said.split('\n').filter((line) => line.startsWith('bench: '));
  expect(sentences).toEqual([
    expect.stringMatching(/^bench: The primary's server ended unexpectedly.*it was killed by SIGKILL/),
  ]);
  expect(said).not.toMatch(/Unexpected|\n {4}at /);
  expect(leftovers()).toEqual(NOTHING);
});

it('a killed run is cleaned by the next, which works', async () => {
  const bench = await until('measuring');
  const [run] = readdirSync(join(cache.dir, 'runs')).sort();
  await end(bench, 'SIGKILL');
  expect(processesNaming(join(cache.dir, 'runs')).length).toBeGreaterThan(0);
  const next = await runBench(folder, [...RUN, '--duration', '2s']);
  expect(next, next.stderr).toMatchObject({ code: 0 });
  expect(leftovers()).toMatchObject({ processes: [], folders: [] });
  expect(groupsNaming(run!)).toEqual([]);
}, 120_000);
