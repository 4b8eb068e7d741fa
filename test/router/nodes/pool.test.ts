import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AcquireHistogram } from '../../../src/router/nodes/pool.js';

function countsOf(waits: number[]): Record<number, number> {
  const histogram = new AcquireHistogram();
  for (const ms of waits) histogram.record(ms);
  return Object.fromEntries(histogram.buckets().map(({ le, count }) => [le, count]));
}

test('a wait counts in every bucket whose limit it does not exceed', () => {
  expect(countsOf([0, 0.1, 0.11, 5000, 5001])).toMatchObject({
    0.1: 2,
    0.25: 3,
    2500: 3,
    5000: 4,
  });
});

test('without a wait every bucket is there and empty', () => {
  const buckets = new AcquireHistogram().buckets();
  expect(buckets.map(({ le }) => le)).toEqual([
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000,
  ]);
  expect(buckets.every(({ count }) => count === 0)).toBe(true);
});

test('each bucket holds exactly the waits up to its limit, and survives JSON', () => {
  const wait = fc.oneof(fc.double({ min: 0, max: 6000, noNaN: true }), fc.constantFrom(0.25, 1, 10, 1000));
  fc.assert(
    fc.property(fc.array(wait), (waits) => {
      for (const [le, count] of Object.entries(JSON.parse(JSON.stringify(countsOf(waits))))) {
        expect(count).toBe(waits.filter((ms) => ms <= Number(le)).length);
      }
    }),
  );
});
