import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectCpuMethod } from '../../src/cluster/budget/methods.js';
import { packageRoot } from '../../src/machine/entry.js';
import type { RunRecord } from '../../src/record/run.js';
import type { Trials } from '../../src/record/trials.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { ownRuns, processesNaming } from '../cluster/support.js';
import { flawsOf } from '../schema/flaws.js';
import { runBench } from './bench.js';

/** A plan, trials that are killed and interrupted and gone on with, and one of equal runs. */

const cache = ownRuns();
let folder: string;
const bench = (...args: string[]) => runBench(folder, args);
const json = async (...path: string[]) => JSON.parse(await readFile(join(folder, ...path), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(async () => {
  cache.remove();
  await rm(folder, { recursive: true, force: true });
});

const { method } = await detectCpuMethod();
const canControl = method !== 'none' && os.availableParallelism() >= 2;

const WORK = '--driver player --scale 0.01 --rate 60 --duration 2s --warmup 0s'.split(' ');

it('a plan is written before anything is measured, and refused once it was changed', async () => {
  const outcome = await bench('plan', ...WORK, '--out', 'plan.json');
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  const written = await json('plan.json');
  expect(flawsOf(written, 'plan')).toEqual([]);
  const { plan, planHash } = written;
  expect(plan).toMatchObject({
    schema: 'splitbench.plan/2',
    load: { ratePerSecond: 60, targetUtilisation: null },
  });
  expect(outcome.stdout).toContain(planHash);
  await writeFile(
    join(folder, 'changed.json'),
    JSON.stringify({ plan: { ...plan, load: { ...plan.load, durationS: 3 } }, planHash }),
  );
  for (const command of [['run', 'baseline'], ['trials']]) {
    const refused = await bench(...command, '--plan', 'changed.json');
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('changed.json: the plan was changed'),
    });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await readdir(folder)).not.toContain('reports');
}, 60_000);

