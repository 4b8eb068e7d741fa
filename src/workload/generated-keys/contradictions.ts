/** Numbers that a statement is taken to have drawn from a sequence. */
export interface Contradictable {
  sequence: number;
  /** When it was due, and the next one of its session, in µs of the trace: it drew them in between. */
  fromUs: number;
  toUs: number;
  least: number;
  most: number;
}

/** A server whose cores are busy takes a while between a statement's end and the stamp that its start is worked out from. */
const BLUR_US = 100_000;
/** One that is wrong contradicts most of those near to it. */
const NEAR = 32;

/**
 * Those that can't all be right: a statement that ended before another began drew lower numbers. Of two that contradict
 * each other, the one goes that contradicts more of the others.
 */
export function contradicted<D extends Contradictable>(draws: readonly D[]): Set<D> {
  const ordered = draws.toSorted((a, b) => a.sequence - b.sequence || a.fromUs - b.fromUs);
  const against = new Map<D, D[]>();
  let end = 0;
  for (const later of ordered) {
    const isBefore = ({ sequence, fromUs }: D) =>
      sequence < later.sequence || (sequence === later.sequence && fromUs + BLUR_US < later.fromUs);
    while (isBefore(ordered[end]!)) end++;
    for (const earlier of ordered.slice(Math.max(0, end - NEAR), end)) {
      if (earlier.sequence !== later.sequence) continue;
      if (earlier.toUs + BLUR_US >= later.fromUs || earlier.most < later.least) continue;
      against.set(earlier, [...(against.get(earlier) ?? []), later]);
      against.set(later, [...(against.get(later) ?? []), earlier]);
    }
  }
  const refused = new Set<D>();
  for (const [each] of [...against].sort(([, a], [, b]) => b.length - a.length)) {
    if (against.get(each)!.some((other) => !refused.has(other))) refused.add(each);
  }
  return refused;
}
