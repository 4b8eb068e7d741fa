import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canonicalJson, hashPlan, readPlan, writePlan } from '../../src/record/plan-file.js';
import { writeRun } from '../../src/record/run-file.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-plan-'));
  file = join(folder, 'new', 'plan.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { plan } = pairOf().baseline;

it('a plan is read back as it was written, with its hash beside it', async () => {
  expect(await writePlan(file, plan)).toBe(hashPlan(plan));
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ plan, planHash: hashPlan(plan) });
  expect(await readPlan(file)).toEqual(plan);
});

it('a plan is read whose servers have no CPU budget', async () => {
  const nodes = plan.topology.nodes.map((node) => ({ ...node, cpus: null }));
  const unlimited = { ...plan, topology: { ...plan.topology, nodes } };
  await writePlan(file, unlimited);
  expect(await readPlan(file)).toEqual(unlimited);
});

it('a plan is read from the run that followed it', async () => {
  const { baseline } = pairOf();
  const run = await writeRun(folder, { ...baseline, planHash: hashPlan(baseline.plan) });
  expect(await readPlan(run)).toEqual(plan);
});

it.each([
  ['another seed', '"seed": 1', '"seed": 2'],
  ['another rate', '"ratePerSecond": 680', '"ratePerSecond": 700'],
  ['a setting more', '"settings": {', '"settings": {"fsync": "off",'],
  ['a field of no meaning', '"schema"', '"note": 1, "schema"'],
  ['another hash', '"planHash": "', '"planHash": "0'],
])('a plan that was changed is refused: %s', async (_what, from, to) => {
  await writePlan(file, plan);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  await expect(readPlan(file)).rejects.toMatchObject({
    code: 'PLAN_TAMPERED',
    exitCode: 2,
    message: expect.stringContaining(file),
  });
});

it('a run whose plan was changed is refused as a plan', async () => {
  const { baseline } = pairOf();
  const run = await writeRun(folder, { ...baseline, planHash: hashPlan(baseline.plan) });
  await writeFile(run, (await readFile(run, 'utf8')).replace('"warmupS":10', '"warmupS":11'));
  await expect(readPlan(run)).rejects.toMatchObject({ code: 'PLAN_TAMPERED', exitCode: 2 });
});

it.each([
  ['no json', 'PLAN_UNREADABLE'],
  ['null', 'PLAN_INVALID'],
  ['[]', 'PLAN_INVALID'],
  ['{}', 'PLAN_INVALID'],
  ['{"plan": 1}', 'PLAN_INVALID'],
  ['{"plan": {"schema": "splitbench.plan/9"}}', 'PLAN_INVALID'],
  [JSON.stringify({ plan }), 'PLAN_INVALID'],
])('what is no plan is refused in one sentence: %.50s', async (text, code) => {
  file = join(folder, 'plan.json');
  await writeFile(file, text);
  await expect(readPlan(file)).rejects.toMatchObject({ code, exitCode: 2 });
});

it('canonical JSON does not depend on the order of keys, and loses nothing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      // A value of -0 is written as 0, as JSON does.
      expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
  );
});
