import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TRACKABLE_US, Recorder } from '../../src/load/recorder.js';
import { latencies, record } from './latencies.js';

describe('what was recorded', () => {
  test('has count, sum, minimum and maximum exactly', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const sumUs = values.reduce((a, b) => a + b, 0);
        const [minUs, maxUs] = [Math.min(...values), Math.max(...values)];
        expect(record(values)).toMatchObject({ count: values.length, sumUs, minUs, maxUs });
      }),
    );
  });

  test('merged from parts is that of the whole', () => {
    fc.assert(
      fc.property(fc.array(latencies, { maxLength: 5 }), (parts) => {
        const whole = new Recorder();
        for (const part of parts) whole.add(record(part));
        expect(whole.toJson()).toEqual(record(parts.flat()));
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
    expect(json.buckets).toHaveLength(2);
  });

  test('is all zeros without samples', () => {
    expect(new Recorder().toJson()).toEqual({ count: 0, sumUs: 0, minUs: 0, maxUs: 0, buckets: [] });
  });
});
