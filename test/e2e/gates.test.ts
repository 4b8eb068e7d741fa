import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { processTree } from '../../src/machine/processes.js';
import type { RunRecord } from '../../src/record/run.js';
import { CHECKS } from '../../src/score/checks/index.js';
import type { Scorecard, Verdict } from '../../src/score/scorecard.js';
import { ownRuns, processesNaming, readProc } from '../cluster/support.js';
import { type Outcome, runBench } from './bench.js';

/** Runs that nothing should be concluded from: they are said to be invalid, by name, with exit code 3. */

const cache = ownRuns();
let folder: string;
const bench = (...args: string[]) => runBench(folder, args);

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(async () => {
  cache.remove();
  await rm(folder, { recursive: true, force: true });
});

const WORK = ['--driver', 'player', '--scale', '0.05', '--warmup', '2s'];

async function compared(out: string, ...other: Verdict[]): Promise<{ card: Scorecard; failed: string[] }> {
  const outcome = await bench('compare', '--out', out);
  expect(outcome, outcome.stderr).toMatchObject({ code: 3 });
  const card: Scorecard = JSON.parse(await readFile(join(folder, out, 'compare.json'), 'utf8'));
  expect(card.valid).toBe(false);
  expect(card.headline).toMatch(/^Not comparable: /);
  expect(new Set(card.scorecard.map(({ verdict }) => verdict))).toEqual(new Set(['invalid', ...other]));
  return { card, failed: card.checks.filter(({ state }) => state === 'fails').map(({ id }) => id) };
}

it('a bench that was stopped as the window began, and a rate that is more than the primary can do', async () => {
  const high = ['--rate', '150', '--node-cpus', '0.05', '--duration', '3s', '--out', 'high'];
  const baseline = await bench('run', 'baseline', ...WORK, ...high);
  expect(baseline, baseline.stderr).toMatchObject({ code: 0 });
  let toldMs = 0;
  const split = await splitWhile('warming up', 'high', (pid) => {
    toldMs = performance.now();
    setTimeout(() => {
      process.kill(pid, 'SIGSTOP');
      setTimeout(() => process.kill(pid, 'SIGCONT'), 3000);
    }, 500);
  });
  const leftMs = performance.now() - toldMs;
  expect(split, split.stderr).toMatchObject({ code: 3 });
  expect(split.stdout).toMatch(
    /note: The bench itself was held up for \S+ ms, from \S+ ms before the measured/,
  );
  const file = /^Record: (.*)$/m.exec(split.stdout)![1]!;
  const { heldUp, nodes }: RunRecord = JSON.parse(await readFile(join(folder, file), 'utf8'));
  expect(heldUp.longestMs).toBeGreaterThan(2900);
  expect(heldUp.longestMs).toBeLessThan(leftMs);
  expect(nodes.map(({ cpuSeconds }) => cpuSeconds)).toEqual([null, null]);
  const { card, failed } = await compared('high', 'not-measured');
  expect(failed[0]).toBe('held-up');
  expect(failed).toContain('baseline-utilisation');
  expect(card.headline).toMatch(
    /^Not comparable: the bench itself was held up: .*the baseline was overloaded/,
  );
}, 120_000);

describe('a replica, while it is measured,', () => {
  const out = 'replica';
  beforeAll(async () => {
    const asked = ['--rate', '80', '--duration', '8s', '--out', out];
    const baseline = await bench('run', 'baseline', ...WORK, ...asked);
    expect(baseline, baseline.stderr).toMatchObject({ code: 0 });
  });

  it('that is shut down', async () => {
    await splitWith(() => {
      for (const pid of postmasters('replica')) process.kill(pid, 'SIGINT');
    });
    const { card, failed } = await compared(out);
    expect(failed).toContain('replica-streaming');
    expect(card.headline).toContain('replica was not streaming');
    expect(processesNaming(join(cache.dir, 'runs'))).toEqual([]);
  }, 180_000);

  it('that stands still is none of them: what that did is a result', async () => {
    await splitWith(() => {
      const pids = postmasters('replica').flatMap(processTree);
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      setTimeout(() => {
        for (const pid of pids) process.kill(pid, 'SIGCONT');
      }, STOOD_STILL_MS);
    });
    const outcome = await bench('compare', '--out', out);
    expect([1, 3], outcome.stderr).toContain(outcome.code);
    const { checks, headline }: Scorecard = JSON.parse(
      await readFile(join(folder, out, 'compare.json'), 'utf8'),
    );
    const results = checks.filter(({ state }) => state === 'result').map(({ id }) => id);
    expect(results).toContain('lag-seen');
    // Others may use the machine that this test runs on.
    const failed = checks.filter(({ id, state }) => state === 'fails' && CHECKS[id].subject !== 'machine');
    expect(failed).toEqual([]);
    if (checks.every(({ state }) => state !== 'fails')) expect(headline).toContain('The split fell short');
  }, 180_000);

  /** Runs a split, and does something to its servers as soon as it is measured. */
  async function splitWith(interfere: () => void): Promise<void> {
    const split = await splitWhile('measuring', out, interfere);
    expect(split, split.stderr).toMatchObject({ code: 0 });
  }
});

/** Longer than any request waits for its answer. */
const STOOD_STILL_MS = 14_000;

/** Runs a split, and does something, with its process id, as soon as it is in a phase. */
async function splitWhile(phase: string, out: string, interfere: (pid: number) => void): Promise<Outcome> {
  const split = spawn(process.execPath, [join(packageRoot, 'bin/bench.js'), 'run', 'split', '--out', out], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [ended, stdout] = [once(split, 'exit'), text(split.stdout)];
  let stderr = '';
  let interfered = false;
  for await (const line of createInterface(split.stderr)) {
    stderr += `${line}\n`;
    if (interfered || !line.startsWith(phase)) continue;
    interfered = true;
    interfere(split.pid!);
  }
  const [code] = await ended;
  return { code, stdout: await stdout, stderr };
}

/** Process ids of the servers of this name that run in this test's cache. */
function postmasters(name: string): number[] {
  return processesNaming(join(cache.dir, 'runs')).filter((pid) =>
    readProc(pid, 'cmdline').includes(`/${name}`),
  );
}
