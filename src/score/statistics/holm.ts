/**
 * Probabilities corrected for being the least of many: with those returned, the chance that any of them falls below a
 * level by accident is at most that level (Holm, "A simple sequentially rejective multiple test procedure", 1979).
 * @returns in the order given, each 0 to 1
 */
export function holm(probabilities: readonly number[]): number[] {
  const adjusted = new Array<number>(probabilities.length);
  const order = probabilities.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  let least = 0;
  order.forEach(({ p, index }, rank) => {
    least = Math.max(least, Math.min(1, p * (order.length - rank)));
    adjusted[index] = least;
  });
  return adjusted;
}

/** Corrects the p-values of all that were tested together; null is of what was not. */
export function correctTogether(all: readonly ({ pValue: number | null } | null)[]): void {
  const tested = all.filter((each) => each !== null && each.pValue !== null);
  holm(tested.map((each) => each!.pValue!)).forEach((p, index) => {
    tested[index]!.pValue = p;
  });
}
