import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { writeRun } from '../../src/record/run-file.js';
import { TRIALS_SCHEMA, type Trials } from '../../src/record/trials.js';
import { writeTrials } from '../../src/record/trials-file.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-trials-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Complete trials of two pairs on disk; `change` may bend a run before it is written. */
async function makeTrials(change: (run: RunRecord) => void = () => {}): Promise<Trials> {
  const { plan } = pairOf().baseline;
  const pairs: Trials['pairs'] = [];
  for (const number of [1, 2]) {
    const runs = { baseline: '', split: '' };
    for (const side of ['baseline', 'split'] as const) {
      const run = { ...pairOf()[side], id: `${number}-${side}` };
      change(run);
      await writeRun(folder, { ...run, planHash: hashPlan(run.plan) });
      runs[side] = `${run.id}/run.json`;
    }
    pairs.push({ order: ['baseline', 'split'], runs });
  }
  const trials: Trials = {
    schema: TRIALS_SCHEMA,
    id: 'trials',
    benchVersion: '0.1.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    plan,
    planHash: hashPlan(plan),
    rateSearch: null,
    aa: false,
    control: false,
    seeds: false,
    planned: 2,
    orderSeed: 1,
    pairs,
  };
  await writeTrials({ folder, trials });
  return trials;
}

it('all pairs are scored together, into a report in the folder of the trials', async () => {
  await makeTrials();
  const { report, written } = await compare({ baseline: folder });
  expect(report.scorecard.generatedFrom.pairs.map(({ split }) => split)).toEqual(['1-split', '2-split']);
  expect(written.html).toBe(join(folder, 'compare.html'));
  expect(await readFile(written.html!, 'utf8')).toContain('href="2-split/run.json"');
});

it('only complete pairs are scored', async () => {
  const trials = await makeTrials();
  trials.pairs[0]!.runs.split = null;
  await writeTrials({ folder, trials });
  const { scorecard } = (await compare({ baseline: folder })).report;
  expect(scorecard.trials).toMatchObject({ planned: 2, shown: 2, pairs: [{ number: 2 }] });
  expect(scorecard.notes[0]).toContain('1 of 2 pairs were used');
  trials.pairs[1]!.runs.baseline = null;
  await writeTrials({ folder, trials });
  await expect(compare({ baseline: folder })).rejects.toMatchObject({ code: 'NO_PAIR', exitCode: 2 });
});

it('a run that stands in two places is refused: that they are alike would prove nothing', async () => {
  const trials = await makeTrials();
  trials.pairs[1]!.runs.split = trials.pairs[0]!.runs.split;
  await writeTrials({ folder, trials });
  await expect(compare({ baseline: folder })).rejects.toMatchObject({
    code: 'SAME_RUN',
    message: expect.stringMatching(/\(pair 2\) is the same run as .* \(pair 1\)/),
  });
});

it.each([
  ['seed', (run: RunRecord) => Object.assign(run.plan.workload, { seed: 2 }), 'seed: 1 and 2'],
  [
    'rate',
    (run: RunRecord) => Object.assign(run.plan.load, { ratePerSecond: 9 }),
    'rate per second: 680 and 9',
  ],
  ['policy', (run: RunRecord) => Object.assign(run.plan.policy, { name: 'mine' }), 'its policy is another'],
])('a run with another %s is refused, and the difference named', async (_what, change, sentence) => {
  await makeTrials((run) => run.id === '2-split' && change(run));
  await expect(compare({ baseline: folder })).rejects.toMatchObject({
    code: 'PLANS_DIFFER',
    exitCode: 2,
    message: expect.stringMatching(new RegExp(`2-split.run.json .*${sentence}`)),
  });
});

it('a run whose plan was changed after it is refused', async () => {
  await makeTrials();
  const file = join(folder, '1-split', 'run.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"warmupS":10', '"warmupS":11'));
  await expect(compare({ baseline: folder })).rejects.toMatchObject({
    code: 'PLAN_TAMPERED',
    exitCode: 2,
  });
});
