import { formatPercent, sumOf } from '../machine/pure.js';
import { type Category, hasOwnPace, type RunRecord } from '../record/pure.js';
import type { Figure } from './figures/figure.js';
import { numberOf, type Pair } from './pair.js';

/** Points of the answers by which an operation may be more common on one side. */
const MOST_APART = 5;

/**
 * Where a scenario's own executors set the pace, each side may come to do another mix of work, and a figure for each answer then
 * tells of the mix: cheap requests that became more common make it fall, though none of them is any faster.
 * @returns in which pair, and of which operation, in words; null where the sides did the same mix, as a schedule has it
 */
export function otherMix({ category }: Pick<Figure, 'category'>, pairs: readonly Pair[]): string | null {
  for (const [index, pair] of pairs.entries()) {
    const { baseline, split } = pair;
    if (!hasOwnPace(baseline)) return null;
    const [before, after] = [percents(baseline, category), percents(split, category)];
    const apart = (name: string) => Math.abs((after.get(name) ?? 0) - (before.get(name) ?? 0));
    const [name] = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => apart(b) - apart(a));
    if (name === undefined || apart(name) <= MOST_APART) continue;
    const where = pairs.length > 1 ? ` of pair ${numberOf(pair, index)}` : '';
    const of = category ? `${category} requests` : 'requests';
    return `${formatPercent(before.get(name) ?? 0, 2)} of the ${of} were “${name}” in the baseline${where}, and ${formatPercent(after.get(name) ?? 0, 2)} in the split`;
  }
  return null;
}

/** How much of what was answered, of a category or in all, was each operation; by category where operations have no names. */
function percents({ load }: RunRecord, category: Category | undefined): Map<string, number> {
  const { latency, latencyByOperation, operations } = load.window;
  const named = Object.entries(latencyByOperation).filter(
    ([name]) => category === undefined || operations[name] === category,
  );
  const each = named.length > 0 || category !== undefined ? named : Object.entries(latency);
  const all = sumOf(each, ([, histogram]) => histogram?.count ?? 0);
  return new Map(each.map(([name, histogram]) => [name, (100 * (histogram?.count ?? 0)) / all]));
}
