import { describe, expect, it } from 'vitest';
import { score } from '../../src/score/score.js';
import type { ScoreRow } from '../../src/score/scorecard.js';
import { studentMean } from '../../src/score/statistics/estimate.js';
import { pairsNeeded } from '../../src/score/statistics/power.js';
import type { Goal } from '../../src/score/targets/index.js';
import { equalPairsOf, pairOf, pairsOf } from './fixture.js';
import { normals } from './statistics/simulated.js';

const known = (deviation: number) => ({ deviation, degrees: Number.POSITIVE_INFINITY });

describe('the number of pairs that tell', () => {
  it.each([
    ['CPU 45 % less against 40 %', Math.log(0.6 / 0.55), 0.07, 8],
    ['CPU 45 % less against 40 %', Math.log(0.6 / 0.55), 0.14, 23],
    ['2.2x against 2x', Math.log(1.1), 0.07, 7],
    ['2.2x against 2x', Math.log(1.1), 0.21, 41],
    ['2.2x against 2x', Math.log(1.1), 0.42, 155],
    ['2.5x against 2x', Math.log(1.25), 0.42, 30],
    ['3x against 2x', Math.log(1.5), 0.42, 11],
    ['what one pair would show', 5, 0.1, 3],
  ])('of %s at a spread that is known', (_what, distance, deviation, pairs) => {
    expect(pairsNeeded(distance, known(deviation))).toEqual({ pairs, range: null });
  });

  it('is none where the value is as good as on the bound, and three at least', () => {
    expect(pairsNeeded(0, known(0.1)).pairs).toBeNull();
    expect(pairsNeeded(0.008, known(0.1)).pairs).toBeNull();
    expect(pairsNeeded(0.01, known(0.1)).pairs).toBe(787);
    expect(pairsNeeded(0.01, known(0)).pairs).toBe(3);
  });

  it('tells in four of five trials of so many', () => {
    const normal = normals(5);
    const { pairs } = pairsNeeded(0.0953, known(0.14));
    let told = 0;
    for (let i = 0; i < 4000; i++) {
      const { low } = studentMean(Array.from({ length: pairs! }, () => 0.0953 + 0.14 * normal()));
      if (low > 0) told++;
    }
    expect(told / 4000).toBeGreaterThan(0.77);
    expect(told / 4000).toBeLessThan(0.86);
  });

  it('is open by as much as the spread is, by χ²', () => {
    // √(4 ÷ 11.1433) and √(4 ÷ 0.484419) times the spread.
    const { pairs, range } = pairsNeeded(0.2, { deviation: 0.2, degrees: 4 });
    expect(pairs).toBe(10);
    expect(range).toEqual({
      low: pairsNeeded(0.2, known(0.2 * 0.599136)).pairs,
      high: pairsNeeded(0.2, known(0.2 * 2.873553)).pairs,
    });
    expect(pairsNeeded(0.2, { deviation: 0.2, degrees: 1 }).range!.high).toBeNull();
  });
});

describe('a row that is inconclusive', () => {
  const rowsOf = (pairs: Parameters<typeof score>[0], targets: Goal[], options = {}): ScoreRow[] =>
    score(pairs, { targets, ...options }).scorecard;

  it('says how many pairs would decide it, and how far that can be trusted', () => {
    const pairs = pairsOf(5);
    const logs = pairs.map(({ baseline, split }) =>
      Math.log(split.nodes[0]!.utilisation! / baseline.nodes[0]!.utilisation!),
    );
    const mean = logs.reduce((sum, log) => sum + log, 0) / 5;
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / 4);
    const bound = (1 - Math.exp(mean)) * 100 - 0.3;
    const [row] = rowsOf(pairs, [{ metric: 'primary-cpu', bound }]);
    const expected = pairsNeeded(Math.log(1 - bound / 100) - mean, { deviation, degrees: 4 });
    expect(expected.pairs).toBeGreaterThan(5);
    expect(row).toMatchObject({ verdict: 'inconclusive', pairsNeeded: expected });
    const { pairs: about, range } = expected;
    const upTo = range!.high?.toLocaleString('en-US') ?? 'over 1,000';
    expect(row!.reason).toMatch(
      /^The interval contains values on both sides of [\d.]+ %\. About [\d,]+ pairs would tell \(/,
    );
    expect(row!.reason).toContain(
      ` About ${about!.toLocaleString('en-US')} pairs would tell (${range!.low} to ${upTo}, judging by how much these 5 differ).`,
    );
  });

  it('says so where none would, and where two pairs are too few', () => {
    const pairs = pairsOf(5);
    const value = rowsOf(pairs, [{ metric: 'primary-cpu', bound: 40 }])[0]!.value!;
    expect(rowsOf(pairs, [{ metric: 'primary-cpu', bound: value }])[0]).toMatchObject({
      pairsNeeded: { pairs: null },
      reason: expect.stringContaining('so near to the target that no number of pairs would tell.'),
    });
    expect(rowsOf(pairsOf(2), [{ metric: 'primary-cpu', bound: 40 }])[0]!.reason).toMatch(
      /^2 pairs: at least 3 are needed\. About \d+ pairs would tell \(/,
    );
  });

  it('of a single pair goes by the noise that is assumed, or was seen', () => {
    const targets: Goal[] = [{ metric: 'analytics-speedup', bound: 2 }];
    const [assumed] = rowsOf([pairOf()], targets);
    expect(assumed).toMatchObject({ verdict: 'inconclusive', pairsNeeded: { range: null } });
    expect(assumed!.reason).toMatch(/ About \d+ pairs would tell, if pairs differ as much as is assumed\.$/);
    const equal = { id: '2026-trials', pairs: equalPairsOf(5, 0.05) };
    const [seen] = rowsOf([pairOf()], [{ metric: 'analytics-speedup', bound: 2.1 }], { equal });
    expect(seen!.reason).toMatch(/ to .*, judging by how much those of 2026-trials differ\)\.$/);
  });

  it('of a level counts pairs too; what is decided does not', () => {
    const rows = rowsOf(
      [pairOf()],
      [
        { metric: 'replica-lag', bound: 2 },
        { metric: 'primary-read-volume', bound: 40 },
      ],
    );
    expect(rows[0]).toMatchObject({ verdict: 'inconclusive', pairsNeeded: { pairs: expect.any(Number) } });
    expect(rows[1]).toMatchObject({ verdict: 'met' });
    expect(rows[1]!.pairsNeeded).toBeUndefined();
  });

  it('for another reason is not decided by more pairs', () => {
    const off = pairOf(undefined, ({ baseline }) => {
      baseline.nodes[0]!.utilisation = 0.8;
    });
    const [row] = rowsOf([off], [{ metric: 'analytics-speedup', bound: 2 }]);
    expect(row!.verdict).toBe('inconclusive');
    expect(row!.reason).toContain('aimed at 90 %');
    expect(row!.pairsNeeded).toBeUndefined();
  });
});
