import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TRACKABLE_US, Recorder } from '../../src/load/recorder.js';
import { mean, mergeHistograms, percentile } from '../../src/record/histogram.js';

const latencies = fc.array(
  fc.oneof(fc.nat(1_000), fc.nat(100_000), fc.nat(60_000_000), fc.integer({ min: 0, max: MAX_TRACKABLE_US })),
  { minLength: 1, maxLength: 300 },
);

function record(values: number[]) {
  const recorder = new Recorder();
  for (const value of values) recorder.record(value);
  return recorder.toJson();
}

function nearestRank(sorted: number[], p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]!;
}

describe('a histogram', () => {
  test('gives percentiles within 0.1 % of the sorted samples', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(0, 1, 25, 50, 75, 90, 95, 99, 99.9, 100), (values, p) => {
        const truth = nearestRank(
          [...values].sort((a, b) => a - b),
          p,
        );
        expect(Math.abs(percentile(record(values), p) - truth)).toBeLessThanOrEqual(truth * 0.001);
      }),
    );
  });

  test('knows count, sum, minimum, maximum and mean exactly', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const json = record(values);
        const sum = values.reduce((a, b) => a + b, 0);
        expect(json).toMatchObject({ count: values.length, sumUs: sum });
        expect(json.minUs).toBe(Math.min(...values));
        expect(json.maxUs).toBe(Math.max(...values));
        expect(mean(json)).toBe(sum / values.length);
      }),
    );
  });

  test('merged from parts is the histogram of the whole', () => {
    fc.assert(
      fc.property(fc.array(latencies, { maxLength: 5 }), (parts) => {
        expect(mergeHistograms(parts.map(record))).toEqual(record(parts.flat()));
      }),
    );
  });

  test('has its buckets in ascending order, and their counts add up', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const { buckets, count } = record(values);
        expect(buckets).toEqual([...buckets].sort((a, b) => a[0] - b[0]));
        expect(buckets.reduce((sum, [, n]) => sum + n, 0)).toBe(count);
      }),
    );
  });

  test('keeps an exact maximum beyond its range', () => {
    const json = record([10, MAX_TRACKABLE_US * 3]);
    expect(json.maxUs).toBe(MAX_TRACKABLE_US * 3);
    expect(percentile(json, 100)).toBe(MAX_TRACKABLE_US * 3);
    expect(json.buckets).toHaveLength(2);
  });

  test('without samples is all zeros', () => {
    const json = record([]);
    expect(json).toEqual({ count: 0, sumUs: 0, minUs: 0, maxUs: 0, buckets: [] });
    expect(percentile(json, 99)).toBe(0);
    expect(mean(json)).toBe(0);
    expect(mergeHistograms([])).toEqual(json);
  });
});
