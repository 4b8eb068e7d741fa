import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanMs } from '../../src/record/histogram.js';
import type { RunRecord } from '../../src/record/run.js';
import { exitCodeOf } from '../../src/score/exit-code.js';
import type { Pair } from '../../src/score/pair.js';
import { verdictOf } from '../../src/score/rows.js';
import { score } from '../../src/score/score.js';
import type { Scorecard, ScoreRow } from '../../src/score/scorecard.js';
import { studentMean } from '../../src/score/statistics/estimate.js';
import type { TargetId } from '../../src/score/targets/index.js';
import { capturedPair, equalPairsOf, pairOf, pairsOf, smartmenuModel, stretched } from './fixture.js';

function rowOf(scorecard: Scorecard, id: TargetId): ScoreRow {
  const row = scorecard.scorecard.find((each) => each.id === id);
  if (!row) throw new Error(`no row ${id}`);
  return row;
}

const utilisation = (run: RunRecord) => run.nodes[0]?.utilisation ?? Number.NaN;

describe('trials of five pairs', () => {
  const pairs = pairsOf(5);
  const scorecard = score(pairs);

  it("has the value of the mean log-ratio, with Student's t over the pairs", () => {
    const logs = pairs.map(({ baseline, split }) => Math.log(utilisation(split) / utilisation(baseline)));
    const { low, high } = studentMean(logs);
    const row = rowOf(scorecard, 'primary-cpu');
    expect(row.interval).toMatchObject({ method: 't', n: 5, level: 0.95 });
    expect(row.interval?.low).toBeCloseTo((1 - Math.exp(high)) * 100, 9);
    expect(row.interval?.high).toBeCloseTo((1 - Math.exp(low)) * 100, 9);
    expect(row.value).toBeCloseTo((1 - (row.split ?? 0) / (row.baseline ?? 0)) * 100, 9);
    expect(row).toMatchObject({ verdict: 'met', difference: 'faster' });
    expect(row.detail).toMatch(/^Pair by pair: ([\d.]+ %(, )?){5} less\.$/);
  });

  it('has the mean of what only the split has', () => {
    const means = pairs.map(({ split }) => split.lag?.commitToVisible.meanMs ?? Number.NaN);
    const row = rowOf(scorecard, 'replica-lag');
    expect(row.value).toBeCloseTo(means.reduce((sum, each) => sum + each, 0) / 5, 9);
    expect(row).toMatchObject({ interval: { method: 'log-normal', n: 5 }, difference: null, pValue: null });
    expect(row.detail).toContain('A stall that occurs in up to 45 % of runs could go unseen in 5 pairs.');
  });

  it('does not call a lag met that long runs may bring over its target', () => {
    const lags = (...means: number[]) =>
      rowOf(
        score(
          pairsOf(means.length).map((pair, index) => {
            pair.split.lag!.commitToVisible.meanMs = means[index]!;
            return pair;
          }),
        ),
        'replica-lag',
      );
    // Student's t ends at 99 ms.
    expect(lags(30, 45, 60, 75, 110)).toMatchObject({
      verdict: 'inconclusive',
      interval: { method: 'log-normal' },
    });
    expect(lags(3, 4, 6, 4, 3)).toMatchObject({ verdict: 'met' });
    expect(lags(0, 4, 6, 4, 3)).toMatchObject({ verdict: 'met', interval: { method: 't' } });
  });

  it('has no pool that is in use for more than all of the time', () => {
    const full = pairsOf(3).map((pair, index) => {
      for (const pool of pair.split.pools) pool.utilisationMean = [0.5, 0.9, 0.99][index]!;
      return pair;
    });
    expect(rowOf(score(full), 'pool-utilisation').interval?.high).toBe(100);
  });

  it('names its runs, says how many there were, and does not call itself weak', () => {
    expect(scorecard.generatedFrom.pairs.map(({ baseline }) => baseline)).toEqual(
      pairs.map(({ baseline }) => baseline.id),
    );
    expect(scorecard.headline).toContain('Over 5 pairs of runs.');
    expect(scorecard.notes.join(' ')).not.toContain('single pair');
  });

  it('judges what got worse by its pairs, not by what single pairs may differ by', () => {
    const slower = pairsOf(5).map((pair): Pair => {
      // A quarter more in each pair: no single one could prove it.
      pair.split.load.window.latency.write = stretched(pair.baseline.load.window.latency.write!, 1.25);
      return pair;
    });
    const found = (card: Scorecard) => card.regressions.find(({ id }) => id === 'write-p95');
    expect(found(score(slower))).toMatchObject({
      worse: true,
      difference: 'slower',
      sentence: expect.stringContaining('more than chance explains over 5 pairs'),
    });
    expect(found(score(slower.slice(0, 1)))).toMatchObject({
      worse: false,
      sentence: expect.stringContaining('one pair cannot prove it'),
    });
  });

  it('calls failures more where they are more in the pairs, not where they come in one burst', () => {
    const failing = (counts: readonly number[]) => {
      const some = pairsOf(counts.length);
      counts.forEach((count, index) => {
        some[index]!.split.accounting.failed = count;
      });
      return score(some).regressions.find(({ id }) => id === 'errors');
    };
    expect(failing([0, 0, 300, 0, 0])).toMatchObject({
      ...{ baseline: 0, split: 300, worse: false },
      sentence: '300 requests failed in the split and none in the baseline, which chance can explain.',
    });
    expect(failing([50, 70, 60, 55, 65])).toMatchObject({
      worse: true,
      sentence: expect.stringContaining('more than chance explains'),
    });
    expect(failing([150, 150])).toMatchObject({
      worse: false,
      sentence: expect.stringContaining('whether chance explains it takes 3 pairs to tell'),
    });
    expect(failing([6])).toMatchObject({
      worse: true,
      sentence: expect.stringContaining('more than chance explains unless they came in one burst'),
    });
    expect(failing([5])).toMatchObject({ worse: false });
  });

  it('says in one sentence which baselines were not as busy as planned', () => {
    const notes = scorecard.notes.filter((note) => note.includes('rate was found for'));
    expect(notes).toEqual([expect.stringMatching(/: at 82\.7 % in pair 2, 84\.6 % in pair 5\. How much/)]);
  });

  it('is invalid for one bad pair, and says which', () => {
    const bad = pairsOf(5);
    const third = bad[2]?.split;
    if (third) third.processes.generatorCores = 0.95;
    const scorecard = score(bad);
    expect(scorecard.valid).toBe(false);
    expect(scorecard.headline).toMatch(/^Not comparable: pair 3: the generator was the limit/);
    expect(rowOf(scorecard, 'primary-cpu')).toMatchObject({ verdict: 'invalid', interval: { method: 't' } });
    expect(exitCodeOf(scorecard)).toBe(3);
  });

  it('is invalid where a pair followed another plan than the first', () => {
    const bad = pairsOf(5);
    for (const run of Object.values(bad[1] ?? {}) as RunRecord[]) run.plan.load.ratePerSecond = 700;
    expect(score(bad).checks.find(({ id }) => id === 'same-plan')).toMatchObject({
      state: 'fails',
      found: expect.stringMatching(/^pair 2: .*rate per second: 660 and 700/),
    });
  });

  it('may have traffic of their own, the same on both sides, where their plans say its seed', () => {
    const seeded = (change: (run: RunRecord, pair: number, side: string) => void) => {
      const own = pairsOf(5);
      own.forEach(({ baseline, split }, pair) => {
        for (const [side, run] of Object.entries({ baseline, split })) {
          const traceSha256 = String(pair).repeat(64);
          Object.assign(run.plan.workload, { trafficSeed: 1 + pair, traceSha256, events: 4000 + pair });
          change(run, pair, side);
        }
      });
      return score(own).checks.find(({ id }) => id === 'same-plan');
    };
    expect(seeded(() => {})).toMatchObject({ state: 'holds' });
    const within = seeded(({ plan }, pair, side) => {
      if (pair === 2 && side === 'split') plan.workload.traceSha256 = 'f'.repeat(64);
    });
    expect(within).toMatchObject({ state: 'fails', found: expect.stringMatching(/^pair 3: .*trace/) });
    const unsaid = seeded(({ plan }) => delete plan.workload.trafficSeed);
    expect(unsaid).toMatchObject({ state: 'fails', found: expect.stringContaining('pair 2') });
  });

  it('uses a BCa bootstrap from thirty pairs on', () => {
    const many = Array.from({ length: 6 }, () => pairs).flat();
    expect(rowOf(score(many), 'primary-cpu').interval).toMatchObject({ method: 'bca', n: 30 });
  });
});

