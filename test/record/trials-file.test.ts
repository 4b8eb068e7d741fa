import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANSWERS_SCHEMA, type Answers } from '../../src/record/answers.js';
import { readAnswers, writeAnswers } from '../../src/record/answers-file.js';
import { hashPlan } from '../../src/record/plan-file.js';
import { MOST_PAIRS, TRIALS_SCHEMA, type Trials } from '../../src/record/trials.js';
import { readTrials, writeTrials } from '../../src/record/trials-file.js';
import { pairOf } from '../score/fixture.js';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(os.tmpdir(), 'splitbench-trials-file-'));
  folder = join(root, 'trials');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const { plan } = pairOf().baseline;
const trialsOf = (change: Partial<Trials>): Trials => ({
  schema: TRIALS_SCHEMA,
  id: 'trials',
  benchVersion: '0.1.0',
  startedAt: '2026-01-02T03:04:05.000Z',
  ...{ plan, planHash: hashPlan(plan), rateSearch: null },
  ...{ aa: false, control: false, seeds: false, orderSeed: 1, planned: 1 },
  pairs: [pairWith('1-baseline/run.json')],
  ...change,
});
const pairWith = (baseline: string | null): Trials['pairs'][number] => ({
  order: ['baseline', 'split'],
  runs: { baseline, split: null },
});

async function written(change: Partial<Trials> = {}) {
  await writeTrials({ folder, trials: trialsOf(change) });
  return readTrials(folder);
}

it('trials name their runs by paths in their folder, whether these are there or not', async () => {
  expect((await written()).folder).toBe(folder);
  await mkdir(join(folder, '1-baseline'));
  await writeFile(join(folder, '1-baseline', 'run.json'), '');
  expect((await written()).trials.pairs).toHaveLength(1);
});

it('a folder that is itself reached by a link holds its runs all the same', async () => {
  await written();
  await symlink(folder, join(root, 'link'));
  await mkdir(join(folder, '1-baseline'));
  await writeFile(join(folder, '1-baseline', 'run.json'), '');
  expect((await readTrials(join(root, 'link'))).trials.id).toBe('trials');
});

it.each(['../other/run.json', '1-baseline/../../other/run.json', '/etc/passwd', '..', '.', ''])(
  'the path %j of a run, which leads out of the folder, is refused',
  async (path) => {
    await expect(written({ pairs: [pairWith(path)] })).rejects.toMatchObject({
      code: 'TRIALS_INVALID',
      exitCode: 2,
      message: expect.stringContaining('leads out of its folder'),
    });
  },
);

it.each([
  ['of a folder', 'other', '1-baseline'],
  ['of a file', 'other/run.json', 'run.json'],
])('a link %s that leads out is refused', async (_what, target, name) => {
  await mkdir(folder);
  await mkdir(join(root, 'other'));
  await writeFile(join(root, 'other', 'run.json'), '{}');
  await symlink(join(root, target), join(folder, name));
  const path = name === 'run.json' ? name : `${name}/run.json`;
  await expect(written({ pairs: [pairWith(path)] })).rejects.toMatchObject({ code: 'TRIALS_INVALID' });
});

it.each([
  { planned: 1e9 },
  { planned: MOST_PAIRS + 1 },
  { planned: 0 },
  { planned: -1 },
  { planned: 1.5 },
  { orderSeed: -1 },
  { orderSeed: 2 ** 32 },
  { pairs: Array.from({ length: 2 * MOST_PAIRS + 1 }, () => pairWith(null)) },
])('no more is planned than may be asked for (%#)', async (change) => {
  await expect(written(change)).rejects.toMatchObject({ code: 'TRIALS_INVALID', exitCode: 2 });
});

it('the answers of a run are read from its own folder only', async () => {
  const answers: Answers = {
    header: { schema: ANSWERS_SCHEMA, traceSha256: 'a'.repeat(64), reads: 0, statements: [] },
    reads: [],
  };
  const reference = await writeAnswers(join(root, 'elsewhere', 'answers.ndjson.gz'), answers);
  const record = (file: string) => ({ answers: { ...reference, file } }) as Parameters<typeof readAnswers>[1];
  await expect(
    readAnswers(join(root, 'elsewhere', 'run.json'), record('answers.ndjson.gz')),
  ).resolves.toEqual(answers);
  await expect(
    readAnswers(join(root, 'run', 'run.json'), record('../elsewhere/answers.ndjson.gz')),
  ).rejects.toMatchObject({ code: 'ANSWERS_UNREADABLE', message: expect.stringContaining('leads out') });
});
