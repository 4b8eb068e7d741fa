import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compare } from '../../src/compare/compare.js';
import { BenchError } from '../../src/machine/errors.js';
import type { Planned } from '../../src/record/plan.js';
import { hashPlan } from '../../src/record/plan-file.js';
import type { RunRecord } from '../../src/record/run.js';
import { TRIALS_FILE, TRIALS_SCHEMA, type Trials } from '../../src/record/trials.js';
import { REPORTERS } from '../../src/report/reporters.js';
import { changed, jsonOf, type Path, pathsIn } from '../record/damage.js';
import { capturedPair, pairOf, smartmenuModel } from '../score/fixture.js';

// They take most of a comparison's time, and draw what stands in the tables.
vi.mock('../../src/report/picture.js', () => ({ PICTURE_WIDTH: 640, pictures: () => () => null }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-damaged-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PAIRS = [pairOf({ ...smartmenuModel, durationS: 20, warmupS: 2 }), capturedPair()];

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

interface Damage<T> {
  whole: T;
  path: Path;
  value: unknown;
}

/** Any field of one of these, and what it is damaged to. */
const damageIn = <T>(wholes: readonly T[]) =>
  fc.constantFrom(...wholes).chain((whole) =>
    fc.record({
      whole: fc.constant(whole),
      path: fc.constantFrom(...pathsIn(whole).filter(({ length }) => length > 0)),
      value: fc.constantFrom(...VALUES),
    }),
  );

/** With the hash of its plan, if it still has one. */
function rehashed<T extends Planned>(content: T): T {
  const has = content.plan !== null && typeof content.plan === 'object';
  return has ? { ...content, planHash: hashPlan(content.plan) } : content;
}

async function store(name: string, content: Planned): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, jsonOf(rehashed(content)));
  return file;
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [];
}

/** Whether they were compared: by finite figures; else they have to be refused, in one sentence. */
async function isCompared(wanted: Parameters<typeof compare>[0]): Promise<boolean> {
  try {
    const { report } = await compare({ ...wanted, out: join(folder, 'out'), runs: folder });
    expect(numbersOf(report.scorecard).filter((number) => !Number.isFinite(number))).toEqual([]);
    expect(await REPORTERS.terminal.render(report)).not.toMatch(/NaN|undefined|Infinity|∞/);
    return true;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(/^[^\n]+$/);
    return false;
  }
}

it('records with a damaged field are compared, or refused in one sentence', async () => {
  const isComparedWith = async ({ whole, path, value }: Damage<RunRecord>, other: RunRecord) =>
    isCompared({
      [whole.side]: await store('damaged.json', changed(whole, path, value)),
      [other.side]: await store('other.json', other),
    });
  const runs = PAIRS.flatMap(({ baseline, split }) => [
    { damaged: baseline, other: split },
    { damaged: split, other: baseline },
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc
        .constantFrom(...runs)
        .chain(({ damaged, other }) => fc.tuple(damageIn([damaged]), fc.constant(other))),
      async ([damage, other]) => {
        await isComparedWith(damage, other);
      },
    ),
    { numRuns: 100 },
  );
  const [{ damaged: whole, other }] = runs as [(typeof runs)[0]];
  // What says nothing of what was measured may be anything; what says how it was measured may not.
  expect(await isComparedWith({ whole, path: ['benchVersion'], value: '' }, other)).toBe(true);
  expect(await isComparedWith({ whole, path: ['load', 'window', 'accounting'], value: null }, other)).toBe(
    false,
  );
});

it('trials with a damaged field are compared, or refused in one sentence', async () => {
  const [{ baseline, split }] = PAIRS as [(typeof PAIRS)[0]];
  const trials: Trials = {
    schema: TRIALS_SCHEMA,
    ...{
      id: 'trials',
      benchVersion: '0.1.0',
      startedAt: baseline.startedAt,
      rateSearch: baseline.rateSearch,
    },
    ...{
      plan: baseline.plan,
      planHash: '',
      aa: false,
      control: false,
      seeds: false,
      planned: 1,
      orderSeed: 1,
    },
    pairs: [{ order: ['baseline', 'split'], runs: { baseline: 'baseline.json', split: 'split.json' } }],
  };
  await store('baseline.json', baseline);
  await store('split.json', split);
  const isComparedWith = async (path: Path, value: unknown) =>
    isCompared({ baseline: await store(TRIALS_FILE, changed(trials, path, value)) });
  await fc.assert(
    fc.asyncProperty(damageIn([trials]), async ({ path, value }) => {
      await isComparedWith(path, value);
    }),
    { numRuns: 60 },
  );
  // What says nothing of what was measured may be anything; what says how it was measured may not.
  expect(await isComparedWith(['benchVersion'], '')).toBe(true);
  expect(await isComparedWith(['planned'], -1)).toBe(false);
});
