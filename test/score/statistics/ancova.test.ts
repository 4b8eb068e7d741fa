import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanAtZero } from '../../../src/score/statistics/ancova.js';
import { studentMean } from '../../../src/score/statistics/estimate.js';
import { coverage, normals } from './simulated.js';

/** Values and their covariates. */
const points = fc.array(
  fc.record({
    x: fc.double({ min: -3, max: 3, noNaN: true }),
    y: fc.double({ min: -50, max: 50, noNaN: true }),
  }),
  { minLength: 4, maxLength: 40 },
);
const adjust = (some: { x: number; y: number }[]) =>
  meanAtZero(
    some.map(({ y }) => y),
    some.map(({ x }) => x),
  );

describe('the mean at a covariate of 0', () => {
  it("is the intercept of R's cars: summary and confint of lm(dist ~ speed)", () => {
    const speed =
      '4 4 7 7 8 9 10 10 10 11 11 12 12 12 12 13 13 13 13 14 14 14 14 15 15 15 16 16 17 17 17 18 18 18 18 19 19 19 20 20 20 20 20 22 23 24 24 24 24 25';
    const dist =
      '2 10 4 22 16 10 18 26 34 17 28 14 20 24 28 26 34 34 46 26 36 60 80 20 26 54 32 40 32 40 50 42 56 76 84 36 46 68 32 48 52 56 64 66 54 70 92 93 120 85';
    const found = meanAtZero(dist.split(' ').map(Number), speed.split(' ').map(Number))!;
    expect(found.mean).toBeCloseTo(-17.5791, 4);
    expect(found.low).toBeCloseTo(-31.16785, 4);
    expect(found.high).toBeCloseTo(-3.99034, 4);
    expect(found.p).toBeCloseTo(0.0123, 4);
    expect(found.slope).toBeCloseTo(3.9324, 4);
    expect(found.slopeLow).toBeCloseTo(3.096964, 5);
    expect(found.slopeHigh).toBeCloseTo(4.767853, 5);
    expect(found.residual).toBeCloseTo(15.38, 2);
  });

  it('covers 95 % whatever the slope, how exactly the covariate is known, and at few pairs', () => {
    for (const [pairs, slope, error] of [
      [5, 0, 0],
      [5, 1, 0.02],
      [8, 9, 0.03],
      [20, 1, 0.05],
    ] as const) {
      const normal = normals(10 * pairs + slope);
      const found = coverage(8_000, () => {
        const speed = Array.from({ length: pairs }, () => 0.08 * normal());
        const values = speed.map((x) => slope * x + 0.02 * normal());
        return meanAtZero(
          values,
          speed.map((x) => x + error * normal()),
        );
      });
      expect(found, `${pairs} pairs, slope ${slope}`).toBeGreaterThan(94.3);
      expect(found, `${pairs} pairs, slope ${slope}`).toBeLessThan(95.7);
    }
  });

  it('is narrower than the plain mean by as much as the covariate explains, and hardly wider where that is nothing', () => {
    const normal = normals(3);
    const widths = (slope: number) => {
      const sum = { plain: 0, adjusted: 0 };
      for (let i = 0; i < 400; i++) {
        const speed = Array.from({ length: 10 }, () => 0.08 * normal());
        const values = speed.map((x) => slope * x + 0.02 * normal());
        const [plain, adjusted] = [studentMean(values), meanAtZero(values, speed)!];
        sum.plain += plain.high - plain.low;
        sum.adjusted += adjusted.high - adjusted.low;
      }
      return sum.adjusted / sum.plain;
    };
    // √(1 + (0.08 ÷ 0.02)²) is 4.1; two parameters of ten values take some of it.
    expect(widths(1)).toBeLessThan(0.32);
    expect(widths(0)).toBeLessThan(1.15);
    expect(widths(0)).toBeGreaterThan(1);
  });

  it('moves with its values, not with the unit of the covariate, and takes off just what a line adds', () => {
    fc.assert(
      fc.property(points, fc.double({ min: -9, max: 9, noNaN: true }), (some, by) => {
        const found = adjust(some);
        fc.pre(found !== null && some.some(({ x }) => Math.abs(x - some[0]!.x) > 0.1));
        const near = (other: ReturnType<typeof adjust>, shift: number) => {
          for (const end of ['mean', 'low', 'high'] as const) {
            const scale = 1e-7 * (1 + Math.abs(found![end]) + Math.abs(shift));
            expect(Math.abs(other![end] - found![end] - shift)).toBeLessThan(scale * 10);
          }
        };
        near(adjust(some.map(({ x, y }) => ({ x, y: y + by }))), by);
        near(adjust(some.map(({ x, y }) => ({ x: 7 * x, y }))), 0);
        near(adjust(some.map(({ x, y }) => ({ x, y: y + by * x }))), 0);
        near(adjust([...some].reverse()), 0);
      }),
    );
  });

  it('is none of two values, or of a covariate that never changes', () => {
    expect(meanAtZero([1, 2], [3, 4])).toBeNull();
    expect(meanAtZero([1, 2, 3, 4], [2, 2, 2, 2])).toBeNull();
  });
});
