import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthOver, interpolate, longestGapMs, quantile, summarizeMs } from '../../src/observe/summary.js';

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

  it('know nothing of a counter over a second from its samples, but all that was seen on either side', () => {
    const [times, values] = [
      [0, 100, 3000, 3100],
      [0, 1, 30, 31],
    ];
    const at = (t: number) => interpolate(times, values, t);
    expect([50, 100, 101, 2999, 3000].map(at)).toEqual([0.5, 1, null, null, 30]);
    expect([-1000, -1001, 4100, 4101].map(at)).toEqual([0, null, 31, null]);
    expect(interpolate([], [], 5)).toBeNull();
    // It grew over the hole all the same.
    expect(growthOver(times, values, { startMs: 50, endMs: 3050 })).toBe(30);
    expect(growthOver(times, values, { startMs: 500, endMs: 3050 })).toBeNull();
    expect(growthOver(times, values, { startMs: 50, endMs: 2500 })).toBeNull();
  });

  it('tell the longest time without a sample that reaches into a window', () => {
    const longest = (...times: number[]) => longestGapMs(times, { startMs: 0, endMs: 1000 });
    expect(longest(-5000, -100, 100, 600, 1100, 9000)).toBe(500);
    expect(longest(-3000, 100, 900, 1100)).toBe(3100);
    expect(longest(-100, 100, 600)).toBe(500);
    expect(longest(-100, 100, 200)).toBe(800);
    expect(longest(300, 400, 1000)).toBe(600);
    expect(longest()).toBe(1000);
    expect(longest(-5000, -2000, 2000)).toBe(4000);
  });
});
