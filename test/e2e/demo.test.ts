import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import type { Trials } from '../../src/record/trials.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { runBench } from './bench.js';

/** The first command that anyone types, with a short plan. */

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('says how long it takes, makes its pairs over one plan, and ends with one scorecard and the path of its report', async () => {
  const work = '--driver player --scale 0.01 --rate 60 --duration 1s --warmup 0s'.split(' ');
  const outcome = await runBench(folder, ['demo', ...work]);
  // Whatever its verdicts.
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  expect(outcome.stdout).toMatch(
    /^5 pairs of baseline and split, and compare, take about 2 min .* of disk in /,
  );
  expect(outcome.stderr).toMatch(/^pair 1 of [56], \w+: measuring/m);

  const html = outcome.stdout.match(/^Report: (.*)$/m)![1]!;
  const dir = join(folder, dirname(html));
  const { pairs, planned, plan, planHash }: Trials = JSON.parse(
    await readFile(join(dir, 'trials.json'), 'utf8'),
  );
  expect({ planned, load: plan.load }).toMatchObject({ planned: 5, load: { warmupS: 0, durationS: 1 } });
  // One more for each that is set aside, but where all are.
  expect(pairs.length).toBeGreaterThanOrEqual(5);
  expect(pairs.length).toBeLessThan(10);
  const runs = pairs.flatMap(({ order, runs }) => order.map((side) => runs[side]!));
  expect((await readdir(dir)).sort()).toEqual(
    [...runs.map((run) => dirname(run)), 'compare.html', 'compare.json', 'trials.json'].sort(),
  );
  const records: RunRecord[] = await Promise.all(
    runs.map(async (run) => JSON.parse(await readFile(join(dir, run), 'utf8'))),
  );
  expect(new Set(records.map((record) => record.planHash))).toEqual(new Set([planHash]));
  expect(records.map(({ side }) => side)).toEqual(pairs.flatMap(({ order }) => order));
  const card: Scorecard = JSON.parse(await readFile(join(dir, 'compare.json'), 'utf8'));
  expect(card.trials).toMatchObject({ planned: 5 });
  expect(card.scorecard.map(({ value, reason }) => value !== null || reason)).not.toContain(undefined);
  for (const { title } of card.scorecard) expect(outcome.stdout).toContain(title);
}, 500_000);
