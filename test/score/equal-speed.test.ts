import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { REPORTERS } from '../../src/report/reporters.js';
import { atEqualSpeed, explains } from '../../src/score/equal-speed.js';
import type { EqualTrials } from '../../src/score/equal-trials.js';
import type { Figure } from '../../src/score/figures/figure.js';
import type { Pair } from '../../src/score/pair.js';
import { score } from '../../src/score/score.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { studentMean } from '../../src/score/statistics/estimate.js';
import { equalPairsOf, pairsOf } from './fixture.js';
import { coverage, normals } from './statistics/simulated.js';

/** A machine whose speed changes from run to run, and what that does to a figure. */
interface World {
  /** Standard deviation of the logarithm of its speed, and of what the figure has besides. */
  speed: number;
  besides: number;
  /** By how much the figure grows with it: 1 for CPU, more for a wait. */
  slope: number;
  /** Of the gauge's own error. */
  error?: number;
  /** What a split by itself does to the machine's speed. */
  byTheSplit?: number;
}

interface Run {
  value: number;
  gauge: Pick<RunRecord['gauge'], 'method' | 'unitMs'>;
}

const figure = { of: (run: unknown) => (run as Run).value } as Figure;

/** Pairs of runs in which a split changes nothing but, maybe, the machine's speed. */
function pairsIn(world: World, count: number, normal: () => number, aa = false): Pair[] {
  const { speed, besides, slope, error = 0, byTheSplit = 0 } = world;
  const run = (more: number): Run => {
    const slow = speed * normal() + more;
    return {
      value: Math.exp(slope * slow + besides * normal()),
      gauge: { method: 'thread-cpu', unitMs: 2 * Math.exp(slow + error * normal()) },
    };
  };
  const pair = () => ({ baseline: run(0), split: run(aa ? 0 : byTheSplit) });
  return Array.from({ length: count }, pair) as unknown as Pair[];
}

const ratiosOf = (pairs: readonly Pair[]) =>
  pairs.map(({ baseline, split }) => figure.of(split)! / figure.of(baseline)!);
const measured = (pairs: readonly Pair[]) => studentMean(ratiosOf(pairs).map(Math.log));
const equalIn = (world: World, normal: () => number, count = 10): EqualTrials => ({
  id: 'equal',
  pairs: pairsIn(world, count, normal, true),
});

/** What is told: at equal speed where that is used, else as measured. */
function told(pairs: readonly Pair[], equal: EqualTrials | null) {
  const found = atEqualSpeed(figure, pairs, ratiosOf(pairs), equal);
  return found?.used ? found : measured(pairs);
}

describe('what is told of pairs on a machine whose speed changes', () => {
  it.each<[string, World, number]>([
    ['nothing', { speed: 0.05, besides: 0.05, slope: 0 }, 5],
    ['some of it', { speed: 0.05, besides: 0.04, slope: 1, error: 0.02 }, 5],
    ['nearly all', { speed: 0.06, besides: 0.01, slope: 1 }, 5],
    ['a wait that grows ninefold', { speed: 0.06, besides: 0.15, slope: 9 }, 10],
  ])('holds the truth in 95 of 100 where its speed explains %s', (_what, world, count) => {
    const normal = normals(count + Math.round(100 * world.besides));
    const held = coverage(4_000, () => told(pairsIn(world, count, normal), equalIn(world, normal)));
    expect(held).toBeGreaterThan(93.9);
    expect(held).toBeLessThan(98);
  });

  it('holds it too where a split itself makes the machine slower, in what was measured and at equal speed', () => {
    const world: World = { speed: 0.03, besides: 0.02, slope: 1, byTheSplit: 0.12 };
    const normal = normals(77);
    const span = (truth: number) =>
      coverage(1_500, () => {
        const pairs = pairsIn(world, 8, normal);
        const { low, high } = atEqualSpeed(figure, pairs, ratiosOf(pairs), null)!;
        return { low: low - truth, high: high - truth, p: 0 };
      });
    expect(span(0)).toBeGreaterThan(93);
    expect(span(0.12)).toBeGreaterThan(93);
  });

  it('is told by far fewer pairs where it explains much', () => {
    const world: World = { speed: 0.06, besides: 0.01, slope: 1 };
    const normal = normals(5);
    const equal = equalIn(world, normal);
    const ratios = Array.from({ length: 200 }, () => {
      const pairs = pairsIn(world, 6, normal);
      const plain = measured(pairs);
      const found = told(pairs, equal);
      return (found.high - found.low) / (plain.high - plain.low);
    });
    const [median] = ratios.sort((a, b) => a - b).slice(100);
    // A quarter of the width is what sixteen times the pairs would have given.
    expect(median).toBeLessThan(0.25);
  });
});

