import { formatBound, formatInUnit, isOn, meanOf, upperFirst } from '../machine/pure.js';
import { hasOwnPace, type RunRecord } from '../record/pure.js';
import { type Comparison, type Level, levelOf, sidesOf } from './comparison.js';
import type { EqualTrials } from './equal-trials.js';
import { valuesOf } from './figures/figure.js';
import { meanOverRuns } from './figures/mean.js';
import type { Wanted } from './measure-more.js';
import { numberOf, type Pair, sideOf } from './pair.js';
import { type PairsThatTell, pairsThatTell } from './pairs-needed.js';
import type { ScoreRow, ValueOfRow } from './scorecard.js';
import { type Goal, TARGETS, type TargetId } from './targets/index.js';
import { type Target, VALUE_KINDS } from './targets/target.js';

/** What a row is made from, besides what is asked of it. */
interface Compared {
  pairs: readonly Pair[];
  comparison: Comparison | null;
  /** Why the comparison can't be believed; null if it can. */
  invalid: string | null;
  /** None where there was no control; one for each pair, or one beside them all. */
  controls: readonly RunRecord[];
  equal: EqualTrials | null;
}

/** The line of the scorecard for one target: its value over all pairs, the verdict, and how many pairs would decide what is open. */
export function rowOf(
  { metric: id, bound, band }: Goal,
  { pairs, comparison, invalid, controls, equal }: Compared,
): ScoreRow & { telling?: PairsThatTell; enough?: Wanted } {
  const target: Target = TARGETS[id];
  const own = hasOwnPace(pairs[0]!.baseline) ? target.atOwnPace : undefined;
  const { title, unit, sideUnit } = { ...target, ...own };
  const row = {
    ...{ id, title, kind: target.value, unit, sideUnit },
    target: { op: VALUE_KINDS[target.value].op, value: bound, ...(band !== undefined && { bandTo: band }) },
    difference: comparison?.difference ?? null,
    pValue: comparison?.pValue ?? null,
    control: meanOverRuns(target.figure.of, controls, target.value === 'level'),
  };
  const nothing = { value: null, interval: null, baseline: null, split: null, machineSpeed: null };
  const missing = missingIn(target, pairs);
  const tooLittle = missing === null && invalid === null ? (target.figure.floor?.(pairs) ?? null) : null;
  if (tooLittle !== null) {
    const { verdict, words, enough } = tooLittle;
    return {
      ...row,
      ...nothing,
      verdict,
      reason: asSentence(words),
      ...(enough && { enough }),
    };
  }
  const measured = missing === null ? measure(target, pairs, comparison, equal) : null;
  if (!measured) {
    const reason = missing ?? 'One of the runs has no record of it.';
    return { ...row, ...nothing, verdict: 'not-measured', reason };
  }
  const { untold, ...sides } = measured;
  const found = { ...row, ...sides, detail: detailOf(id, pairs) };
  if (invalid !== null) return { ...found, verdict: 'invalid', reason: invalid };
  const { verdict, reason } =
    untold === null ? verdictOf(found) : { verdict: 'inconclusive' as const, reason: asSentence(untold) };
  if (verdict !== 'inconclusive') return { ...found, verdict };
  const values = pairs.map((pair) => valueIn(id, pair) ?? Number.NaN);
  const telling = pairsThatTell(found, values, pairs, equal);
  return { ...found, verdict, reason: reason!, ...(telling && { telling }) };
}

type Measured = Pick<ScoreRow, 'baseline' | 'split' | 'machineSpeed'> & Level;

/** Turns what the sides measured into the row's value: less in percent, times as fast, or the split's own level. */
function measure(
  target: Target,
  pairs: readonly Pair[],
  comparison: Comparison | null,
  equal: EqualTrials | null,
): Measured | null {
  if (target.value === 'level') {
    const level = levelOf(target.figure, sideOf(pairs, 'split'), equal);
    const before = valuesOf(target.figure, sideOf(pairs, 'baseline'));
    return level && { ...level, baseline: before && meanOf(before), split: level.value, machineSpeed: null };
  }
  if (!comparison) return null;
  const { baseline, split, untold, machineSpeed } = comparison;
  const at = (ratio: number) => VALUE_KINDS[target.value].of(1, ratio);
  const asRow = ({ ratio, interval }: Pick<Comparison, 'ratio' | 'interval'>): ValueOfRow => ({
    value: at(ratio),
    // A large ratio is a small gain: the ends change places.
    interval: interval && { ...interval, low: at(interval.high), high: at(interval.low) },
  });
  return {
    ...asRow(comparison),
    ...{ untold, baseline, split },
    machineSpeed: machineSpeed && {
      ...machineSpeed,
      measured: asRow(machineSpeed.measured),
      atEqualSpeed: asRow(machineSpeed.atEqualSpeed),
    },
  };
}

/**
 * Met if all of the interval is on the right side of the bound, missed if none of it. What needs no interval, being exactly
 * 0, is judged by its value.
 */
export function verdictOf(
  row: Pick<ScoreRow, 'interval' | 'target' | 'unit'> & { value: number },
): Pick<ScoreRow, 'verdict' | 'reason'> {
  const { value, interval, target, unit } = row;
  const holds = (at: number) =>
    isOn(target.value, at) ? target.op === '>=' : target.op === '>=' ? at > target.value : at < target.value;
  const { low, high } = interval ?? { low: value, high: value };
  if (holds(low) && holds(high)) return { verdict: 'met' };
  if (!holds(low) && !holds(high)) return { verdict: 'missed' };
  const reason = `The interval contains values on both sides of ${formatBound(target.value, unit)}.`;
  return { verdict: 'inconclusive', reason };
}

function missingIn(target: Target, pairs: readonly Pair[]): string | null {
  const reasons = pairs.map((pair) => target.missing(pair));
  const at = reasons.findIndex((reason) => reason !== null);
  if (at < 0) return null;
  return pairs.length === 1 || reasons.every((reason) => reason !== null)
    ? reasons[at]!
    : `Pair ${numberOf(pairs[at]!, at)}: ${reasons[at]}`;
}

/** Of several pairs the value of each: how much they differ is what there is to know. */
function detailOf(id: TargetId, pairs: readonly Pair[]): string {
  const { detail, unit, value, openIn }: Target = TARGETS[id];
  const [only, second] = pairs;
  if (only && !second) return detail(only);
  const each = pairs.map((pair) => formatInUnit(valueIn(id, pair) ?? 0, unit));
  const open = openIn ? ` ${openIn(pairs.length)}` : '';
  return `Pair by pair: ${each.join(', ')}${value === 'reduction' ? ' less' : ''}.${open}`;
}

/** What a pair by itself has in the row of a metric, in its unit; null where it was not measured. */
export function valueIn(id: TargetId, pair: Pair): number | null {
  const { figure, missing, value }: Target = TARGETS[id];
  if (missing(pair) !== null) return null;
  if (value === 'level') return figure.of(pair.split);
  const sides = sidesOf(figure, [pair]);
  return sides && VALUE_KINDS[value].of(1, sides.ratio);
}

function asSentence(words: string): string {
  return `${upperFirst(words)}.`;
}