describe('a single pair', () => {
  it('has intervals over its time blocks, and says that they are weaker', () => {
    const scorecard = score([pairOf()]);
    for (const row of scorecard.scorecard) {
      expect(row.interval).toMatchObject({ method: 'blocks', n: 12 });
      expect(row.interval?.low).toBeLessThan(row.value ?? Number.NaN);
      expect(row.interval?.high).toBeGreaterThan(row.value ?? Number.NaN);
    }
    expect(scorecard.headline).toContain('weaker than those of trials');
  });

  it('that is short has none, and says so', () => {
    const short = score([pairOf({ ...smartmenuModel, durationS: 30 })]);
    expect(short.scorecard.every(({ interval }) => interval === null)).toBe(true);
    expect(short.notes.join(' ')).toContain('fewer than 8 time blocks');
    expect(rowOf(short, 'primary-cpu').verdict).toBe('inconclusive');
  });

  it('has no interval where nothing is left to take a logarithm of', () => {
    const none = pairOf(undefined, ({ split }) => {
      for (const volume of split.volume) volume.reads.calls = 0;
    });
    expect(rowOf(score([none]), 'primary-read-volume')).toMatchObject({ value: 100, interval: null });
  });

  it('says so where its window began within the warm-up', () => {
    const cold = pairOf(undefined, ({ baseline }) => {
      const series = baseline.nodes[0]?.series;
      series?.tMs.forEach((t, i) => {
        if (t >= 0 && t < 5000) series.cpuCores[i]! *= 0.3;
      });
    });
    expect(score([cold]).notes).toContainEqual(
      expect.stringMatching(
        /^The first 5 s of the window of the baseline still look like warm-up \(MSER-5\)/,
      ),
    );
  });

  it('of a captured trace is not judged for steadiness', () => {
    expect(score([capturedPair()]).checks.find(({ id }) => id === 'steady')).toMatchObject({
      state: 'not-judged',
      readings: [],
      found: expect.stringContaining('course of its own'),
    });
  });
});

