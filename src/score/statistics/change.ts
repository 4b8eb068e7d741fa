/** By how many percent `after` is less than `before`: positive is less. Null where `before` is 0. */
export function reductionPercent(before: number, after: number): number | null {
  return before > 0 ? (1 - after / before) * 100 : null;
}

/**
 * Whether two counts of independent events differ by more than chance: two standard deviations of their difference,
 * the counts taken as Poisson.
 */
export function moreThanByChance(before: number, after: number): boolean {
  return after - before > 2 * Math.sqrt(before + after);
}
