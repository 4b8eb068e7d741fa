import fc from 'fast-check';
import { MAX_TRACKABLE_US, Recorder } from '../../src/load/recorder.js';

/** Latencies in µs, from none at all to the longest that is told apart. */
export const latencies = fc.array(
  fc.oneof(fc.nat(1_000), fc.nat(100_000), fc.nat(60_000_000), fc.integer({ min: 0, max: MAX_TRACKABLE_US })),
  { minLength: 1, maxLength: 300 },
);

export function record(values: number[]) {
  const recorder = new Recorder();
  for (const value of values) recorder.record(value);
  return recorder.toJson();
}