/** Starts or resumes the trials, and ends them with a signal while the run of this number (from 1) is measured. */
async function endedIn(run: number, signal: NodeJS.Signals, ...args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [join(packageRoot, 'bin/bench.js'), 'trials', ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilMeasuring(child, run);
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}

async function untilMeasuring(child: ChildProcess, run: number): Promise<void> {
  let seen = 0;
  for await (const line of createInterface(child.stderr!)) {
    if (/^pair \d of \d, \w+: measuring/.test(line) && ++seen === run) return;
  }
  throw new Error(`run ${run} was never measured`);
}

describe('trials of two pairs, each with traffic of its own and, where budgets can be set, a control', () => {
  const sides = canControl ? ['baseline', 'split', 'control'] : ['baseline', 'split'];
  let dir: string;
  const stored = (): Promise<Trials> => json(dir, 'trials.json');
  const made = async () =>
    (await stored()).pairs.flatMap(({ order, runs }) => order.map((side) => runs[side]));

  it('keep what was measured when they are killed', async () => {
    const about = ['--pairs', '2', '--seeds', ...(canControl ? ['--control'] : [])];
    await endedIn(2, 'SIGKILL', '--plan', 'plan.json', ...about);
    const [name] = await readdir(join(folder, 'reports'));
    dir = `reports/${name}`;
    expect(name).toMatch(/-trials$/);
    const trials = await stored();
    expect(trials).toMatchObject({
      schema: 'splitbench.trials/3',
      aa: false,
      control: canControl,
      seeds: true,
      planHash: (await json('plan.json')).planHash,
    });
    for (const { order } of trials.pairs) expect(order.toSorted()).toEqual(sides.toSorted());
    expect((await made()).filter((run) => run !== null)).toHaveLength(1);
    const none = await bench('compare', dir);
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`bench.js trials --resume ${dir}`),
    });
  }, 60_000);

  it('go on with the first run that is missing, and keep what was measured at Ctrl-C', async () => {
    const before = (await made())[0]!;
    const record = await readFile(join(folder, dir, before));
    // The first pair is whole by then.
    expect(await endedIn(sides.length, 'SIGINT', '--resume', dir)).toBe(130);
    const runs = await made();
    expect(runs.map((run) => run !== null).slice(0, 2 * sides.length)).toEqual([
      ...sides.map(() => true),
      ...sides.map(() => false),
    ]);
    expect(runs[0]).toBe(before);
    expect(await readFile(join(folder, dir, before))).toEqual(record);
    expect(processesNaming(join(cache.dir, 'runs'))).toEqual([]);
    const outcome = await bench('compare', dir, '--out', 'incomplete');
    expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
    expect(outcome.stdout).toContain('1 of 2 pairs were used');
  }, 120_000);

  it('end with a comparison over all pairs, each run made once and of its pair’s traffic', async () => {
    const before = (await made()).slice(0, sides.length);
    const outcome = await bench('trials', '--resume', dir, '--json');
    expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
    const runs = await made();
    expect(runs.slice(0, sides.length)).toEqual(before);
    expect((await readdir(join(folder, dir))).sort()).toEqual(
      [...runs.map((run) => run!.split('/')[0]!), 'compare.html', 'compare.json', 'trials.json'].sort(),
    );
    const trials = await stored();
    expect(flawsOf(trials, 'trials')).toEqual([]);
    const { plan, pairs } = trials;
    const traces = await Promise.all(
      pairs.map(async ({ order, runs }, index) => {
        const records: RunRecord[] = await Promise.all(order.map((side) => json(dir, runs[side]!)));
        expect(records.map(({ side }) => side)).toEqual(order);
        for (const { plan: own } of records) {
          expect(own.workload).toMatchObject({ seed: 1, trafficSeed: 2 + index });
          expect(own.load).toEqual(plan.load);
        }
        for (const [at, record] of records.slice(1).entries()) {
          expect(records[at]!.finishedAt <= record.startedAt).toBe(true);
        }
        expect(new Set(records.map(({ planHash }) => planHash)).size).toBe(1);
        return records[0]!.plan.workload.traceSha256;
      }),
    );
    expect(new Set([...traces, plan.workload.traceSha256]).size).toBe(traces.length + 1);
    const card: Scorecard = JSON.parse(outcome.stdout);
    // Pairs that a busy machine spoils are made again.
    const telling = card.trials!.pairs.filter(({ setAside }) => setAside === null);
    const scored = telling.length || pairs.length;
    expect(card.generatedFrom.pairs).toHaveLength(scored);
    expect(card.trials?.pairs.map(({ runs }) => runs)).toEqual(pairs.map(({ runs }) => runs));
    expect(card.notes.join()).not.toContain('runs that are missing');
    expect(card.checks.find(({ id }) => id === 'same-plan')).toMatchObject({ state: 'holds' });
    if (canControl) expect(card.control!.runs).toHaveLength(scored);
    const html = await readFile(join(folder, dir, 'compare.html'), 'utf8');
    for (const run of runs) expect(html).toContain(`href="${run}"`);
    for (const { control } of pairs.map(({ runs }) => runs)) {
      if (control) expect(html).toContain(`<a href="${control}">control</a>`);
    }
  }, 300_000);

  it('measure nothing more once they are complete, and refuse other options and another seed', async () => {
    const before = await made();
    const outcome = await bench('trials', '--resume', dir);
    expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
    expect(await made()).toEqual(before);
    expect(await bench('trials', '--resume', dir, '--rate', '70')).toMatchObject({ code: 2, stdout: '' });
    const trials = await stored();
    trials.plan.workload.seed = 2;
    await writeFile(join(folder, dir, 'trials.json'), JSON.stringify(trials));
    for (const args of [
      ['compare', dir],
      ['trials', '--resume', dir],
    ]) {
      expect(await bench(...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('the plan was changed'),
      });
    }
  }, 60_000);
});

it('equal runs are compared with each other: no replica, and no verdict about one', async () => {
  const outcome = await bench(
    'trials',
    '--aa',
    '--pairs',
    '1',
    '--plan',
    'plan.json',
    '--out',
    'equal',
    '--json',
  );
  expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
  const card: Scorecard = JSON.parse(outcome.stdout);
  // A busy machine may make the comparison invalid, which is said first.
  if (card.valid) expect(card.headline).toContain('Baseline against baseline');
  expect(card.scorecard.find(({ id }) => id === 'replica-lag')).toMatchObject({ verdict: 'not-measured' });
  const [name] = await readdir(join(folder, 'equal'));
  const trials: Trials = await json('equal', name!, 'trials.json');
  expect(trials.aa).toBe(true);
  for (const path of Object.values(trials.pairs[0]!.runs)) {
    expect(await json('equal', name!, path!)).toMatchObject({ side: 'baseline', lag: null });
  }
}, 60_000);

it.each([
  ['no pair', ['--pairs', '0']],
  ['half a pair', ['--pairs', '1.5']],
  ['equal runs and a control', ['--aa', '--control']],
  ['a plan and work beside it', ['--plan', 'plan.json', '--scale', '2']],
  ['a plan that is not there', ['--plan', 'nowhere.json']],
  ['trials that are not there', ['--resume', 'nowhere']],
])('bad input is one sentence and exit code 2: %s', async (_what, args) => {
  const outcome = await bench('trials', ...args);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
});