describe('baselines against baselines', () => {
  it('miss the targets, as they should, and show no difference', () => {
    const scorecard = score(equalPairsOf(5));
    expect(scorecard.valid).toBe(true);
    expect(rowOf(scorecard, 'primary-cpu')).toMatchObject({ verdict: 'missed', difference: 'none-found' });
    expect(rowOf(scorecard, 'replica-lag')).toMatchObject({
      verdict: 'not-measured',
      reason: expect.stringContaining('there is no replica'),
    });
    expect(scorecard.headline).toMatch(/^Baseline against baseline\. No difference found in 10 figures\.$/);
  });

  it('show none in twenty single pairs either, unless their load differs', () => {
    const different = equalPairsOf(20, 0.01).flatMap((pair) => {
      const { scorecard, regressions } = score([pair]);
      return [...scorecard, ...regressions].filter(
        ({ difference }) => difference !== null && difference !== 'none-found',
      );
    });
    expect(different).toEqual([]);
  });

  it.each<[string, number, (run: RunRecord, factor: number) => void]>([
    ['reads', 1.005, ({ volume }, factor) => (volume[0]!.reads.calls *= factor)],
    ['CPU', 1.02, ({ nodes }, factor) => (nodes[0]!.utilisation! *= factor)],
    [
      'a latency',
      1.05,
      ({ load: { window } }, factor) => {
        window.latency.analytics = stretched(window.latency.analytics!, factor);
      },
    ],
  ])('that differ by the same in each pair differ only if that matters, in %s', (_of, least, bend) => {
    const differences = (factor: number) => {
      const pairs = equalPairsOf(3).map(({ baseline }) => {
        const pair = { baseline, split: structuredClone(baseline) };
        bend(pair.split, factor);
        return pair;
      });
      const { scorecard, regressions } = score(pairs);
      return [...scorecard, ...regressions].filter(({ difference }) => difference === 'slower').length;
    };
    expect(differences(1 + 1 / 39_488)).toBe(0);
    expect(differences(least - 0.0005)).toBe(0);
    expect(differences(least + 0.0005)).toBeGreaterThan(0);
  });

  it('say which figures differ where some do', () => {
    const twice = equalPairsOf(5, 0.01).map((pair) => {
      for (const node of pair.split.nodes) node.utilisation! *= 0.9;
      return pair;
    });
    expect(score(twice).headline).toContain('Differences found in 1 of 10 figures: CPU of the primary.');
  });
});

