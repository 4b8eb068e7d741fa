/**
 * A latency histogram as it travels in JSON: sparse, mergeable, independent of the library that recorded it.
 * Recorded with HDR precision (3 significant digits), so a value is within 0.1 % of the truth; `sumUs`, `minUs` and
 * `maxUs` are exact.
 */
export interface HistogramJson {
  /** Number of samples. */
  count: number;
  sumUs: number;
  minUs: number;
  maxUs: number;
  /** `[value in µs, how many]`, ascending by value. */
  buckets: [number, number][];
}
