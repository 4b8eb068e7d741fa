/** A stretch of time, in seconds of the window; the warm-up lies before 0. */
export interface Span {
  fromS: number;
  toS: number;
}

/** Samples of one stretch of time, together. */
export interface Bin {
  /** Start of the stretch, in seconds of the window. */
  fromS: number;
  mean: number;
  max: number;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** A step of whole seconds that cuts a span into at most `most` bins. */
export function stepFor({ fromS, toS }: Span, most: number): number {
  const seconds = toS - fromS;
  return STEPS_S.find((step) => seconds / step <= most) ?? Math.ceil(seconds / most);
}

/** Puts samples into bins of `stepS` seconds: ten a second are noise to the eye, and an hour of them a large page. */
export function binned(
  { tMs, values }: { tMs: number[]; values: number[] },
  stepS: number,
  { fromS, toS }: Span,
): Bin[] {
  const bins = new Map<number, { sum: number; count: number; max: number }>();
  for (const [index, t] of tMs.entries()) {
    const value = values[index];
    if (value === undefined || !Number.isFinite(value) || t < fromS * 1000 || t >= toS * 1000) continue;
    const key = Math.floor(t / 1000 / stepS);
    const bin = bins.get(key) ?? { sum: 0, count: 0, max: value };
    bins.set(key, bin);
    bin.sum += value;
    bin.count++;
    bin.max = Math.max(bin.max, value);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([key, { sum, count, max }]) => ({ fromS: key * stepS, mean: sum / count, max }));
}
