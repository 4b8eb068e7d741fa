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
export function binned(tMs: number[], values: number[], stepS: number): Bin[] {
  const bins = new Map<number, { sum: number; count: number; max: number }>();
  for (const [index, t] of tMs.entries()) {
    const value = values[index];
    if (value === undefined || !Number.isFinite(value)) continue;
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

/** First and last moment of several series, in whole seconds. */
export function spanOf(series: { tMs: number[] }[]): [number, number] {
  let from = 0;
  let to = 1;
  for (const { tMs } of series) {
    from = Math.min(from, Math.floor((tMs[0] ?? 0) / 1000));
    to = Math.max(to, Math.ceil((tMs.at(-1) ?? 0) / 1000));
  }
  return [from, to];
}
