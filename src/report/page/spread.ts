/**
 * Moves labels apart: as little as it takes for each to be `gap` from the next, all of them within a stretch.
 * @param at where each would stand, in pixels
 * @returns where each stands, in the same order; where there isn't room for all, they keep their gap and leave the stretch at its start
 */
export function spread(at: readonly number[], gap: number, [from, to]: [number, number]): number[] {
  const order = at.map((_, index) => index).sort((a, b) => at[a]! - at[b]!);
  const placed = [...at];
  let least = from;
  for (const index of order) {
    placed[index] = Math.max(placed[index]!, least);
    least = placed[index]! + gap;
  }
  let most = to;
  for (const index of order.reverse()) {
    placed[index] = Math.min(placed[index]!, most);
    most = placed[index]! - gap;
  }
  return placed;
}
