import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../src/machine/random.js';
import { binomialTail, moreInPairs, moreThanByChance } from '../../../src/score/statistics/counts.js';
import { normals, poisson } from './simulated.js';

describe('a binomial tail', () => {
  it('is what R’s pbinom(least - 1, trials, share, lower.tail = FALSE) gives', () => {
    expect(binomialTail(6, 6, 0.5)).toBeCloseTo(1 / 64, 12);
    expect(binomialTail(15, 20, 0.5)).toBeCloseTo(0.02069473, 8);
    expect(binomialTail(0, 5, 0.3)).toBe(1);
  });

  it('is the sum of the terms, worked out exactly', () => {
    const sizes = fc
      .integer({ min: 1, max: 40 })
      .chain((trials) =>
        fc.tuple(
          fc.constant(trials),
          fc.integer({ min: 0, max: trials }),
          fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        ),
      );
    fc.assert(
      fc.property(sizes, ([trials, least, share]) => {
        let [sum, ways] = [0, 1];
        for (let k = 0; k <= trials; k++) {
          if (k >= least) sum += ways * share ** k * (1 - share) ** (trials - k);
          ways = (ways * (trials - k)) / (k + 1);
        }
        expect(binomialTail(least, trials, share)).toBeCloseTo(sum, 9);
      }),
    );
  });

  it('of millions of trials is near the normal one', () => {
    // Two standard deviations above the mean, with the half that makes a step a line.
    expect(binomialTail(1_001_415, 2_000_000, 0.5)).toBeCloseTo(0.0228, 3);
  });
});

describe('two counts', () => {
  it('make at most one more than the other by chance, and none more than itself', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (a, b) => {
        expect(moreThanByChance(a, b) && moreThanByChance(b, a)).toBe(false);
        expect(moreThanByChance(a, a)).toBe(false);
      }),
    );
  });

  it('need six against none, and twice as many chances double what is due', () => {
    expect(moreThanByChance(0, 5)).toBe(false);
    expect(moreThanByChance(0, 6)).toBe(true);
    expect(moreThanByChance(10, 24)).toBe(true);
    expect(moreThanByChance(10, 24, 2 / 3)).toBe(false);
  });
});

describe('counts of several pairs', () => {
  it('of two pairs tell nothing, unless there is nothing to tell', () => {
    expect(moreInPairs([0, 0], [500, 700])).toBeNull();
    expect(moreInPairs([3, 4], [4, 3])).toBe(false);
  });

  it('are more where each pair has more, and where one burst makes the sum they are not', () => {
    expect(moreInPairs([2, 4, 3, 5, 2], [30, 36, 28, 41, 33])).toBe(true);
    expect(moreInPairs([2, 4, 3, 5, 2], [2, 3, 300, 4, 3])).toBe(false);
  });

  it('that agree by accident are none more: one failure in each of three pairs', () => {
    expect(moreInPairs([0, 0, 0], [1, 1, 1])).toBe(false);
  });

  it.each([
    ['bursts: a rate that varies by its own mean', 1, 5],
    ['bursts that are all there is', 2, 50],
    ['a steady rate', 0, 5],
  ])('are found more in at most 2.5 %% of equal runs: %s', (_, spread, mean) => {
    const { next } = random(11, 7, spread);
    const normal = normals(12 + spread);
    // A log-normal rate of the given coefficient of variation.
    const sd = Math.sqrt(Math.log(1 + spread ** 2));
    const count = () => poisson(mean * Math.exp(sd * normal() - sd ** 2 / 2), next);
    for (const pairs of [3, 5, 10]) {
      let more = 0;
      const runs = () => Array.from({ length: pairs }, count);
      for (let i = 0; i < 4000; i++) if (moreInPairs(runs(), runs())) more++;
      // Three standard deviations of 4,000 repetitions.
      expect(more / 4000).toBeLessThan(0.025 + 0.0075);
    }
  });
});
