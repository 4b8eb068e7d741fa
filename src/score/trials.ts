import { primaryCpu } from './figures/cpu.js';
import { score } from './score.js';
import type { Pair, Scorecard, TargetId } from './scorecard.js';

/** The pairs of trials one by one, beside the scorecard that is made over those that say something. */
export interface PairByPair {
  /** How many pairs were asked for. */
  planned: number;
  /** Seed from which the order within each pair was drawn. */
  orderSeed: number;
  /** Number of the pair that charts and tables show: the median by how much less CPU the primary used. */
  shown: number;
  /** Those that have both runs. */
  pairs: {
    /** From 1, in the order of the trials. */
    number: number;
    first: 'baseline' | 'split';
    /** Paths of the two run.json, from the trials' folder. */
    runs: { baseline: string; split: string };
    /** Why the scorecard leaves it out; null if it doesn't. */
    setAside: string | null;
    /** What the pair has in each row of the scorecard, in its unit; null where it was not measured. */
    values: Partial<Record<TargetId, number | null>>;
  }[];
}

/** A pair of trials, and what to tell of it beside its figures. */
export type TrialOfPair = Omit<PairByPair['pairs'][number], 'values'> & { pair: Pair };

/**
 * Scores the pairs of trials together, without those that are set aside, and adds each by itself. If all are, they
 * are scored all the same: the scorecard is invalid then, and says why.
 */
export function scoreTrials(
  trials: readonly TrialOfPair[],
  { planned, orderSeed }: Pick<PairByPair, 'planned' | 'orderSeed'>,
  options: Parameters<typeof score>[1] = {},
): Scorecard {
  const telling = trials.filter(({ setAside }) => setAside === null);
  const used = telling.length > 0 ? telling : trials;
  const scorecard = score(
    used.map(({ pair }) => pair),
    options,
  );
  const shown = used[medianPair(used.map(({ pair }) => pair))]!;
  const pairs = trials.map(({ pair, ...about }) => ({ ...about, values: valuesOf(pair, scorecard) }));
  return {
    ...scorecard,
    trials: { planned, orderSeed, shown: shown.number, pairs },
    notes: [...notes(trials, used, planned), ...scorecard.notes],
  };
}

function notes(trials: readonly TrialOfPair[], used: readonly TrialOfPair[], planned: number): string[] {
  const left = trials.filter((trial) => !used.includes(trial));
  const why = left.map(({ number, setAside }) => `pair ${number}: ${setAside}`).join('; ');
  return [
    ...(used.length < planned
      ? [
          `${used.length} of ${planned} pairs were used.${trials.length < planned ? ' "bench trials --resume" makes the runs that are missing.' : ''}`,
        ]
      : []),
    ...(left.length > 0
      ? [
          `${left.length} of the ${trials.length} pairs ${left.length === 1 ? 'was' : 'were'} set aside for what the machine or the baseline was like (${why}).`,
        ]
      : []),
  ];
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
