import type { Pair } from '../../score/index.js';

/** Samples of one stretch of time, together. */
export interface Bin {
  /** Start of the stretch, in seconds of the window. */
  fromS: number;
  mean: number;
  max: number;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** A step of whole seconds that cuts `spanS` into at most `most` bins. */
export function stepFor(spanS: number, most: number): number {
  return STEPS_S.find((step) => spanS / step <= most) ?? Math.ceil(spanS / most);
}

/** Puts samples into bins of `stepS` seconds: ten a second are noise to the eye, and an hour of them a large page. */
export function binned(
  tMs: number[],
  values: number[],
  stepS: number,
  [fromS, toS]: [number, number],
): Bin[] {
  const bins = new Map<number, { sum: number; count: number; max: number }>();
  for (const [index, t] of tMs.entries()) {
    const value = values[index];
    if (value === undefined || !Number.isFinite(value) || t < fromS * 1000 || t >= toS * 1000) continue;
    const key = Math.floor(t / 1000 / stepS);
    const bin = bins.get(key);
    if (bin) {
      bin.sum += value;
      bin.count++;
      bin.max = Math.max(bin.max, value);
    } else {
      bins.set(key, { sum: value, count: 1, max: value });
    }
  }
  return [...bins]
    .sort((a, b) => a[0] - b[0])
    .map(([key, { sum, count, max }]) => ({ fromS: key * stepS, mean: sum / count, max }));
}

/** A bin's middle, where its mean is drawn. */
export function points(
  bins: Bin[],
  stepS: number,
  figure: 'mean' | 'max' = 'mean',
): { x: number; y: number }[] {
  return bins.map((bin) => ({ x: bin.fromS + stepS / 2, y: bin[figure] }));
}

/** From the start of the warm-up to the end of the window, in seconds: what observers saw after it is of no interest. */
export function spanOf({ baseline, split }: Pair): [number, number] {
  return [
    -Math.max(baseline.plan.load.warmupS, split.plan.load.warmupS),
    Math.max(baseline.window.seconds, split.window.seconds),
  ];
}
