import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuseOutputs } from '../../src/compare/compare.js';
import { readEarlier } from '../../src/compare/earlier.js';
import { trendOver } from '../../src/compare/trend.js';
import type { Plan } from '../../src/record/plan.js';
import { REPORTERS } from '../../src/report/reporters.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import { pairOf } from '../score/fixture.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-earlier-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, change: (pair: Pair) => void = () => {}): Promise<string> {
  const pair = pairOf(undefined, change);
  const links = { baseline: 'a', split: 'b' };
  const file = join(folder, name, 'compare.json');
  await mkdir(join(folder, name));
  await writeFile(file, await REPORTERS.json.render({ pair, scorecard: score([pair]), links }));
  return file;
}

const plan = (change: (plan: Plan) => void = () => {}) => {
  const { split } = pairOf();
  change(split.plan);
  return split.plan;
};

describe('an earlier comparison', () => {
  it('may be of another policy, on another machine, and at the rate that loaded that one alike', async () => {
    const file = await written('same');
    const other = plan((now) => {
      now.policy.name = 'all-to-replica';
      now.machine.cpuModel = 'another';
      now.machine.cores = 64;
      now.load.ratePerSecond = 900;
      now.workload.events += 1000;
      now.workload.traceSha256 = 'c'.repeat(64);
    });
    const earlier = await readEarlier(file, other);
    expect(earlier.scorecard.map(({ id }) => id)).toContain('primary-cpu');
  });

  it.each<[string, (plan: Plan) => void]>([
    ['duration in seconds: 60 and 30', (now) => (now.load.durationS = 30)],
    ['scale: 1 and 2', (now) => (now.workload.scale = 2)],
    [
      'rate per second: 680 and 900',
      (now) => {
        now.load.targetUtilisation = null;
        now.load.ratePerSecond = 900;
      },
    ],
  ])('of other work is refused: %s', async (difference, change) => {
    const file = join(folder, 'same', 'compare.json');
    await expect(readEarlier(file, plan(change))).rejects.toMatchObject({
      code: 'PLANS_DIFFER',
      message: expect.stringContaining(difference),
    });
  });

  it('that is not valid is refused: nothing can be held against it', async () => {
    const file = await written('invalid', ({ split }) => {
      split.machine.stealShare = 0.9;
    });
    await expect(readEarlier(file, plan())).rejects.toMatchObject({
      code: 'COMPARISON_INVALID',
      message: expect.stringContaining('not valid'),
    });
  });

  it('is asked for by a gate on worse, before anything is measured', async () => {
    await expect(refuseOutputs({ failOn: ['worse'] })).rejects.toMatchObject({ code: 'OPTION_CONFLICT' });
    await expect(refuseOutputs({ against: join(folder, 'nowhere.json') })).rejects.toMatchObject({
      code: 'COMPARISON_UNREADABLE',
    });
    await refuseOutputs({ failOn: ['worse'], against: join(folder, 'same', 'compare.json') });
  });

  it('that is none is refused by name', async () => {
    const file = join(folder, 'none.json');
    await expect(readEarlier(file, plan())).rejects.toMatchObject({ code: 'COMPARISON_UNREADABLE' });
    await writeFile(file, '{"schema":"splitbench.run/1"}');
    await expect(readEarlier(file, plan())).rejects.toMatchObject({
      code: 'COMPARISON_INVALID',
      message: expect.stringMatching(
        /none\.json holds no comparison of this bench \(splitbench\.compare\/\d+\): schema: /,
      ),
    });
  });
});

describe('a trend', () => {
  it('is over all comparisons in a folder, in the order of their runs, the invalid ones without their values', async () => {
    const at = (time: string) => (pair: Pair) => {
      pair.split.id = `2026-11-${time}-split`;
      if (time.startsWith('02')) pair.split.machine.stealShare = 0.9;
    };
    // As CI keeps it: a folder for each job, with what that job kept. A package's own file of that name is none.
    await mkdir(join(folder, 'many', 'job-1', 'artifacts', 'reports'), { recursive: true });
    await written('many/job-1/artifacts/reports/compare', at('01T00'));
    await mkdir(join(folder, 'many', 'node_modules', 'schema'), { recursive: true });
    await writeFile(join(folder, 'many', 'node_modules', 'schema', 'compare.json'), '{}');
    for (const time of ['03T00', '02T00']) await written(`many/${time}`, at(time));
    // The same runs compared once more count once, and other work does not count.
    await mkdir(join(folder, 'many', 'again'));
    await written('many/again/x', at('03T00'));
    await written('many/other', (pair) => {
      at('02T12')(pair);
      for (const run of [pair.baseline, pair.split]) run.plan.load.durationS = 30;
    });
    await mkdir(join(folder, 'many', 'damaged'));
    await writeFile(join(folder, 'many', 'damaged', 'compare.json'), '{');
    const { comparisons, drifts, notes } = await trendOver([join(folder, 'many')]);
    expect(notes).toEqual([
      expect.stringContaining('it is not JSON'),
      expect.stringMatching(/^Left out: 1 of a different workload than the newest, /),
    ]);
    expect(comparisons.map(({ id, valid }) => [id, valid])).toEqual([
      ['2026-11-01T00-split', true],
      ['2026-11-02T00-split', false],
      ['2026-11-03T00-split', true],
    ]);
    const cpu = drifts.find(({ id }) => id === 'primary-cpu')!;
    expect(cpu.values.map((value) => value === null)).toEqual([false, true, false]);
    expect(cpu.drift).toBe('too-few');
  });

  it('of nothing is refused in a sentence', async () => {
    await mkdir(join(folder, 'empty'));
    await expect(trendOver([join(folder, 'empty')])).rejects.toMatchObject({ code: 'NO_COMPARISON' });
  });
});
