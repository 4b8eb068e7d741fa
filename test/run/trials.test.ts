import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { benchVersion } from '../../src/machine/entry.js';
import type { Plan } from '../../src/record/plan.js';
import { hashPlan, readPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { readRun, writeRun } from '../../src/record/run-file.js';
import { type StoredTrials, TRIALS_SCHEMA, type Trials } from '../../src/record/trials.js';
import { followsTrials, isTrials, readTrials, writeTrials } from '../../src/record/trials-file.js';
import { PAIR_SIDES, SIDES, type Side } from '../../src/record/words.js';
import { holdFolder } from '../../src/run/hold.js';
import { drawOrder, missingRuns, resumeTrials, runTrials } from '../../src/run/trials.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-trials-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A plan that this machine can follow. */
function planHere(): Plan {
  const { plan } = pairOf().baseline;
  const { platform, arch, version } = process;
  const cpu = { cpuModel: os.cpus()[0]?.model ?? 'unknown', cores: os.availableParallelism() };
  return { ...plan, machine: { platform, arch, ...cpu, memoryBytes: os.totalmem(), nodeVersion: version } };
}

/** Trials of two pairs on disk, split first in the second, without a run. */
async function trialsOf(change: Partial<Trials> = {}): Promise<StoredTrials> {
  const plan = planHere();
  const runs = () => ({ baseline: null, split: null });
  const trials: Trials = {
    schema: TRIALS_SCHEMA,
    id: '2026-01-02T03-04-05-trials',
    benchVersion,
    startedAt: '2026-01-02T03:04:05.000Z',
    plan,
    planHash: hashPlan(plan),
    rateSearch: null,
    aa: false,
    control: false,
    seeds: false,
    orderSeed: 1,
    planned: 2,
    pairs: [
      { order: ['baseline', 'split'], runs: runs() },
      { order: ['split', 'baseline'], runs: runs() },
    ],
    ...change,
  };
  await writeTrials({ folder, trials });
  return { folder, trials };
}

/** A run of the trials in their folder; returns its path in there. */
async function makeRun(
  { trials: { plan, planHash } }: StoredTrials,
  side: Side,
  id: string,
  trafficSeed?: number,
): Promise<string> {
  const own = {
    ...plan,
    workload: { ...plan.workload, trafficSeed, traceSha256: 'e'.repeat(64), events: 9 },
  };
  const planned = trafficSeed === undefined ? { plan, planHash } : { plan: own, planHash: hashPlan(own) };
  const run = pairOf()[side === 'split' ? 'split' : 'baseline'];
  await writeRun(folder, { ...run, side, id, ...planned });
  return `${id}/run.json`;
}

const left = ({ trials }: StoredTrials) => missingRuns(trials).map(({ number, side }) => `${number} ${side}`);

describe('the order within the pairs', () => {
  it.each([
    ['two sides', PAIR_SIDES, ['baseline,split', 'split,baseline']],
    [
      'three',
      SIDES,
      [
        'baseline,split,control',
        'baseline,control,split',
        'split,baseline,control',
        'split,control,baseline',
        'control,baseline,split',
        'control,split,baseline',
      ],
    ],
  ])(
    'of %s comes from the seed alone, and is balanced over as many pairs as there are sides',
    (_what, sides, all) => {
      const orders = drawOrder(7, 3001, sides);
      expect(drawOrder(7, 3001, sides)).toEqual(orders);
      expect(drawOrder(8, 3001, sides)).not.toEqual(orders);
      expect(drawOrder(7, 3000, sides)).toEqual(orders.slice(0, 3000));
      const starts = new Map<string, number>();
      for (let at = 0; at + sides.length <= 3000; at += sides.length) {
        const block = orders.slice(at, at + sides.length);
        // Each side has each place once, and which order comes first is drawn.
        for (let place = 0; place < sides.length; place++) {
          expect(new Set(block.map((order) => order[place]))).toEqual(new Set(sides));
        }
        const first = block[0]!.join();
        starts.set(first, (starts.get(first) ?? 0) + 1);
      }
      expect([...starts.keys()].sort()).toEqual([...all].sort());
      for (const count of starts.values()) {
        const even = 3000 / sides.length / all.length;
        expect(count).toBeGreaterThan(even - 4 * Math.sqrt(even));
        expect(count).toBeLessThan(even + 4 * Math.sqrt(even));
      }
    },
  );

  it('has a control run before and after either of the others', () => {
    const orders = drawOrder(3, 300, SIDES);
    const before = (a: Side, b: Side) => orders.filter((order) => order.indexOf(a) < order.indexOf(b)).length;
    for (const side of PAIR_SIDES) {
      expect(before('control', side)).toBeGreaterThan(100);
      expect(before('control', side)).toBeLessThan(200);
    }
  });
});

it('trials are read back as they were written, from their folder or their file, and as the plan they follow', async () => {
  const stored = await trialsOf();
  const file = join(folder, 'trials.json');
  expect([isTrials(folder), isTrials(file), isTrials(dirname(folder))]).toEqual([true, true, false]);
  expect(await readTrials(folder)).toEqual(stored);
  expect(await readTrials(file)).toEqual(stored);
  expect(await readPlan(file)).toEqual(stored.trials.plan);
});

it('goes on with the first run that is missing, in the order that was drawn', async () => {
  const stored = await trialsOf();
  expect(left(await resumeTrials(folder))).toEqual(['1 baseline', '1 split', '2 split', '2 baseline']);
  stored.trials.pairs[0]!.runs = {
    baseline: await makeRun(stored, 'baseline', 'a'),
    split: await makeRun(stored, 'split', 'b'),
  };
  await writeTrials(stored);
  expect(left(await resumeTrials(folder))).toEqual(['2 split', '2 baseline']);
});

it('a run that was finished but not noted when the bench was killed is not made again', async () => {
  const stored = await trialsOf();
  stored.trials.pairs[0]!.runs.baseline = await makeRun(stored, 'baseline', 'a');
  await writeTrials(stored);
  const split = await makeRun(stored, 'split', 'b');
  const resumed = await resumeTrials(folder);
  expect(resumed.trials.pairs[0]!.runs).toEqual({ baseline: 'a/run.json', split });
  expect(left(resumed)).toEqual(['2 split', '2 baseline']);
  expect(await readTrials(folder)).toEqual(resumed);
});

it('a control is a run of its pair like the others', async () => {
  const stored = await trialsOf({
    control: true,
    pairs: [
      { order: ['control', 'split', 'baseline'], runs: { baseline: null, split: null, control: null } },
    ],
  });
  expect(left(await resumeTrials(folder))).toEqual(['1 control', '1 split', '1 baseline']);
  const control = await makeRun(stored, 'control', 'a');
  const resumed = await resumeTrials(folder);
  expect(resumed.trials.pairs[0]!.runs).toEqual({ baseline: null, split: null, control });
  expect(left(resumed)).toEqual(['1 split', '1 baseline']);
  await rm(join(folder, 'a'), { recursive: true });
  expect(left(await resumeTrials(folder))[0]).toBe('1 control');
});

it('where pairs have traffic of their own, a run is its pair’s by the seed of that, and follows the plan in all else', async () => {
  const stored = await trialsOf({ seeds: true });
  const { seed } = stored.trials.plan.workload;
  await makeRun(stored, 'baseline', 'of-the-plan');
  await makeRun(stored, 'baseline', 'of-pair-2', seed! + 2);
  expect(left(await resumeTrials(folder))).toHaveLength(4);
  const baseline = await makeRun(stored, 'baseline', 'of-pair-1', seed! + 1);
  const resumed = await resumeTrials(folder);
  expect(resumed.trials.pairs[0]!.runs).toEqual({ baseline, split: null });
  const { record } = await readRun(join(folder, 'of-pair-1'));
  const { trials } = resumed;
  expect(followsTrials(record, trials, 1)).toBe(true);
  expect(followsTrials(record, trials, 2)).toBe(false);
  expect(followsTrials(record, { ...trials, seeds: false }, 1)).toBe(false);
  const slower = { ...record, plan: { ...record.plan, load: { ...record.plan.load, ratePerSecond: 1 } } };
  expect(followsTrials(slower, trials, 1)).toBe(false);
});

it('a run of another plan or side that lies in the folder is not taken for one of the trials', async () => {
  const stored = await trialsOf();
  await makeRun(stored, 'split', 'of-the-other-side');
  const { baseline } = pairOf();
  await writeRun(folder, { ...baseline, id: 'of-another-plan', planHash: hashPlan(baseline.plan) });
  expect(left(await resumeTrials(folder))).toHaveLength(4);
});

it('a run whose folder was taken away is made again', async () => {
  const stored = await trialsOf();
  stored.trials.pairs[0]!.runs.baseline = await makeRun(stored, 'baseline', 'a');
  await writeTrials(stored);
  await rm(join(folder, 'a'), { recursive: true });
  expect(left(await resumeTrials(folder))[0]).toBe('1 baseline');
});

it('for a pair that says nothing another is begun, in the order that the seed has for it, unless none of them says anything', async () => {
  const stored = await trialsOf();
  const { trials } = stored;
  const { signal } = new AbortController();
  // The plan's trace is not one of this bench, so no run is ever made.
  const noTrace = { code: 'TRACE_CHANGED' };
  const told: number[] = [];
  const goOn = (saysNothing: (pair: { baseline: RunRecord }) => boolean) =>
    runTrials(stored, {
      whySetAside: (pair) => (saysNothing(pair) ? 'nothing' : null),
      onSetAside: ({ pair }) => told.push(pair),
      signal,
      onProgress: () => {},
      onWarning: () => {},
    });
  const complete = async (number: number) => {
    trials.pairs[number - 1]!.runs = {
      baseline: await makeRun(stored, 'baseline', `${number}-baseline`),
      split: await makeRun(stored, 'split', `${number}-split`),
    };
  };
  await complete(1);
  await complete(2);
  await goOn(() => false);
  expect(trials.pairs).toHaveLength(2);
  await expect(goOn(({ baseline }) => baseline.id === '2-baseline')).rejects.toMatchObject(noTrace);
  expect(told).toEqual([2]);
  expect(trials.pairs).toHaveLength(3);
  expect(trials.pairs[2]).toEqual({
    order: drawOrder(trials.orderSeed, 3, PAIR_SIDES)[2],
    runs: { baseline: null, split: null },
  });
  await complete(3);
  await goOn(({ baseline }) => baseline.id !== '1-baseline');
  expect(trials.pairs).toHaveLength(3);
});

it('a pair is made again only if it will have ended by the time that there is for that', async () => {
  const stored = await trialsOf();
  const { trials } = stored;
  for (const [index, pair] of trials.pairs.entries()) {
    pair.runs = {
      baseline: await makeRun(stored, 'baseline', `${index}-baseline`),
      split: await makeRun(stored, 'split', `${index}-split`),
    };
  }
  const { startedAt, finishedAt } = pairOf().baseline;
  const setUpMs = 8000;
  const aRunMs = setUpMs + Date.parse(finishedAt) - Date.parse(startedAt);
  const { signal } = new AbortController();
  const goOn = (againUntilMs: number) =>
    runTrials(stored, {
      whySetAside: ({ baseline }) => (baseline.id === '1-baseline' ? 'nothing' : null),
      againUntilMs,
      signal,
      onProgress: () => {},
      onWarning: () => {},
    });
  await goOn(Date.now() + 1.9 * aRunMs);
  expect(trials.pairs).toHaveLength(2);
  await expect(goOn(Date.now() + 2.1 * aRunMs)).rejects.toMatchObject({ code: 'TRACE_CHANGED' });
  expect(trials.pairs).toHaveLength(3);
});

it('is gone on with after a bench that left half a note of being at it, and not while another is at it', async () => {
  const stored = await trialsOf();
  const { signal } = new AbortController();
  const goOn = async () =>
    runTrials(await resumeTrials(folder), {
      whySetAside: () => null,
      signal,
      onProgress: () => {},
      onWarning: () => {},
    });
  await mkdir(join(folder, 'in-use'));
  await writeFile(join(folder, 'in-use', 'torn.json'), '{"machine":');
  await writeFile(join(folder, 'in-use.json'), '');
  // The plan's trace is not one of this bench: that far it came.
  await expect(goOn()).rejects.toMatchObject({ code: 'TRACE_CHANGED' });
  const before = await readFile(join(folder, 'trials.json'));
  await makeRun(stored, 'baseline', 'a');
  using _held = holdFolder(folder);
  await expect(resumeTrials(folder)).rejects.toMatchObject({ code: 'IN_USE', exitCode: 2 });
  expect(await readFile(join(folder, 'trials.json'))).toEqual(before);
});

it('is not gone on with by another version of the bench, on another machine, or with another plan', async () => {
  await trialsOf({ benchVersion: '0.0.9' });
  await expect(resumeTrials(folder)).rejects.toMatchObject({
    code: 'TRIALS_CHANGED',
    exitCode: 2,
    message: expect.stringMatching(/version 0\.0\.9 of the bench, and this is/),
  });
  const plan = planHere();
  plan.machine.cores += 2;
  await trialsOf({ plan, planHash: hashPlan(plan) });
  await expect(resumeTrials(folder)).rejects.toMatchObject({
    code: 'PLAN_UNMET',
    exitCode: 2,
    message: expect.stringContaining('cores of the machine'),
  });
  await trialsOf({ plan });
  await expect(resumeTrials(folder)).rejects.toMatchObject({ code: 'PLAN_TAMPERED', exitCode: 2 });
});

it('a file that holds no trials is refused in one sentence', async () => {
  await trialsOf();
  const file = join(folder, 'trials.json');
  const text = await readFile(file, 'utf8');
  for (const [content, sentence] of [
    ['no json', /it is not JSON/],
    ['{}', /holds no trials/],
    [text.replace(TRIALS_SCHEMA, 'splitbench.trials/9'), /\(splitbench\.trials\/3\): schema/],
    [text.replace('"split",\n        "baseline"', '"split",\n        "split"'), /names one side twice/],
  ] as const) {
    expect(content).not.toBe(text);
    await writeFile(file, content);
    await expect(readTrials(folder)).rejects.toThrow(sentence);
  }
  await expect(readTrials(join(folder, 'missing'))).rejects.toThrow(/Cannot read the trials/);
});
