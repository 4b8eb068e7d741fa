import type { AcquireBucket } from '../types.js';

/** Upper limits of the buckets in ms; what waited longer is in none of them, only in the count of all acquires. */
const LIMITS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** How long acquires waited, counted as Prometheus counts: cheap to add to, and windows are differences. */
export class AcquireHistogram {
  readonly #counts = LIMITS_MS.map(() => 0);

  /** Nearly all acquires end in the first bucket, so looking from below is the shortest way. */
  record(ms: number): void {
    for (let index = 0; index < LIMITS_MS.length; index++) {
      if (ms > LIMITS_MS[index]!) continue;
      this.#counts[index]!++;
      return;
    }
  }

  /** Cumulative: acquires that waited `le` ms or less. The bucket without a limit is left out, as JSON has no infinity. */
  buckets(): AcquireBucket[] {
    let count = 0;
    return LIMITS_MS.map((le, index) => {
      count += this.#counts[index]!;
      return { le, count };
    });
  }
}