describe('a control', () => {
  const control = pairOf().baseline;
  control.id = 'control-1';
  control.side = 'control';
  for (const node of control.nodes) {
    node.budget = { method: 'cgroup-v1', cpus: 1 };
    node.utilisation! /= 2;
  }

  it('stands beside the sides, is told in one sentence, and changes no verdict', () => {
    const without = score([pairOf()]);
    const scorecard = score([pairOf()], { control });
    expect(scorecard.control).toEqual({
      runs: ['control-1'],
      figures: [
        expect.objectContaining({ title: 'Latency of analytics, mean', unit: 'ms' }),
        expect.objectContaining({ title: 'Latency of writes, p95', unit: 'ms' }),
        expect.objectContaining({ title: 'CPU of all database nodes', unit: 'cores' }),
      ],
      sentence: expect.stringMatching(
        /^The same CPU as one bigger primary \(1 core\) and as a primary with a replica: analytics take .* and .*; writes at p95 take .* and .*; all nodes use .* and .*\.$/,
      ),
    });
    // In the unit of the others: a primary that uses half of two budgets uses as much as one that uses all of one.
    expect(rowOf(scorecard, 'primary-cpu').control).toBeCloseTo(utilisation(control) * 200, 9);
    expect(rowOf(scorecard, 'replica-lag').control).toBeNull();
    const verdicts = ({ scorecard: rows }: Scorecard) => rows.map(({ verdict }) => verdict);
    expect(verdicts(scorecard)).toEqual(verdicts(without));
    expect(scorecard.headline).toBe(without.headline);
    expect(without.control).toBeNull();
  });

  it('of each pair is compared pair by pair, with the intervals that the sides have', () => {
    const slow = (run: RunRecord, factor: number) => {
      run.load.window.latency.analytics = stretched(run.load.window.latency.analytics!, factor);
    };
    const pairs = pairsOf(5).map((pair, index): Pair => {
      const own = structuredClone({ ...pair.baseline, side: 'control' as const, id: `control-${index}` });
      // Half the time of its own baseline, give or take, which differ more than that among themselves.
      slow(own, 0.5 + 0.01 * index);
      for (const factor of [1 + index]) for (const run of [pair.baseline, pair.split, own]) slow(run, factor);
      return { ...pair, control: own };
    });
    const { control: found, scorecard: rows, keyFigures } = score(pairs);
    expect(found?.runs).toEqual(pairs.map(({ control }) => control!.id));
    const [reports] = found!.figures;
    const means = (side: 'baseline' | 'split' | 'control') =>
      pairs.map((pair) => meanMs(pair[side]!.load.window.latency.analytics)!);
    const against = (a: number[], b: number[]) => studentMean(a.map((each, i) => Math.log(each / b[i]!)));
    const ofControl = against(means('control'), means('baseline'));
    expect(reports!.ofControl.interval).toMatchObject({ method: 't', n: 5 });
    expect(reports!.ofControl.interval!.low).toBeCloseTo(Math.exp(ofControl.low), 9);
    expect(reports!.ofControl.interval!.high).toBeCloseTo(Math.exp(ofControl.high), 9);
    expect(reports!.ofControl.ratio).toBeCloseTo(0.52, 2);
    const ofSplit = against(means('split'), means('control'));
    expect(reports!.ofSplit.interval!.high).toBeCloseTo(Math.exp(ofSplit.high), 9);
    expect(found?.sentence).toMatch(
      /analytics take .* \(1\.9x as fast as the baseline, 1\.8\d?x to 2\.0?\d?x\) and .* as on the bigger primary/,
    );
    expect(found?.sentence).not.toContain('only one control');
    // The means of the sides and the control are of one kind.
    const row = rows.find(({ id }) => id === 'analytics-speedup')!;
    expect(row.control! / row.baseline!).toBeCloseTo(reports!.ofControl.ratio, 9);
    expect(keyFigures.find(({ id }) => id === 'analytics-p50')!.control).toBeGreaterThan(0);
    // Some pairs have lost theirs: what is said is of those that have one.
    const { control: _gone, ...without } = pairs[0]!;
    const fewer = score([without, ...pairs.slice(1)]).control!;
    expect(fewer.figures[0]!.ofControl.interval).toMatchObject({ n: 4 });
  });

  it('that is a single run beside several pairs has no interval, and says so', () => {
    const pairs = pairsOf(3);
    const alone = structuredClone({ ...pairs[0]!.baseline, side: 'control' as const });
    const found = score(pairs, { control: alone }).control!;
    expect(found.figures.map(({ ofControl, ofSplit }) => [ofControl.interval, ofSplit.interval])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect(found.sentence).toContain('only one control');
    expect(score([pairOf()], { control }).control!.sentence).not.toContain('only one control');
  });

  it('that can’t be relied on is said to be so', () => {
    const late = structuredClone(control);
    late.processes.generatorCores = 0.99;
    expect(score([pairOf()], { control: late }).control?.sentence).toMatch(
      /\. The control can’t be relied on: .*: “The generator had CPU to spare”\.$/,
    );
  });

  it('that did other work is left out, with what differs', () => {
    const other = structuredClone(control);
    other.plan.load.ratePerSecond = 100;
    const scorecard = score([pairOf()], { control: other });
    expect(scorecard.control?.sentence).toContain('rate per second: 680 and 100');
    expect(scorecard.scorecard.every((row) => row.control === null)).toBe(true);
  });
});

describe('targets of one’s own', () => {
  it('make the rows, in their order', () => {
    const scorecard = score([pairOf()], {
      targets: [
        { metric: 'replica-lag', bound: 0.05 },
        { metric: 'analytics-speedup-p95', bound: 1.2 },
      ],
    });
    expect(scorecard.scorecard).toMatchObject([
      { id: 'replica-lag', verdict: 'missed', target: { op: '<', value: 0.05 } },
      { id: 'analytics-speedup-p95', title: 'Speed of analytics at p95', target: { op: '>=', value: 1.2 } },
    ]);
    expect(scorecard.headline).toMatch(/speed of analytics \([\d.]+x at 89 % load\)/);
  });
});

describe('a verdict', () => {
  // Either equal or apart: what differs by rounding alone is equal.
  const number = fc.integer({ min: -800, max: 1600 }).map((eighths) => eighths / 8);

  it('is met if all of the interval is on the right side, missed if none of it, else inconclusive with a reason', () => {
    fc.assert(
      fc.property(number, number, number, fc.constantFrom('>=' as const, '<' as const), (a, b, bound, op) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { verdict, reason } = verdictOf({
          value: (low + high) / 2,
          interval: { low, high, level: 0.95, method: 't', n: 5 },
          target: { op, value: bound },
          unit: 'percent',
        });
        const right = (x: number) => (op === '<' ? x < bound : x >= bound);
        expect(verdict === 'met').toBe(right(low) && right(high));
        expect(verdict === 'missed').toBe(!right(low) && !right(high));
        expect(reason === undefined).toBe(verdict !== 'inconclusive');
      }),
    );
  });
});
