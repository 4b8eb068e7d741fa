import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compare } from '../../src/compare/compare.js';
import { BenchError } from '../../src/machine/errors.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { REPORTERS } from '../../src/report/reporters.js';
import { changed, jsonOf, type Path, pathsIn } from '../record/damage.js';
import { capturedPair, pairOf, smartmenuModel } from '../score/fixture.js';

// They take most of a comparison's time, and draw what stands in the tables.
vi.mock('../../src/report/picture.js', () => ({ PICTURE_WIDTH: 640, pictures: async () => () => null }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-damaged-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PAIRS = [pairOf({ ...smartmenuModel, durationS: 20, warmupS: 2 }), capturedPair()];

async function store(name: string, record: RunRecord, rehash = true): Promise<string> {
  const file = join(folder, `${name}.json`);
  const planHash = rehash ? hashPlan(record.plan) : record.planHash;
  await writeFile(file, jsonOf({ ...record, planHash }));
  return file;
}

/** What a damaged field may hold: what no tool writes, what a hand may write, and what is only nearly right. */
const VALUES = [
  undefined,
  null,
  -1,
  0,
  0.5,
  1e14,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  'NaN',
  '',
  '__proto__',
  true,
  [],
  {},
  [null],
  [[]],
];

const damage = fc
  .tuple(fc.constantFrom(...PAIRS), fc.constantFrom('baseline' as const, 'split' as const))
  .chain(([pair, side]) =>
    fc.record({
      pair: fc.constant(pair),
      side: fc.constant(side),
      path: fc.constantFrom(...pathsIn(pair[side]).filter(({ length }) => length > 0)),
      value: fc.constantFrom(...VALUES),
    }),
  );

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [];
}

it('records with a damaged field are compared, or refused in one sentence', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(damage, async ({ pair, side, path, value }) => {
      const baseline = await store('baseline', pair.baseline);
      const split = await store('split', pair.split);
      const other: Path = path;
      const damaged = changed(pair[side], other, value);
      // A plan that is gone has no hash.
      await store(side, damaged, damaged.plan !== null && typeof damaged.plan === 'object');
      try {
        const { report } = await compare({ baseline, split, out: join(folder, 'out'), runs: folder });
        compared++;
        expect(numbersOf(report.scorecard).filter((number) => !Number.isFinite(number))).toEqual([]);
        expect(await REPORTERS.terminal.render(report)).not.toMatch(/NaN|undefined|Infinity|∞/);
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        expect(error.exitCode).toBe(2);
        expect(error.message).toMatch(/^[^\n]+$/);
        expect(error.message).not.toContain('Unexpected');
      }
    }),
    { numRuns: 100 },
  );
  // Of a field that says nothing of what was measured, or that may well be so.
  expect(compared).toBeGreaterThan(0);
});
