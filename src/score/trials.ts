import { primaryCpu } from './figures/cpu.js';
import type { Pair } from './pair.js';
import { valueIn } from './rows.js';
import { type ScoreOptions, score } from './score.js';
import type { PairByPair, Scorecard, TrialValues } from './scorecard.js';

/** A pair of the trials, and what to tell of it beside its figures. */
export type TrialOfPair = Omit<TrialValues, 'values'> & { pair: Pair };

/**
 * Scores the pairs of trials together, without those that are set aside, and adds each by itself. If all are, they
 * are scored all the same: the scorecard is invalid then, and says why.
 */
export function scoreTrials(
  trials: readonly TrialOfPair[],
  { planned, orderSeed }: Pick<PairByPair, 'planned' | 'orderSeed'>,
  options: ScoreOptions = {},
): Scorecard {
  const telling = trials.filter(({ setAside }) => setAside === null);
  const used = telling.length > 0 ? telling : trials;
  const usedPairs = used.map(({ pair }) => pair);
  const scorecard = score(usedPairs, options);
  const shown = used[medianPair(usedPairs)]!.number;
  const pairs = trials.map(({ pair, ...about }) => ({
    ...about,
    values: Object.fromEntries(scorecard.scorecard.map(({ id }) => [id, valueIn(id, pair)])),
  }));
  return {
    ...scorecard,
    trials: { planned, orderSeed, shown, pairs },
    notes: [...notes(trials, used, planned, options.resume), ...scorecard.notes],
  };
}

function notes(
  trials: readonly TrialOfPair[],
  used: readonly TrialOfPair[],
  planned: number,
  resume = 'bench trials --resume',
): string[] {
  const left = trials.filter((trial) => !used.includes(trial));
  const cure = trials.length < planned ? ` "${resume}" makes the runs that are missing.` : '';
  return [
    used.length < planned && `${used.length} of ${planned} pairs were used.${cure}`,
    used.every(({ setAside }) => setAside !== null) &&
      `All ${used.length} pairs were set aside, and are compared all the same (${reasons(used)}).`,
    left.length > 0 &&
      `${left.length} of the ${trials.length} pairs ${left.length === 1 ? 'was' : 'were'} set aside because of the machine or the baseline’s load (${reasons(left)}).`,
  ].filter((note) => note !== false);
}

function reasons(trials: readonly TrialOfPair[]): string {
  return trials.map(({ number, setAside }) => `pair ${number}: ${setAside}`).join('; ');
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
