import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ANSWERS_SCHEMA, type Answers } from '../../src/record/answers.js';
import { readAnswers } from '../../src/record/answers-file.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { newestRun, newRunId, readRun, storeRun, writeRun } from '../../src/record/run-file.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function record(side: 'baseline' | 'split', id: string): RunRecord {
  const run = pairOf()[side];
  return { ...run, id, planHash: hashPlan(run.plan) };
}

it('a record is read back as it was written, from its file or its folder', async () => {
  const written = record('baseline', '2026-01-02T03-04-05-baseline');
  const file = await writeRun(folder, written);
  expect((await readRun(file)).record).toEqual(JSON.parse(JSON.stringify(written)));
  expect((await readRun(join(folder, written.id))).file).toBe(file);
  expect(await readdir(join(folder, written.id))).toEqual(['run.json']);
});

it('runs that began in one second are all kept, each under an id and in a folder of its own', async () => {
  const measured = record('baseline', '2026-01-02T03-04-05-baseline');
  const first = await storeRun(folder, measured, null);
  const before = await readFile(first.file);
  const others = await Promise.all([1, 2, 3].map(() => storeRun(folder, measured, null)));
  expect(await readFile(first.file)).toEqual(before);
  const ids = [first, ...others].map((stored) => stored.record.id);
  expect(ids.sort()).toEqual(['', '-2', '-3', '-4'].map((end) => `${measured.id}${end}`));
  for (const { file, record } of others) {
    expect(file).toBe(join(folder, record.id, 'run.json'));
    expect((await readRun(file)).record).toEqual(JSON.parse(JSON.stringify(record)));
  }
});

it('a record has its answers beside it, and neither is there without the other', async () => {
  const measured = record('baseline', '2026-01-02T03-04-05-baseline');
  const answers: Answers = {
    header: {
      schema: ANSWERS_SCHEMA,
      traceSha256: 'a'.repeat(64),
      reads: 1,
      statements: [{ name: 'menu', evidence: 'certain', because: '' }],
    },
    reads: [{ event: 0, end: 'failed', statement: 0, question: 'hash' }],
  };
  const stored = await storeRun(folder, measured, answers);
  expect(await readAnswers(stored.file, (await readRun(stored.file)).record)).toEqual(answers);
  const unwritable = { ...measured, id: 'unwritable', warnings: [1n] } as unknown as RunRecord;
  await expect(storeRun(folder, unwritable, answers)).rejects.toThrow(TypeError);
  expect(await readdir(folder)).toEqual([measured.id]);
});

it('the newest run of a side is found, past folders that hold none', async () => {
  await writeRun(folder, record('baseline', '2026-01-02T03-04-05-baseline'));
  await writeRun(folder, record('baseline', '2026-02-02T03-04-05-baseline'));
  await writeRun(folder, record('split', '2026-03-02T03-04-05-split'));
  const broken = await writeRun(folder, record('baseline', '2026-04-02T03-04-05-baseline'));
  await writeFile(broken, '{"schema":');
  expect((await newestRun(folder, 'baseline'))?.record.id).toBe('2026-02-02T03-04-05-baseline');
  expect((await newestRun(folder, 'split'))?.record.id).toBe('2026-03-02T03-04-05-split');
  expect(await newestRun(join(folder, 'nowhere'), 'split')).toBeNull();
});

it('a file that is no record, or whose plan was changed, is refused in one sentence', async () => {
  const file = await writeRun(folder, record('baseline', '2026-01-02T03-04-05-baseline'));
  const text = await readFile(file, 'utf8');
  for (const [content, sentence] of [
    ['no json', /it is not JSON/],
    ['{}', /no run record/],
    [
      text.replace('splitbench.run/5', 'splitbench.run/9'),
      /holds no run record of this bench \(splitbench\.run\/5\)/,
    ],
    [text.replace('"warmupS":10', '"warmupS":11'), /the plan was changed/],
  ] as const) {
    await writeFile(file, content);
    await expect(readRun(file)).rejects.toThrow(sentence);
  }
  await expect(readRun(join(folder, 'missing.json'))).rejects.toThrow(/Cannot read the run/);
});

it('ids sort by time', () => {
  const ids = [9, 10, 11].map((hour) => newRunId('split', new Date(Date.UTC(2026, 0, 2, hour))));
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toBe('2026-01-02T09-00-00-split');
});