describe('whether a figure is told at equal speed', () => {
  const explained: World = { speed: 0.06, besides: 0.01, slope: 1 };
  const normal = normals(9);
  const pairs = pairsIn(explained, 6, normal);
  const ratios = ratiosOf(pairs);

  it('is decided by other runs, whatever its own pairs would make of it', () => {
    const equal = equalIn(explained, normal);
    expect(explains(figure, equal)).toBe(true);
    const found = atEqualSpeed(figure, pairs, ratios, equal)!;
    expect(found).toMatchObject({ used: true });
    expect(found.explained).toBeGreaterThan(0.9);
    const { used: _, ...same } = atEqualSpeed(figure, pairs, ratios, null)!;
    expect(found).toEqual({ used: true, ...same });
    for (const more of [0.3, 1.5, 9]) {
      const moved = ratios.map((ratio) => ratio * more);
      expect(atEqualSpeed(figure, pairs, moved, equal)!.used).toBe(true);
      expect(atEqualSpeed(figure, pairs, moved, null)!.used).toBe(false);
    }
  });

  it('is not where equal runs show nothing of it, or there are too few', () => {
    const unlike = equalIn({ ...explained, slope: 0, besides: 0.05 }, normals(3), 12);
    const against = equalIn({ ...explained, slope: -1 }, normals(3));
    for (const equal of [null, equalIn(explained, normal, 4), unlike, against]) {
      expect(atEqualSpeed(figure, pairs, ratios, equal)!.used).toBe(false);
    }
  });

  it('can’t be known of four pairs, or without the speed of each run', () => {
    const equal = equalIn(explained, normal);
    expect(atEqualSpeed(figure, pairs.slice(0, 4), ratios.slice(0, 4), equal)).toBeNull();
    const unknown = structuredClone(pairs);
    unknown[2]!.split.gauge.unitMs = null;
    expect(atEqualSpeed(figure, unknown, ratios, equal)).toBeNull();
    expect(explains(figure, { id: 'x', pairs: unknown })).toBe(false);
    expect(atEqualSpeed(figure, pairs, [0, ...ratios.slice(1)], equal)).toBeNull();
  });
});

describe('a row at equal speed', () => {
  const cpuOf = (run: RunRecord) => run.nodes[0]!.utilisation!;
  /** What the gauge would have said, where a run's CPU per request is the machine's doing. */
  function gauged(pairs: Pair[]): Pair[] {
    for (const side of ['baseline', 'split'] as const) {
      const runs = pairs.map((pair) => pair[side]);
      const mean = runs.reduce((sum, run) => sum + Math.log(cpuOf(run)), 0) / runs.length;
      for (const run of runs) run.gauge.unitMs = 2 * Math.exp(Math.log(cpuOf(run)) - mean);
    }
    return pairs;
  }
  const equal = { id: 'equal', pairs: gauged(equalPairsOf(8)) };
  const pairs = gauged(pairsOf(6));
  const rowOf = (options: Parameters<typeof score>[1]) =>
    score(pairs, options).scorecard.find(({ id }) => id === 'primary-cpu')!;

  it('stands beside what was measured, and takes its place where equal runs show that the speed explains it', () => {
    const plain = rowOf({});
    expect(plain.interval).toMatchObject({ method: 't', n: 6 });
    expect(plain.machineSpeed).toMatchObject({
      used: false,
      measured: { value: plain.value, interval: plain.interval },
    });
    const row = rowOf({ equal });
    expect(row.machineSpeed).toEqual({ ...plain.machineSpeed, used: true });
    expect(row).toMatchObject(row.machineSpeed!.atEqualSpeed);
    expect(row.interval).toMatchObject({ method: 'ancova', n: 6 });
    const width = ({ interval }: typeof row) => interval!.high - interval!.low;
    expect(width(row)).toBeLessThan(width(plain) / 3);
    // The sides stay what was measured on them.
    expect([row.baseline, row.split]).toEqual([plain.baseline, plain.split]);
    expect(row.verdict).toBe('met');
  });

  it('is none over few pairs, or of what only the split has', () => {
    const few = score(pairs.slice(0, 4), { equal }).scorecard;
    expect(few.map(({ machineSpeed }) => machineSpeed)).toEqual(few.map(() => null));
    const level = score(pairs, { equal }).scorecard.find(({ id }) => id === 'replica-lag');
    expect(level).toMatchObject({ machineSpeed: null, interval: { method: 'log-normal' } });
  });

  it('is said to be so on the terminal and in the report, with what was measured', async () => {
    const scorecard = score(pairs, { equal });
    const trials: Scorecard['trials'] = {
      ...{ planned: 6, orderSeed: 1, shown: 1 },
      pairs: pairs.map((_, index) => ({
        ...{ number: index + 1, first: 'split', setAside: null, values: {} },
        runs: { baseline: 'a', split: 'b' },
      })),
    };
    const links = { baseline: 'a/run.json', split: 'b/run.json' };
    const input = { pair: pairs[0]!, scorecard: { ...scorecard, trials }, links };
    const said = /at equal speed of the machine; as measured [\d.]+.% less \([\d.]+ to [\d.]+.% less\)/;
    expect(await REPORTERS.terminal.render(input)).toMatch(said);
    const html = await REPORTERS.html.render(input);
    expect(html).toMatch(said);
    expect(html).toContain('<caption>At equal speed of the machine</caption>');
    const plain = { ...input, scorecard: { ...score(pairs), trials } };
    expect(await REPORTERS.terminal.render(plain)).not.toContain('equal speed');
    expect(await REPORTERS.html.render(plain)).toContain('At equal speed of the machine');
  });
});
