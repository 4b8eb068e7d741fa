import fc from 'fast-check';
import * as hdr from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { MAX_TRACKABLE_US } from '../../src/load/recorder.js';
import { bucketsOf, encodeHistogram, meanMs, percentileMs } from '../../src/record/histogram.js';
import { latencies, record } from '../load/latencies.js';

const SHARES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];
const encoded = (values: number[]) => encodeHistogram(record(values));

function nearestRank(sorted: number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1)]!;
}

describe('a histogram of a record', () => {
  test('gives percentiles within 0.1 % of the sorted samples', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(...SHARES), (values, p) => {
        const truth = nearestRank(
          [...values].sort((a, b) => a - b),
          p,
        );
        expect(Math.abs(percentileMs(encoded(values), p)! - truth / 1000)).toBeLessThanOrEqual(truth / 1e6);
      }),
    );
  });

  test('has count, sum, minimum, maximum and mean exactly, which the encoding has not', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const sumUs = values.reduce((a, b) => a + b, 0);
        const [minUs, maxUs] = [Math.min(...values), Math.max(...values)];
        expect(encoded(values)).toMatchObject({ count: values.length, sumUs, minUs, maxUs });
        expect(meanMs(encoded(values))).toBe(sumUs / values.length / 1000);
      }),
    );
  });

  test('holds the buckets that were recorded, and comes back from JSON with them', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const { valuesUs, counts } = bucketsOf(JSON.parse(JSON.stringify(encoded(values))));
        expect(Array.from(valuesUs, (us, i) => [us, counts[i]])).toEqual(record(values).buckets);
      }),
    );
  });

  test('is read by the library of HdrHistogram as if it had recorded the samples itself', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const theirs = hdr.build({ numberOfSignificantValueDigits: 3 });
        for (const value of values) theirs.recordValue(value);
        const read = hdr.decodeFromCompressedBase64(encoded(values).hdr);
        expect(read.totalCount).toBe(values.length);
        for (const p of SHARES)
          expect(read.getValueAtPercentile(100 * p)).toBe(theirs.getValueAtPercentile(100 * p));
      }),
    );
  });

  test('reads what that library writes', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const theirs = hdr.build({ numberOfSignificantValueDigits: 3 });
        for (const value of values) theirs.recordValue(value);
        const ours = { ...encoded(values), hdr: hdr.encodeIntoCompressedBase64(theirs) };
        expect(bucketsOf(ours)).toEqual(bucketsOf(encoded(values)));
      }),
    );
  });

  test('keeps an exact maximum beyond its range', () => {
    const beyond = encoded([10, MAX_TRACKABLE_US * 3]);
    expect(percentileMs(beyond, 1)).toBe((MAX_TRACKABLE_US * 3) / 1000);
  });

  test('without samples has no percentile and no mean', () => {
    for (const none of [encoded([]), undefined]) {
      expect(percentileMs(none, 0.99)).toBeNull();
      expect(meanMs(none)).toBeNull();
    }
  });

  test('that is broken is refused in one sentence', () => {
    for (const text of ['', 'AAAA', '?', encoded([1, 2, 3]).hdr.slice(0, 30)])
      expect(() => bucketsOf({ ...encoded([1]), hdr: text })).toThrow(/not in HdrHistogram's V2 encoding/);
  });
});
