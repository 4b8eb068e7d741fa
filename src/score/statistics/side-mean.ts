import { meanOf } from './estimate.js';

/**
 * What one side measured, over its runs: the geometric mean, so that the ratio of two sides is that of their mean log-ratio;
 * the plain one where a value is 0. Null where a run has none.
 */
export function sideMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) return null;
  return known.length > 1 && known.every((value) => value > 0) ? geometricMean(known) : meanOf(known);
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(meanOf(values.map(Math.log)));
}
