import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../src/machine/random.js';
import { meanOf } from '../../../src/machine/sums.js';
import { squaresOf } from '../../../src/score/statistics/estimate.js';
import { holm } from '../../../src/score/statistics/holm.js';
import { warmupSamples } from '../../../src/score/statistics/mser.js';
import { trendOf } from '../../../src/score/statistics/trend.js';
import { VALUE_KINDS } from '../../../src/score/targets/target.js';
import { following, normals } from './simulated.js';

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });

describe('a change', () => {
  it('undone is none', () => {
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const there = 1 - VALUE_KINDS.reduction.of(a, b) / 100;
        const back = 1 - VALUE_KINDS.reduction.of(b, a) / 100;
        expect(there * back).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('a trend', () => {
  it('is that of the example worked by hand at mathcs.holycross.edu/~little/Montserrat: S = 54, Z = 2.9058', () => {
    const { p } = trendOf([12.9, 14.8, 13.2, 15.7, 13.8, 15.6, 12.9, 11, 17.3, 15.9, 19, 18.3, 20.1, 21.7]);
    expect(p).toBeCloseTo(2 * 0.001831, 5);
  });

  it('has the slope of a straight line, whatever one wild value says', () => {
    const line = Array.from({ length: 12 }, (_, i) => 3 + 2 * i);
    expect(trendOf(line).rise).toBeCloseTo(22, 9);
    line[5] = 1000;
    expect(trendOf(line).rise).toBeCloseTo(22, 9);
  });

  it('of a day in blocks of 5 s is that of a selection of its slopes: all of them take 1.2 GB', () => {
    const normal = normals(5);
    const day = Array.from({ length: 17_280 }, (_, i) => 100 + 50 * (i / 17_280) + 10 * normal());
    expect(trendOf(day).rise).toBeGreaterThan(49);
    expect(trendOf(day).rise).toBeLessThan(51);
  });

  it('is found by chance as often as p says, where values do not follow each other', () => {
    const normal = normals(4);
    let found = 0;
    for (let i = 0; i < 10_000; i++) if (trendOf(Array.from({ length: 12 }, normal)).p < 0.05) found++;
    expect(found / 10_000).toBeGreaterThan(0.035);
    expect(found / 10_000).toBeLessThan(0.055);
  });

  it('is none in a constant, and the same upside down', () => {
    expect(trendOf([4, 4, 4, 4, 4])).toEqual({ p: 1, rise: 0 });
    fc.assert(
      fc.property(fc.array(positive, { minLength: 3, maxLength: 20 }), (some) => {
        const { p, rise } = trendOf(some);
        const down = trendOf(some.map((value) => -value));
        expect(down.p).toBe(p);
        expect(down.rise).toBeCloseTo(-rise, 6);
      }),
    );
  });
});

describe('MSER-5', () => {
  it('cuts just what is different at the start', () => {
    const normal = normals(5);
    const series = [
      ...Array.from({ length: 50 }, () => 10 + normal() * 0.1),
      ...Array.from({ length: 250 }, () => normal() * 0.1),
    ];
    expect(warmupSamples(series)).toBe(50);
  });

  it('takes the cut with the least standard error: a series of batch means 8, 4, 0, 0, 0, … by hand', () => {
    const series = [8, 4, 0, 0, 0, 0, 0, 0].flatMap((mean) => Array<number>(5).fill(mean));
    expect(warmupSamples(series)).toBe(10);
  });

  it('cuts nothing of a constant, nor of the constant that a series becomes', () => {
    expect(warmupSamples(Array<number>(60).fill(0.1))).toBe(0);
    expect(warmupSamples([...Array<number>(20).fill(5), ...Array<number>(80).fill(0.1)])).toBe(20);
  });

  it('cuts where the sums worked out anew for every cut are least', () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.constantFrom(0.1, 5, 1e6 + 0.1),
    );
    const stretches = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(stretches, (parts) => {
        const series = parts.flatMap(([value, length]) => Array<number>(length).fill(value));
        const means = Array.from({ length: Math.floor(series.length / 5) }, (_, i) =>
          meanOf(series.slice(5 * i, 5 * i + 5)),
        );
        const errors = means.map((_, cut) => squaresOf(means.slice(cut)) / (means.length - cut) ** 2);
        const found = warmupSamples(series);
        if (means.length < 4) {
          expect(found).toBeNull();
          return;
        }
        const least = Math.min(...errors.slice(0, -2));
        const scale = 1e-9 * (least + Math.max(...means.map(Math.abs)) ** 2 * 1e-15);
        const best = errors.flatMap((error, cut) =>
          cut <= means.length - 3 && error <= least + scale ? [cut] : [],
        );
        // Which of several cuts that are as good as each other, rounding may decide.
        expect(best.map((cut) => (cut > means.length / 2 ? null : cut * 5))).toContain(found);
      }),
      { numRuns: 500 },
    );
  });

  it('gives no answer for a series that never becomes steady, or is too short', () => {
    expect(warmupSamples(Array.from({ length: 300 }, (_, i) => 300 - i))).toBeNull();
    expect(warmupSamples([1, 2, 3])).toBeNull();
  });

  it('cuts little of a series that is steady from the start', () => {
    const normal = normals(6);
    const cuts = Array.from({ length: 200 }, () => warmupSamples(following(300, 0.3, normal)) ?? 300);
    expect(cuts.sort((a, b) => a - b)[100]).toBeLessThan(60);
  });
});

describe("Holm's correction", () => {
  it('gives what R’s p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") gives, in the order given', () => {
    const adjusted = holm([0.04, 0.01, 0.05, 0.02, 0.03]);
    for (const [i, wanted] of [0.09, 0.05, 0.09, 0.08, 0.09].entries())
      expect(adjusted[i]).toBeCloseTo(wanted, 12);
  });

  it('never makes anything likelier, keeps the order, and stays within Bonferroni', () => {
    const probabilities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(probabilities, (some) => {
        const adjusted = holm(some);
        some.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, p * some.length) + 1e-12);
          some.forEach((q, j) => {
            if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j] ?? Number.NaN);
          });
        });
      }),
    );
  });

  it('finds a difference among twelve figures that have none in at most 5 % of the cases', () => {
    const { next } = random(7, 7, 0);
    let wrong = 0;
    for (let i = 0; i < 4000; i++) if (holm(Array.from({ length: 12 }, next)).some((p) => p < 0.05)) wrong++;
    expect(wrong / 4000).toBeLessThan(0.06);
    expect(wrong / 4000).toBeGreaterThan(0.04);
  });
});
