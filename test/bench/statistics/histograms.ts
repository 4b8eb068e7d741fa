import { Recorder } from '../../../src/load/recorder.js';
import { encodeHistogram, type Histogram } from '../../../src/record/histogram.js';

/** The histogram of latencies in ms. Encoded when it is read: many of a record's are only counted and added up. */
export function histogramOf(latenciesMs: readonly number[]): Histogram {
  const us = latenciesMs.map((ms) => Math.max(0, Math.round(ms * 1000)));
  return lazily(
    us.length,
    us.reduce((sum, each) => sum + each, 0),
    us.reduce((a, b) => Math.min(a, b), us[0] ?? 0),
    us.reduce((a, b) => Math.max(a, b), 0),
    () => {
      const recorder = new Recorder();
      for (const each of us) recorder.record(each);
      return encodeHistogram(recorder.toJson()).hdr;
    },
  );
}

/** A histogram whose exact sum and count are given, and whose shape is made when it is asked for. */
export function lazily(
  count: number,
  sumUs: number,
  minUs: number,
  maxUs: number,
  encode: () => string,
): Histogram {
  let hdr: string | undefined;
  return {
    ...{ count, sumUs, minUs, maxUs },
    get hdr() {
      hdr ??= encode();
      return hdr;
    },
  };
}
