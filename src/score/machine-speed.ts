import { formatMs, formatPercent } from '../machine/pure.js';
import { numberOf, type Pair } from './pair.js';

/** From here on it is said that the machine was not as fast on both sides. */
const SAID = 0.05;

/**
 * How much longer the same work took the machine during the split than during the baseline, as a ratio; null where one of the
 * runs has no such figure, or has it by another clock.
 */
export function slowdown({ baseline, split }: Pick<Pair, 'baseline' | 'split'>): number | null {
  const [before, after] = [baseline.gauge, split.gauge];
  if (!before.unitMs || !after.unitMs || before.method !== after.method) return null;
  return after.unitMs / before.unitMs;
}

/** `7 % slower during the split`. */
export function slowdownInWords(ratio: number): string {
  const [percent, word] = ratio >= 1 ? [ratio - 1, 'slower'] : [1 / ratio - 1, 'faster'];
  return `${formatPercent(percent * 100, 2)} ${word} during the split`;
}

/** Says in which pairs the machine was not as fast on both sides; null if it was in all. */
export function machineSpeedNote(pairs: readonly Pair[]): string | null {
  const found = pairs.flatMap((pair, index) => {
    const ratio = slowdown(pair);
    // As far up as down: 5 % longer, or as much less.
    if (ratio === null || Math.abs(Math.log(ratio)) < Math.log1p(SAID) - 1e-12) return [];
    return [{ pair, ratio, number: numberOf(pair, index) }];
  });
  const [first] = found;
  if (!first) return null;
  if (pairs.length === 1) {
    const { baseline, split } = first.pair;
    return `The machine ran ${slowdownInWords(first.ratio)}: the same piece of work took ${formatMs(split.gauge.unitMs!)} of CPU then and ${formatMs(baseline.gauge.unitMs!)} during the baseline. CPU and latencies differ by about that much, too.`;
  }
  const each = found.map(({ ratio, number }) => `in pair ${number} it ran ${slowdownInWords(ratio)}`);
  return `The machine was not as fast on both sides of ${found.length} of ${pairs.length} pairs: ${each.join(', ')}. The order of the runs was drawn at random, so it favours neither side.`;
}
