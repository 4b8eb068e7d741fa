import { inflateSync } from 'node:zlib';
import * as hdr from 'hdr-histogram-js';
import { BenchError, sumOf, wordsOf } from '../machine/pure.js';

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

/** The same on its way from what recorded it, which may be another thread, to where it is encoded. */
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

/** The same samples, and some more of one length (µs). */
export function withSamples(histogram: Histogram | undefined, count: number, us: number): Histogram {
  const known = histogram && histogram.count > 0 ? histogram : undefined;
  const { valuesUs, counts } = known ? bucketsOf(known) : { valuesUs: [], counts: [] };
  const buckets = Array.from(valuesUs, (value, i): [number, number] => [value, counts[i]!]);
  return encodeHistogram({
    count: (known?.count ?? 0) + count,
    sumUs: (known?.sumUs ?? 0) + count * us,
    minUs: Math.min(known?.minUs ?? us, us),
    maxUs: Math.max(known?.maxUs ?? us, us),
    buckets: [...buckets, [us, count]],
  });
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

/** What is wrong with a histogram that was read from a file, in words; null if nothing is. */
export function flawOf(histogram: Histogram): string | null {
  const { count, sumUs, minUs, maxUs } = histogram;
  let buckets: Buckets;
  try {
    buckets = bucketsOf(histogram);
  } catch {
    return "hdr is not in HdrHistogram's V2 encoding";
  }
  const encoded = sumOf(buckets.counts);
  if (encoded !== count) return `it counts ${count} samples, but ${encoded} are encoded in hdr`;
  if (minUs > maxUs) return 'minUs is more than maxUs';
  // Sums of whole numbers are exact, up to a size that a run may pass.
  const [least, most] = [minUs * count * (1 - ROUNDING), maxUs * count * (1 + ROUNDING)];
  return sumUs < least || sumUs > most ? 'sumUs is none that so many samples from minUs to maxUs have' : null;
}

const ROUNDING = 1e-9;

/** HdrHistogram V2: what the text begins with, and what is compressed in it: a header, then the counts. */
const V2 = { compressedHeaderBytes: 8, headerBytes: 40, cookie: 0x1c849313 };
/** How many buckets, at three digits, lie between a value and its double. */
const BUCKETS_OF_DOUBLING = 1024;
/** More than all buckets take that there can be: what is longer holds no histogram, whatever its text unpacks to. */
const MOST_BYTES = 1 << 20;

/**
 * By hand, in a third of the time that the library takes, which first makes an array of all values that there could be: a
 * comparison of two runs of an hour decodes some thousands of histograms.
 */
function decode(text: string): Buckets {
  try {
    const bytes = inflateSync(Buffer.from(text, 'base64').subarray(V2.compressedHeaderBytes), {
      maxOutputLength: MOST_BYTES,
    });
    if (bytes.readInt32BE(0) !== V2.cookie || bytes.readInt32BE(12) !== 3) throw new Error('another header');
    const valuesUs = new Uint32Array(bytes.length - V2.headerBytes);
    const counts = new Uint32Array(bytes.length - V2.headerBytes);
    let size = 0;
    for (let at = V2.headerBytes, bucket = 0; at < bytes.length; bucket++) {
      let word = 0;
      for (let byte = 0x80, scale = 1; byte >= 0x80; scale *= 0x80) {
        byte = bytes[at++]!;
        word += (byte & 0x7f) * scale;
      }
      // Even: twice a count. Odd: how many buckets follow each other without a sample, twice, less one.
      if (word % 2 === 1) bucket += (word - 1) / 2;
      else if (word > 0) {
        const doublings = Math.max(0, Math.floor(bucket / BUCKETS_OF_DOUBLING) - 1);
        const width = 2 ** doublings;
        valuesUs[size] = (bucket - doublings * BUCKETS_OF_DOUBLING) * width + Math.floor(width / 2);
        counts[size++] = word / 2;
      }
    }
    return { valuesUs: valuesUs.slice(0, size), counts: counts.slice(0, size) };
  } catch (cause) {
    throw new BenchError(
      'HISTOGRAM_INVALID',
      `A latency histogram of the run is not in HdrHistogram's V2 encoding (${wordsOf(cause)}): run it again.`,
      { cause },
    );
  }
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
