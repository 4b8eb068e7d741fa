/**
 * Whether two counts of independent events differ by more than chance: two standard deviations of their difference,
 * the counts taken as Poisson.
 */
export function moreThanByChance(before: number, after: number): boolean {
  return after - before > 2 * Math.sqrt(before + after);
}
