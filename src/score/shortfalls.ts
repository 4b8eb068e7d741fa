import { harmedBy } from './checks/judge.js';
import { numberOf, type Pair } from './pair.js';
import type { ScoreRow } from './scorecard.js';
import { TARGETS } from './targets/index.js';
import type { Target } from './targets/target.js';

/**
 * What a row's verdict becomes where splits could not keep up with their load: the figure shows less of the harm than a longer
 * run would. Such a latency misses its target, in a single pair or in most of several; a few of several count by
 * their values. Nothing that such a run is part of is met. Empty where all kept up.
 */
export function verdictWhereShort(
  { id, verdict }: Pick<ScoreRow, 'id' | 'verdict'>,
  pairs: readonly Pair[],
): Partial<Pick<ScoreRow, 'verdict' | 'reason'>> {
  const { figure }: Target = TARGETS[id];
  const kind = figure.category ? 'latency' : id;
  const short = pairs.flatMap((pair, index) =>
    [...harmedBy(pair)].some((harmed) => harmed === kind) ? [numberOf(pair, index)] : [],
  );
  if (short.length === 0 || !['met', 'missed', 'inconclusive'].includes(verdict)) return {};
  const where = pairs.length === 1 ? '' : ` (pair ${short.join(', ')})`;
  const reason = `The split did not keep up with its load${where}: a longer run would be worse than this figure.`;
  if (kind === 'latency' && 2 * short.length > pairs.length) return { verdict: 'missed', reason };
  return verdict === 'met' ? { verdict: 'inconclusive', reason } : {};
}
