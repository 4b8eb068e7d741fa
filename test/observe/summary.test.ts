import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, quantile, summarizeMs } from '../../src/observe/summary.js';

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('summaries', () => {
  it('have quantiles that rise and stay between the extremes', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { p50Ms, p95Ms, p99Ms, maxMs, meanMs, count } = summarizeMs(list);
        expect(count).toBe(list.length);
        expect(p50Ms).toBeLessThanOrEqual(p95Ms);
        expect(p95Ms).toBeLessThanOrEqual(p99Ms);
        expect(p99Ms).toBeLessThanOrEqual(maxMs);
        expect(meanMs).toBeGreaterThanOrEqual(Math.min(...list) - 1e-6);
        expect(meanMs).toBeLessThanOrEqual(maxMs + 1e-6);
      }),
    );
  });

  it('agree with published values of the type 7 quantile', () => {
    // R: quantile(c(1, 2, 3, 4, 10), c(.25, .5, .9), type = 7) -> 2.0 3.0 7.6
    const sorted = [1, 2, 3, 4, 10];
    expect([0.25, 0.5, 0.9].map((q) => quantile(sorted, q))).toEqual([2, 3, expect.closeTo(7.6, 9)]);
  });

  it('interpolate a counter between its samples and clamp outside them', () => {
    expect([-5, 0, 5, 10, 15, 99].map((t) => interpolate([0, 10, 20], [0, 100, 110], t))).toEqual([
      0, 0, 50, 100, 105, 110,
    ]);
  });
});
