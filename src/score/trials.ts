import { primaryCpu } from './figures/cpu.js';
import { score } from './score.js';
import type { Pair, Scorecard, TargetId } from './scorecard.js';

/** The pairs of a campaign one by one, beside the scorecard that is made over all of them. */
export interface PairByPair {
  /** How many pairs were to be run; those that are not in `pairs` lack a run. */
  planned: number;
  /** Seed from which the order within each pair was drawn. */
  orderSeed: number;
  /** Number of the pair that charts and tables show: the median by how much less CPU the primary used. */
  shown: number;
  pairs: {
    /** From 1, in the order of the campaign. */
    number: number;
    first: 'baseline' | 'split';
    /** Paths of the two run.json, from the campaign's folder. */
    runs: { baseline: string; split: string };
    /** What the pair has in each row of the scorecard, in its unit; null where it was not measured. */
    values: Partial<Record<TargetId, number | null>>;
  }[];
}

/** A pair of a campaign, and what to tell of it beside its figures. */
export type TrialOfPair = Omit<PairByPair['pairs'][number], 'values'> & { pair: Pair };

/** Adds the pairs one by one to the scorecard over all of them, and says so if any was left out. */
export function withPairs(
  scorecard: Scorecard,
  trials: readonly TrialOfPair[],
  campaign: Pick<PairByPair, 'planned' | 'orderSeed'>,
): Scorecard {
  const shown = trials[medianPair(trials.map(({ pair }) => pair))]!;
  const pairs = trials.map(({ pair, ...about }) => ({ ...about, values: valuesOf(pair, scorecard) }));
  const { planned } = campaign;
  const incomplete =
    trials.length < planned
      ? [
          `${trials.length} of ${planned} pairs were used: the others lack a run. "bench trials --resume" makes what is missing.`,
        ]
      : [];
  return {
    ...scorecard,
    trials: { ...campaign, shown: shown.number, pairs },
    notes: [...incomplete, ...scorecard.notes],
  };
}

/**
 * Index of the pair with the median change of the primary's CPU; of an even number, of the two in the middle the one with
 * the smaller reduction.
 */
export function medianPair(pairs: readonly Pair[]): number {
  const left = pairs.map(({ baseline, split }) => {
    const before = primaryCpu.of(baseline);
    return before ? (primaryCpu.of(split) ?? 0) / before : 0;
  });
  const order = pairs.map((_, index) => index).sort((a, b) => left[b]! - left[a]!);
  return order[Math.floor((order.length - 1) / 2)]!;
}

function valuesOf(pair: Pair, { scorecard }: Scorecard): Partial<Record<TargetId, number | null>> {
  const targets = scorecard.map(({ id: metric, target }) => ({
    metric,
    direction: target.op === '>=' ? ('more' as const) : ('less' as const),
    bound: target.value,
  }));
  return Object.fromEntries(score([pair], { targets }).scorecard.map(({ id, value }) => [id, value]));
}
