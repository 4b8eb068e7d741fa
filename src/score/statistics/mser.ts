import { meanOf } from '../../machine/pure.js';

const BATCH = 5;

/**
 * How many samples at the start of a series are still warm-up, by MSER-5 (White, Cobb & Spratt, "A comparison of five
 * steady-state truncation heuristics for simulation", WSC 2000): the cut that leaves the smallest standard error of the
 * rest, over means of five.
 * @returns a multiple of 5; null where the series is too short, or the cut falls into its second half, which says that
 *   it never became steady
 */
export function warmupSamples(series: readonly number[]): number | null {
  const batches = Array.from({ length: Math.floor(series.length / BATCH) }, (_, i) =>
    meanOf(series.slice(i * BATCH, (i + 1) * BATCH)),
  );
  if (batches.length < 4) return null;
  let best = { cut: 0, error: Number.POSITIVE_INFINITY };
  // From the end, so that what is left grows by one batch at a time (Welford, Technometrics 1962: no difference of large sums,
  // of which a constant series would leave nothing but rounding).
  let [mean, squares] = [0, 0];
  for (let cut = batches.length - 1; cut >= 0; cut--) {
    const left = batches.length - cut;
    const off = batches[cut]! - mean;
    mean += off / left;
    squares += off * (batches[cut]! - mean);
    // A few batches at the end may agree by chance.
    if (left < 3) continue;
    const error = squares / left ** 2;
    if (error <= best.error) best = { cut, error };
  }
  return best.cut > batches.length / 2 ? null : best.cut * BATCH;
}
