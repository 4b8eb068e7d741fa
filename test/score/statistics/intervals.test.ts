import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf } from '../../../src/machine/sums.js';
import { bcaMean } from '../../../src/score/statistics/bca.js';
import { blockSpread, LEAST_BLOCKS } from '../../../src/score/statistics/blocks.js';
import { estimateOf, studentMean } from '../../../src/score/statistics/estimate.js';
import { coverage, following, normals } from './simulated.js';

const values = (least: number) =>
  fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: least, maxLength: 40 });

describe("Student's t", () => {
  it("gives the interval of Student's own data: extra sleep by drug 2 over drug 1 (R: t.test(extra ~ group, sleep, paired))", () => {
    const { low, high, p } = studentMean([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]);
    expect(low).toBeCloseTo(0.7001142, 5);
    expect(high).toBeCloseTo(2.4598858, 5);
    expect(p).toBeCloseTo(0.002833, 6);
  });

  it('has the closed form of the Cauchy distribution with two values', () => {
    // One degree of freedom: the 97.5 % quantile is tan(0.475 pi); mean 2, standard error 1.
    const { low, high, p } = studentMean([1, 3]);
    expect(high - 2).toBeCloseTo(Math.tan(0.475 * Math.PI), 4);
    expect(2 - low).toBeCloseTo(Math.tan(0.475 * Math.PI), 4);
    expect(p).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(2), 8);
  });

  it('covers 95 % at five pairs', () => {
    const normal = normals(1);
    const found = coverage(20_000, () => studentMean(Array.from({ length: 5 }, normal)));
    expect(found).toBeGreaterThan(94.3);
    expect(found).toBeLessThan(95.7);
  });

  it('ends at 0 where p is 5 %, and moves with what it measures', () => {
    fc.assert(
      fc.property(values(2), fc.double({ min: -9, max: 9, noNaN: true }), (some, shift) => {
        const { low, high, p } = studentMean(some);
        if (high - low > 1e-6) expect(low > 0 || high < 0).toBe(p < 0.05);
        const moved = studentMean(some.map((value) => value + shift));
        expect(moved.low).toBeCloseTo(low + shift, 6);
        expect(moved.high).toBeCloseTo(high + shift, 6);
      }),
    );
  });
});

describe('an error of two parts', () => {
  it('reaches as far as the root of the sum of their squares, and ends at 0 where p is 5 %', () => {
    const spread = fc.record({
      standardError: fc.double({ min: 0.01, max: 5, noNaN: true }),
      degrees: fc.constantFrom(1, 3, 12.5, Number.POSITIVE_INFINITY),
    });
    fc.assert(
      fc.property(spread, spread, fc.double({ min: -20, max: 20, noNaN: true }), (one, other, mean) => {
        const { low, high, p } = estimateOf(mean, one, other);
        const reach = (each: typeof one) => estimateOf(0, each).high;
        expect(high - mean).toBeCloseTo(Math.hypot(reach(one), reach(other)), 6);
        const edge = Math.abs(Math.abs(mean) - (high - mean)) < 1e-6;
        if (!edge) expect(low > 0 || high < 0).toBe(p < 0.05);
      }),
      { numRuns: 50 },
    );
  });

  it('has the p-values of the normal distribution where both parts are known', () => {
    const degrees = Number.POSITIVE_INFINITY;
    const { low, p } = estimateOf(-5, { standardError: 0.6, degrees }, { standardError: 0.8, degrees });
    expect(low).toBeCloseTo(-5 - 1.959964, 5);
    // 2 Φ(-5)
    expect(p / 5.733031e-7).toBeCloseTo(1, 4);
  });

  it('is that of one part where the other is none', () => {
    const t = { standardError: 2, degrees: 4 };
    expect(estimateOf(3, t, { standardError: 0, degrees: Number.POSITIVE_INFINITY })).toEqual(
      estimateOf(3, t),
    );
  });
});

describe('the BCa bootstrap', () => {
  it("gives the interval of R's boot package (1,000,000 resamples; scipy's tests use the same figures)", () => {
    const { low, high } = bcaMean([10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213]);
    expect(Math.abs(low / 32.31 - 1)).toBeLessThan(0.03);
    expect(Math.abs(high / 91.43 - 1)).toBeLessThan(0.03);
  });

  it('covers 92 to 97 % at thirty pairs', () => {
    const normal = normals(2);
    const found = coverage(600, () => bcaMean(Array.from({ length: 30 }, normal)));
    expect(found).toBeGreaterThan(92);
    expect(found).toBeLessThan(97);
  });

  it('falls short at five pairs, which is why Student’s t is used there', () => {
    const normal = normals(3);
    expect(coverage(1000, () => bcaMean(Array.from({ length: 5 }, normal)))).toBeLessThan(88);
  });

  it('gives the same for the same values, turned over for negated ones, and p agrees with the interval', () => {
    fc.assert(
      fc.property(values(30), (some) => {
        const { low, high, p } = bcaMean(some);
        expect(bcaMean(some)).toEqual({ low, high, p });
        expect(bcaMean(some.toReversed())).toEqual({ low, high, p });
        const spread = Math.max(1e-9, high - low);
        const turned = bcaMean(some.map((value) => -value));
        expect(Math.abs(turned.low + high)).toBeLessThan(0.1 * spread);
        if (low > 0.02 * spread || high < -0.02 * spread) expect(p).toBeLessThan(0.055);
        if (low < -0.02 * spread && high > 0.02 * spread) expect(p).toBeGreaterThan(0.045);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the block bootstrap', () => {
  const over = (series: number[]) => {
    const figure = (blocks: readonly number[]) => meanOf(blocks.map((block) => series[block] ?? Number.NaN));
    const spread = blockSpread(series.length, figure);
    return spread && estimateOf(meanOf(series), spread);
  };

  it.each([
    [12, 0, 96.5, 99],
    [12, 0.3, 94, 97],
    [12, 0.5, 90.5, 94],
    // Blocks that follow each other this closely are too few to tell.
    [12, 0.7, 80, 88],
    [60, 0.3, 94, 97],
  ])('of %i blocks with a correlation of %s covers %s to %s percent', (count, correlation, least, most) => {
    const normal = normals(count + correlation * 10);
    const found = coverage(1200, () => over(following(count, correlation, normal)));
    expect(found).toBeGreaterThan(least);
    expect(found).toBeLessThan(most);
  });

  it('has the standard error in closed form of blocks that go up and down by turns', () => {
    // Stretches of three of +1, -1, … have means of ±1/3, so the mean of four stretches has a standard error of 1/6; put
    // right by √(12/9), times the t quantile at three degrees of freedom.
    const { high } = over(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 1 : -1))) ?? { high: 0 };
    expect(Math.abs(high / ((1 / 6) * Math.sqrt(12 / 9) * 3.182446) - 1)).toBeLessThan(0.08);
  });

  it('says nothing of a few blocks, or of a figure that some of them do not have', () => {
    expect(over(Array.from({ length: LEAST_BLOCKS - 1 }, (_, i) => i))).toBeNull();
    expect(over([Number.NaN, ...Array.from({ length: 11 }, (_, i) => i)])).toBeNull();
  });
});
