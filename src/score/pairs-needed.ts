import { formatCount } from '../machine/pure.js';
import { type EqualTrials, type Noise, noiseOf } from './equal-trials.js';
import { type Pair, runsOf } from './pair.js';
import type { ScoreRow } from './scorecard.js';
import { deviationOf } from './statistics/estimate.js';
import { type PairsNeeded, pairsNeeded } from './statistics/power.js';
import { TARGETS } from './targets/index.js';
import { type Target, VALUE_KINDS } from './targets/target.js';

/** How many pairs would decide a row that these leave open, and that in words. */
export interface PairsThatTell {
  pairsNeeded: PairsNeeded;
  sentence: string;
}

/**
 * How many pairs would decide a row whose value is where it seems to be.
 * @param values of each pair in the row
 * @param equal trials of equal runs, for a single pair
 * @returns null where a value has no logarithm, as of what is all gone
 */
export function pairsThatTell(
  row: Pick<ScoreRow, 'id' | 'kind' | 'target' | 'machineSpeed'> & { value: number },
  values: readonly number[],
  pairs: readonly Pair[],
  equal: EqualTrials | null,
): PairsThatTell | null {
  const { id, kind, value, target, machineSpeed } = row;
  const { log } = VALUE_KINDS[kind];
  const logs = values.map(log);
  const distance = Math.abs(log(value) - log(target.value));
  if (![...logs, distance].every(Number.isFinite)) return null;
  const [only, second] = pairs;
  if (only && second) {
    // What the machine's speed explains is taken off, and took a degree of freedom.
    const { used = false, explained = 0 } = machineSpeed ?? {};
    const left = used ? Math.sqrt(1 - explained) : 1;
    const degrees = logs.length - (used ? 2 : 1);
    const found = pairsNeeded(distance, { deviation: deviationOf(logs) * left, degrees }, logs.length);
    return { pairsNeeded: found, sentence: inWords(found, `these ${logs.length}`) };
  }
  const noise = noiseInPair(TARGETS[id], only!, equal);
  const found = pairsNeeded(distance, { deviation: noise.standardError, degrees: noise.degrees }, 1);
  return { pairsNeeded: found, sentence: inWords(found, noise.from && `those of ${noise.from}`) };
}

function noiseInPair({ figure, value }: Target, pair: Pair, equal: EqualTrials | null): Noise {
  return noiseOf(figure, value === 'level' ? [pair.split] : runsOf(pair).map(({ run }) => run), equal);
}

/** @param source the pairs that show how much pairs differ; null: that is assumed */
function inWords({ pairs, range }: PairsNeeded, source: string | null): string {
  if (pairs === null) return 'The value is so near to the target that no number of pairs would tell.';
  const of = range
    ? ` (${range.low === range.high ? '' : `${counted(range.low)} to ${counted(range.high)}, `}judging by how much ${source} differ)`
    : ', if pairs differ as much as is assumed';
  return `About ${formatCount(pairs)} pairs would tell${of}.`;
}

function counted(pairs: number | null): string {
  return pairs === null ? 'over 1,000' : formatCount(pairs);
}
