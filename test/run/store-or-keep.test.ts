import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BenchError } from '../../src/machine/errors.js';
import { ANSWERS_SCHEMA, type Answers } from '../../src/record/answers.js';
import { readAnswers } from '../../src/record/answers-file.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { readRun } from '../../src/record/run-file.js';
import type { Measured } from '../../src/run/measure.js';
import { storeOrKeep } from '../../src/run/store-or-keep.js';
import { pairOf } from '../score/fixture.js';
import { canMount, mountTmpfs } from '../tmpfs.js';

const { BENCH_CACHE } = process.env;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-store-'));
  process.env.BENCH_CACHE = join(folder, 'cache');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (BENCH_CACHE === undefined) delete process.env.BENCH_CACHE;
  else process.env.BENCH_CACHE = BENCH_CACHE;
});

const answers: Answers = {
  header: { schema: ANSWERS_SCHEMA, traceSha256: 'abc', reads: 0, statements: [] },
  reads: [],
};

function measured(): Measured {
  const run = pairOf().baseline;
  return { record: { ...run, planHash: hashPlan(run.plan) }, answers };
}

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: BenchError) => error,
  );

/** The record that the sentence of an error names. */
async function keptBy({ message }: BenchError): Promise<{ file: string; record: RunRecord }> {
  const [, path] = message.match(/it is kept in (\S+), from where "bench compare" can read it/) ?? [];
  return readRun(path!);
}

it('a run is stored with the answers that it names', async () => {
  const { record } = measured();
  const stored = await storeOrKeep(join(folder, 'out'), { record, answers });
  expect(readdirSync(dirname(stored.file)).sort()).toEqual(['answers.ndjson.gz', 'run.json']);
  expect((await readAnswers(stored.file, stored.record))?.reads).toEqual([]);
});

it('a run whose folder went away is kept in the cache with its answers, and that is said', async () => {
  const { record } = measured();
  const out = join(folder, 'file', 'results');
  writeFileSync(join(folder, 'file'), 'in the way');
  const error = await rejection(storeOrKeep(out, { record, answers }));
  expect(error).toMatchObject({ code: 'OUT_LOST', exitCode: 4 });
  expect(error.message).toMatch(/^The run was measured, but \S+ can't be written any more \(.*\): .*\.$/);
  expect(error.message).toContain(out);
  const kept = await keptBy(error);
  expect(kept.file.startsWith(join(folder, 'cache', 'kept'))).toBe(true);
  expect(kept.record.id).toBe(record.id);
  expect((await readAnswers(kept.file, kept.record))?.reads).toEqual([]);
});

it('where the cache can’t be written either, both are said', async () => {
  const { record } = measured();
  writeFileSync(join(folder, 'file'), '');
  process.env.BENCH_CACHE = join(folder, 'file', 'cache');
  const error = await rejection(storeOrKeep(join(folder, 'file', 'out'), { record, answers }));
  expect(error).toMatchObject({ code: 'OUT_LOST', exitCode: 4 });
  expect(error.message).toMatch(
    /can't be written any more \(.*\): it is lost, since the cache can't be written either/,
  );
});

it.skipIf(!canMount).each(['full', 'read-only'])(
  'a run whose disk is %s by its end is kept in the cache, and nothing of it is left there',
  async (how) => {
    const { record } = measured();
    using disk = mountTmpfs('size=1m')!;
    const out = join(disk.dir, 'out');
    mkdirSync(out);
    const filler = join(disk.dir, 'filler');
    if (how === 'full') expect(() => writeFileSync(filler, Buffer.alloc(2 << 20))).toThrow('ENOSPC');
    else disk.remount('ro');
    const error = await rejection(storeOrKeep(out, { record, answers }));
    expect(error).toMatchObject({ code: 'OUT_LOST', exitCode: 4 });
    expect(JSON.parse(readFileSync((await keptBy(error)).file, 'utf8')).id).toBe(record.id);
    expect(readdirSync(out)).toEqual([]);
  },
);
