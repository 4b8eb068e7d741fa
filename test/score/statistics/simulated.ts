import { random } from '../../../src/machine/random.js';
import type { Estimate } from '../../../src/score/statistics/estimate.js';

/** A seeded stream of standard normal values. */
export function normals(seed: number): () => number {
  const { next } = random(seed, 7, 0);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A Poisson count, by the exponential times between events. */
export function poisson(mean: number, next: () => number): number {
  let [at, count] = [0, -1];
  while (at < mean) {
    at -= Math.log(1 - next());
    count++;
  }
  return count;
}

/** `count` values with mean 0, each of which keeps a share `correlation` of the one before (AR(1)). */
export function following(count: number, correlation: number, normal: () => number): number[] {
  let value = normal() / Math.sqrt(1 - correlation ** 2);
  return Array.from({ length: count }, () => {
    const now = value;
    value = correlation * value + normal();
    return now;
  });
}

/** Percent of the repetitions in which the interval holds a true mean of 0. */
export function coverage(repetitions: number, estimate: () => Estimate | null): number {
  let held = 0;
  for (let i = 0; i < repetitions; i++) {
    const found = estimate();
    if (found && found.low <= 0 && found.high >= 0) held++;
  }
  return (held / repetitions) * 100;
}
