import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { writeRun } from '../../src/record/run-file.js';
import { TRIALS_SCHEMA, type Trials } from '../../src/record/trials.js';
import { writeTrials } from '../../src/record/trials-file.js';
import { equalPairsOf, pairOf, pairsOf } from '../score/fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-equal-'));
  for (const run of Object.values(pairOf())) await writeRun(folder, { ...run, planHash: hashPlan(run.plan) });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Trials of baseline against baseline beside the runs; `bend` may change a run before it is written. */
async function makeTrials(
  id: string,
  bend: (run: RunRecord) => unknown = () => {},
  { aa = true, pairs: count = 3, made = equalPairsOf(count) } = {},
): Promise<void> {
  const pairs: Trials['pairs'] = [];
  let plan = pairOf().baseline.plan;
  for (const [number, pair] of made.entries()) {
    const runs = { baseline: '', split: '' };
    for (const side of ['baseline', 'split'] as const) {
      const run = { ...pair[side], id: `${number}-${side}` };
      bend(run);
      plan = run.plan;
      await writeRun(join(folder, id), { ...run, planHash: hashPlan(plan) });
      runs[side] = `${run.id}/run.json`;
    }
    pairs.push({ order: ['baseline', 'split'], runs });
  }
  const about = { schema: TRIALS_SCHEMA, id, benchVersion: '0.1.0', startedAt: '2026-01-02T03:04:05.000Z' };
  const planned = { plan, planHash: hashPlan(plan), rateSearch: null, planned: count, orderSeed: 1 };
  await writeTrials({
    folder: join(folder, id),
    trials: { ...about, ...planned, aa, control: false, seeds: false, pairs } as Trials,
  });
}

async function noiseFrom(): Promise<string | null> {
  const { report } = await compare({ runs: folder, out: join(folder, 'compared') });
  const cpu = report.scorecard.scorecard.find(({ id }) => id === 'primary-cpu')!;
  return cpu.interval!.widened!.from;
}

it('a single pair takes the noise between runs from the newest trials of equal runs beside it', async () => {
  expect(await noiseFrom()).toBeNull();
  await makeTrials('2026-01-01-trials');
  await makeTrials('2026-01-02-trials');
  await makeTrials('2026-01-03-trials', () => {}, { aa: false });
  expect(await noiseFrom()).toBe('2026-01-02-trials');
});

it.each<[string, (run: RunRecord) => unknown]>([
  ['on another machine', ({ plan }) => Object.assign(plan.machine, { cpuModel: 'Another' })],
  ['of another workload', ({ plan }) => Object.assign(plan.workload, { scale: 3 })],
  [
    'at another load',
    ({ plan, nodes }) => {
      plan.load.targetUtilisation = null;
      nodes[0]!.utilisation = 0.5;
    },
  ],
  ['that the machine spoilt', ({ machine }) => Object.assign(machine, { stealShare: 0.5 })],
])('trials %s say nothing of it', async (_which, bend) => {
  await makeTrials('2026-01-01-trials', bend);
  expect(await noiseFrom()).toBeNull();
});

it('trials of two pairs say less than what is assumed', async () => {
  await makeTrials('2026-01-02-trials', () => {}, { pairs: 2 });
  expect(await noiseFrom()).toBeNull();
  await makeTrials('2026-01-01-trials');
  expect(await noiseFrom()).toBe('2026-01-01-trials');
});

it('several pairs are told at equal speed of the machine where other trials, of equal runs, show that it matters', async () => {
  // The machine's doing is all that CPU differs by, and the gauge saw it.
  const gauged = (run: RunRecord) => {
    const usual = run.side === 'baseline' ? 0.864 : 0.326;
    run.gauge.unitMs = (2 * run.nodes[0]!.utilisation!) / usual;
  };
  const cpuOf = async (id: string) => {
    const { report } = await compare({ baseline: join(folder, id), out: join(folder, 'compared') });
    return report.scorecard.scorecard.find((row) => row.id === 'primary-cpu')!;
  };
  const trials = { aa: false, pairs: 5, made: pairsOf(5) };
  await makeTrials('2026-01-05-trials', gauged, trials);
  expect(await cpuOf('2026-01-05-trials')).toMatchObject({
    interval: { method: 't' },
    machineSpeed: { used: false },
  });
  await makeTrials('2026-01-01-trials', gauged, { pairs: 8 });
  expect(await cpuOf('2026-01-05-trials')).toMatchObject({
    interval: { method: 'ancova' },
    machineSpeed: { used: true },
  });
  // By none of their own.
  expect(await cpuOf('2026-01-01-trials')).toMatchObject({ machineSpeed: { used: false } });
});
