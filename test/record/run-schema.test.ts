import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPlan } from '../../src/record/plan-file.js';
import { readRun } from '../../src/record/run-file.js';
import { capturedPair, pairOf } from '../score/fixture.js';
import { changed, jsonOf } from './damage.js';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-schema-'));
  file = join(folder, 'run.json');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { split } = pairOf();

/** A record in which one field is another, or is gone, and whose plan has its hash all the same. */
async function readChanged(path: string, value: unknown): Promise<unknown> {
  const record = changed(split, path.split('.'), value);
  await writeFile(file, jsonOf({ ...record, planHash: hashPlan(record.plan) }));
  return readRun(file);
}

describe('a record is refused in a sentence that names the field, where it has', () => {
  it.each<[what: string, path: string, value: unknown]>([
    ['a time below 0', 'nodes.0.cpuSeconds', -1],
    ['a time without an end', 'nodes.0.cpuSeconds', Number.POSITIVE_INFINITY],
    ['a share of more than all', 'lag.streamingShare', 2],
    ['part of a request', 'load.window.accounting.ok', 0.5],
    ['no number', 'lag.commitToVisible.meanMs', 'none'],
    ['null where there is always a figure', 'pools.0.waitingMax', null],
    ['no word of a hold-up', 'heldUp', undefined],
    ['a pool without a place', 'pools.0.size', 0],
    ['a field too few', 'load.window.backpressure', undefined],
    ['no account of a category', 'accounting.byCategory.read', undefined],
    ['a category of its own', 'load.window.operations.menu', 'constructor'],
    ['a way that no statement goes', 'router.requests.0.reason', 'toString'],
    ['a statement without its calls', 'volume.0.statements.0.calls', undefined],
    ['what others used in words', 'processes.othersCores', '0'],
    ['a window of years', 'window.seconds', 1e9],
    ['samples without their times', 'nodes.0.series.tMs', [0, 100]],
    ['a sample that is none', 'gauge.series.unitMs', [1.9, null]],
    ['a histogram that is none', 'load.window.latency.read.hdr', 'AAAA'],
    ['a histogram that counts others', 'load.window.blocks.1.read.count', 7],
    ['a sum that no samples have', 'load.window.latency.analytics.sumUs', 1],
    ['a plan without a processor', 'plan.machine.cpuModel', undefined],
    ['a plan of a version that is no text', 'plan.machine.nodeVersion', 20],
    ['a plan without a policy', 'plan.policy.categories.read', undefined],
    ['a plan without a primary', 'plan.topology.nodes.0.role', 'replica'],
  ])('%s', async (_what, path, value) => {
    const named = path.replace(/(\.hdr|\.count|\.sumUs|series\.\w+|\.categories\.read|\.0\.role)$/, '');
    await expect(readChanged(path, value)).rejects.toMatchObject({
      code: 'RUN_INVALID',
      exitCode: 2,
      message: expect.stringMatching(
        new RegExp(
          `^${file} holds no run record of this bench \\(splitbench\\.run/\\d+\\): ${named}.*[^.]\\.$`,
        ),
      ),
    });
  });
});

it.each(['__proto__', '\\u005f_proto__', '__\\u0070roto__', '__prot\\u006F__'])(
  'a record is refused that has a key which objects take for something else: %s',
  async (key) => {
    const text = jsonOf({ ...split, planHash: hashPlan(split.plan) });
    await writeFile(
      file,
      text.replace('"operations":{', () => `"operations":{"${key}":"read",`),
    );
    await expect(readRun(file)).rejects.toThrow(/Cannot read the run record .*: it has a key "__proto__"\./);
  },
);

it('a record may speak of such a key', async () => {
  const whole = { ...split, planHash: hashPlan(split.plan), note: ['__proto__', '"__proto__":', '\u0001'] };
  await writeFile(file, jsonOf(whole));
  expect((await readRun(file)).record).toEqual(JSON.parse(JSON.stringify(whole)));
});

it('what a record holds beyond its format is kept, and a record that is whole is read as it is', async () => {
  for (const run of [split, ...Object.values(capturedPair())]) {
    const whole = { ...run, planHash: hashPlan(run.plan), note: 'by hand' };
    await writeFile(file, jsonOf(whole));
    expect((await readRun(file)).record).toEqual(JSON.parse(JSON.stringify(whole)));
  }
});
