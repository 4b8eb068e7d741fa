import fc from 'fast-check';
import { expect, it } from 'vitest';
import { random } from '../../../src/machine/random.js';
import { logNormalMean } from '../../../src/score/statistics/log-normal.js';
import { normals } from './simulated.js';

const positive = fc.array(fc.double({ min: 1e-3, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 29 });

it('holds the mean of the values, and is as wide in another unit', () => {
  fc.assert(
    fc.property(positive, fc.double({ min: 0.01, max: 100, noNaN: true }), (values, unit) => {
      const { low, high } = logNormalMean(values);
      const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
      expect(low).toBeLessThanOrEqual(mean);
      expect(high).toBeGreaterThanOrEqual(mean);
      const other = logNormalMean(values.map((value) => value * unit));
      expect(other.low / unit / low).toBeCloseTo(1, 4);
      expect(other.high / unit / high).toBeCloseTo(1, 4);
    }),
  );
  expect(logNormalMean([7, 7, 7])).toEqual({ low: 7, high: 7 });
});

it('is what drawing the generalised pivot gives', () => {
  const values = [12, 20, 14, 31, 17];
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, each) => sum + each, 0) / 5;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 4;
  const normal = normals(3);
  const drawn = Array.from({ length: 400_000 }, () => {
    const open = (4 * variance) / Array.from({ length: 4 }, () => normal() ** 2).reduce((a, b) => a + b, 0);
    return mean + Math.sqrt(open / 5) * normal() + open / 2;
  }).sort((a, b) => a - b);
  const { low, high } = logNormalMean(values);
  expect(Math.log(low)).toBeLessThan(drawn[10_000]! + 0.01);
  expect(Math.log(high)).toBeCloseTo(drawn[390_000]!, 1.9);
});

it.each([0.3, 1])(
  'at a spread of %f leaves out the mean on either side in at most 2.5 percent of the cases',
  (spread) => {
    const normal = normals(20);
    for (const [pairs, repetitions] of [
      [2, 500],
      [3, 500],
      [5, 500],
      [10, 500],
    ] as const) {
      let [below, above] = [0, 0];
      for (let i = 0; i < repetitions; i++) {
        const values = Array.from({ length: pairs }, () => Math.exp(spread * normal() - spread ** 2 / 2));
        const { low, high } = logNormalMean(values);
        if (high < 1) below++;
        if (low > 1) above++;
      }
      const most = 0.025 + 3 * Math.sqrt((0.025 * 0.975) / repetitions);
      expect(below / repetitions).toBeLessThan(most);
      expect(above / repetitions).toBeLessThan(most);
    }
  },
);

it('holds values that are bounded and skewed the other way, as the use of a pool may be', () => {
  const { next } = random(21, 7, 0);
  let below = 0;
  for (let i = 0; i < 1000; i++) {
    // Mean 0.75, never over 1: the larger of three uniform values.
    const values = Array.from({ length: 5 }, () => Math.max(next(), next(), next()));
    if (logNormalMean(values).high < 0.75) below++;
  }
  expect(below / 1000).toBeLessThan(0.025 + 0.0148);
});
