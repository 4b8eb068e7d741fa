import * as hdr from 'hdr-histogram-js';
import { BenchError, messageOf } from '../machine/pure.js';

/** A latency histogram as a record keeps it. */
export interface Histogram {
  /** Number of samples, and what of them is exact: the encoding knows it only to a bucket's width. */
  count: number;
  sumUs: number;
  minUs: number;
  maxUs: number;
  /**
   * How many samples took how many µs, to three significant digits (within 0.1 %), in HdrHistogram's V2 encoding,
   * compressed, in base64: HdrHistogram's tools in any language read it.
   */
  hdr: string;
}

/** The same on its way from what recorded it, which may be k6, to Node, where it is encoded. */
export interface SparseHistogram extends Omit<Histogram, 'hdr'> {
  /** `[value in µs, how many]`, ascending by value. */
  buckets: [number, number][];
}

/** The values that occur, in µs and ascending (each the middle of its bucket), and how often each does. */
export interface Buckets {
  valuesUs: Uint32Array;
  counts: Uint32Array;
}

/** As load/recorder.ts records, so that no value changes its bucket. */
const SETTINGS: hdr.BuildRequest = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 2,
  autoResize: true,
  numberOfSignificantValueDigits: 3,
  bitBucketSize: 32,
};

export function encodeHistogram({ buckets, ...exact }: SparseHistogram): Histogram {
  const histogram = hdr.build(SETTINGS);
  for (const [value, count] of buckets) histogram.recordValueWithCount(value, count);
  return { ...exact, hdr: hdr.encodeIntoCompressedBase64(histogram) };
}

const decoded = new WeakMap<Histogram, Buckets>();

/**
 * What is encoded in a histogram; decoded once.
 * @throws BenchError HISTOGRAM_INVALID
 */
export function bucketsOf(histogram: Histogram): Buckets {
  const known = decoded.get(histogram);
  if (known) return known;
  const buckets = decode(histogram.hdr);
  decoded.set(histogram, buckets);
  return buckets;
}

function decode(text: string): Buckets {
  const valuesUs: number[] = [];
  const counts: number[] = [];
  try {
    const histogram = hdr.decodeFromCompressedBase64(text) as hdr.Int32Histogram;
    for (let index = 0; index < histogram.countsArrayLength; index++) {
      const count = histogram.getCountAtIndex(index);
      if (count === 0) continue;
      valuesUs.push(histogram.medianEquivalentValue(histogram.valueFromIndex(index)));
      counts.push(count);
    }
  } catch (cause) {
    throw new BenchError(
      'HISTOGRAM_INVALID',
      `A latency histogram of the run is not in HdrHistogram's V2 encoding (${messageOf(cause)}): run it again.`,
      { cause },
    );
  }
  return { valuesUs: Uint32Array.from(valuesUs), counts: Uint32Array.from(counts) };
}

/**
 * How many of `count` samples the percentile `p` (0..1) is not below: its nearest rank. The nudge keeps 99.9 % of 1000 at
 * 999, where binary fractions would say 999.0000000000001.
 */
export function rankOf(p: number, count: number): number {
  return Math.max(1, Math.ceil(p * count - 1e-9 * count));
}

/** The smallest value (µs) that at least `rank` samples do not exceed. */
export function valueAtRank({ valuesUs, counts }: Buckets, rank: number): number {
  let seen = 0;
  const at = counts.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return valuesUs.at(at)!;
}

/**
 * The latency in ms that a share `p` (0..1) of the samples does not exceed (nearest rank), to within 0.1 %; the minimum at
 * 0 and the maximum at 1 are exact. Null without samples.
 */
export function percentileMs(histogram: Histogram | undefined, p: number): number | null {
  if (!histogram || histogram.count === 0) return null;
  const { count, minUs, maxUs } = histogram;
  const rank = rankOf(p, count);
  if (rank === 1) return minUs / 1000;
  if (rank >= count) return maxUs / 1000;
  return Math.min(Math.max(valueAtRank(bucketsOf(histogram), rank), minUs), maxUs) / 1000;
}

/** Mean latency in ms, from the exact sum; null without samples. */
export function meanMs(histogram: Histogram | undefined): number | null {
  return histogram && histogram.count > 0 ? histogram.sumUs / histogram.count / 1000 : null;
}
