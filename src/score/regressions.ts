import type { Comparison } from './comparison.js';
import type { Cost } from './costs/cost.js';
import { COSTS, type CostId } from './costs/index.js';
import type { Divergence } from './divergence/divergence.js';
import type { Figure } from './figures/figure.js';
import { otherMix } from './other-mix.js';
import type { Pair } from './pair.js';
import type { ComparedId, Regression } from './scorecard.js';
import { concerning, type Shortfall, shortfallInWords } from './shortfalls.js';

const IDS = Object.keys(COSTS) as CostId[];

/** The figures among the costs, which are compared between the sides. */
export const COST_FIGURES: ReadonlyMap<CostId, Figure> = new Map(
  IDS.flatMap((id) => {
    const cost: Cost = COSTS[id];
    return 'figure' in cost ? [[id, cost.figure] as const] : [];
  }),
);

/** What costs are told from. */
interface Found {
  compared: ReadonlyMap<ComparedId, Comparison | null>;
  shortfalls: readonly Shortfall[];
  divergence: Divergence | null;
}

/** What got worse, or could have, and what it costs: everything that a replica may cost and that these runs can tell, whether it did or not. */
export function regressions(
  pairs: readonly Pair[],
  { compared, shortfalls, divergence }: Found,
): Regression[] {
  return IDS.flatMap((id): Regression[] => {
    const cost: Cost = COSTS[id];
    const { title, unit, standing = false } = cost;
    if ('count' in cost) {
      const found = cost.count(pairs, divergence);
      return found
        ? [{ id, title, unit, standing, ...found, interval: null, difference: null, pValue: null }]
        : [];
    }
    const comparison = compared.get(id);
    if (!comparison) return [];
    const { ratio, untold, ...figures } = comparison;
    const told =
      untold === null
        ? cost.tell(comparison, pairs.length)
        : { worse: false, untold, sentence: `${title} is not judged (${untold}).` };
    const found = { id, title, unit, standing, ...figures, ...told };
    return [{ ...found, ...whereShort(found, cost.figure, pairs, shortfalls) }];
  });
}

/** Requests left unanswered are worse than late ones in a split, and leave nothing to compare with in a baseline. */
function whereShort(
  { sentence }: Regression,
  figure: Figure,
  pairs: readonly Pair[],
  shortfalls: readonly Shortfall[],
): Partial<Regression> {
  if (!figure.category) return {};
  const before = concerning(figure, shortfalls, 'baseline');
  const lost = before.length > 0 ? shortfallInWords(before, pairs.length) : otherMix(figure, pairs);
  if (lost !== null) {
    const words = `${lost}: there is nothing to compare with.`;
    return { difference: null, pValue: null, worse: false, sentence: `${sentence} But ${words}` };
  }
  const after = concerning(figure, shortfalls, 'split');
  return after.length === 0
    ? {}
    : { worse: true, sentence: `${sentence} And ${shortfallInWords(after, pairs.length)}.` };
}
