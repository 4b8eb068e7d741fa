import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { writeRun } from '../../src/record/run-file.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-compare-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts a run on disk, as one that followed its plan. */
const store = (record: RunRecord, change: Partial<RunRecord> = {}) =>
  writeRun(folder, { ...record, planHash: hashPlan(record.plan), ...change });

const out = () => ({ out: join(folder, 'compared'), runs: folder });

it('takes the newest baseline and the newest split where none is named', async () => {
  const { baseline, split } = pairOf();
  await store(baseline);
  await store(split);
  const { report, written } = await compare(out());
  const { scorecard } = report;
  expect(scorecard.generatedFrom.pairs).toMatchObject([{ baseline: baseline.id, split: split.id }]);
  expect(dirname(written.html!)).toBe(join(folder, 'compared'));
  expect(JSON.parse(await readFile(written.json!, 'utf8'))).toEqual(scorecard);
});

it('writes each report into a folder of its own, where two begin in the same second and none is named', async () => {
  const { baseline, split } = pairOf();
  await store(baseline);
  await store(split);
  const both = await Promise.all([1, 2].map(() => compare({ runs: folder })));
  const folders = both.map(({ written }) => dirname(written.html!));
  expect(new Set(folders).size).toBe(2);
  for (const one of folders) {
    expect(dirname(one)).toBe(folder);
    expect((await readdir(one)).sort()).toEqual(['compare.html', 'compare.json']);
  }
});

it('compares a baseline with another that is named as the split: A against A', async () => {
  const { baseline } = pairOf();
  const first = await store(baseline);
  const second = await store(baseline, { id: 'the-second-baseline' });
  const { report, exitCode } = await compare({ baseline: first, split: second, ...out() });
  // A replica's targets are missed, but that says nothing of equal runs.
  expect(exitCode).toBe(0);
  expect(exitCodeOf({ ...report.scorecard, equalSides: false })).toBe(1);
  expect(report.scorecard.notes[0]).toContain('Both sides are baselines');
});

it('refuses what can’t be compared, in one sentence', async () => {
  const { baseline, split } = pairOf();
  const [first, second] = [await store(baseline), await store(split)];
  const refused = (a: string, b: string | undefined) =>
    expect(compare({ baseline: a, split: b, ...out() })).rejects;
  await refused(first, first).toMatchObject({ code: 'SAME_RUN', exitCode: 2 });
  await refused(second, first).toMatchObject({ code: 'WRONG_SIDE', exitCode: 2 });
  await refused(join(folder, 'nowhere'), second).toMatchObject({ code: 'RUN_UNREADABLE', exitCode: 2 });
  const control = await store(baseline, { id: 'a-control', side: 'control' });
  await refused(first, control).toMatchObject({ code: 'WRONG_SIDE', exitCode: 2 });
  const { plan } = pairOf(undefined, (pair) => {
    pair.split.plan.workload.seed = 2;
  }).split;
  const other = await store(split, { id: 'of-another-seed', plan, planHash: hashPlan(plan) });
  await refused(first, other).toMatchObject({
    code: 'PLANS_DIFFER',
    exitCode: 2,
    message: expect.stringContaining('seed: 1 and 2'),
  });
  await rm(second);
  await refused(first, undefined).toMatchObject({ code: 'NO_RUN', exitCode: 2 });
});
