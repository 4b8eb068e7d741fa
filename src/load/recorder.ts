import { Int32Histogram } from 'hdr-histogram-js';
import type { SparseHistogram } from '../record/histogram.js';

/** Longest latency that is told apart from longer ones: an hour, in µs. */
export const MAX_TRACKABLE_US = 3_600_000_000;

const SIGNIFICANT_DIGITS = 3;

/** Records latencies in an HDR histogram: three significant digits in a few kilobytes, however many the samples. */
export class Recorder {
  /** Starts at 16 kB and grows with the values it meets: a run keeps one for each category and time block. */
  private readonly hdr = new Int32Histogram(1, 2, SIGNIFICANT_DIGITS);
  private sumUs = 0;
  private minUs = Number.POSITIVE_INFINITY;
  private maxUs = 0;

  constructor() {
    this.hdr.autoResize = true;
  }

  /** @param us a latency in µs; rounded to a whole one, and below zero counted as zero (clocks have steps) */
  record(us: number): void {
    const whole = Math.max(0, Math.round(us));
    this.hdr.recordValue(Math.min(whole, MAX_TRACKABLE_US));
    this.sumUs += whole;
    if (whole < this.minUs) this.minUs = whole;
    if (whole > this.maxUs) this.maxUs = whole;
  }

  /** Takes in what another one recorded. */
  add({ count, sumUs, minUs, maxUs, buckets }: SparseHistogram): void {
    if (count === 0) return;
    for (const [us, times] of buckets) this.hdr.recordValueWithCount(us, times);
    this.sumUs += sumUs;
    this.minUs = Math.min(this.minUs, minUs);
    this.maxUs = Math.max(this.maxUs, maxUs);
  }

  toJson(): SparseHistogram {
    const { hdr } = this;
    const buckets: [number, number][] = [];
    for (let index = 0; index < hdr.countsArrayLength; index++) {
      const count = hdr.getCountAtIndex(index);
      if (count > 0) buckets.push([hdr.medianEquivalentValue(hdr.valueFromIndex(index)), count]);
    }
    return {
      count: hdr.totalCount,
      sumUs: this.sumUs,
      minUs: hdr.totalCount === 0 ? 0 : this.minUs,
      maxUs: this.maxUs,
      buckets,
    };
  }
}
