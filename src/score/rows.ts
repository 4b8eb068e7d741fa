import { formatInUnit } from '../machine/pure.js';
import type { TargetGoal } from '../plan/index.js';
import type { RunRecord } from '../record/pure.js';
import { type Comparison, levelOf } from './comparison.js';
import { numberOf, type Pair } from './pair.js';
import type { Interval, ScoreRow, ValidityCheck } from './scorecard.js';
import { meanOf } from './statistics/estimate.js';
import { TARGETS } from './targets/index.js';
import type { Target } from './targets/target.js';

/** The line of the scorecard for one target: its value over all pairs, and the verdict. */
export function rowOf(
  goal: TargetGoal,
  {
    pairs,
    compared,
    checks,
    control,
  }: {
    pairs: readonly Pair[];
    compared: ReadonlyMap<string, Comparison | null>;
    checks: readonly ValidityCheck[];
    control: RunRecord | null;
  },
): ScoreRow {
  const { metric: id, bound, band } = goal;
  const target = TARGETS[id];
  const { title, unit, sideUnit } = target;
  const comparison = compared.get(id) ?? null;
  const row = {
    ...{ id, title, unit, sideUnit },
    target: {
      op: target.value === 'level' ? ('<' as const) : ('>=' as const),
      value: bound,
      ...(band === undefined ? {} : { bandTo: band }),
    },
    difference: comparison?.difference ?? null,
    pValue: comparison?.pValue ?? null,
    control: control && target.figure.of(control),
  };
  const missing = missingIn(target, pairs);
  const measured = missing === null ? measure(target, pairs, comparison) : null;
  if (!measured) {
    const reason = missing ?? 'One of the runs has no record of it.';
    return {
      ...row,
      value: null,
      interval: null,
      baseline: null,
      split: null,
      verdict: 'not-measured',
      reason,
    };
  }
  const found = { ...row, ...measured, detail: detailOf(target, pairs) };
  const faults = checks.filter(({ state }) => state === 'fails').map((check) => check.found);
  if (faults.length > 0)
    return { ...found, verdict: 'invalid', reason: `Not comparable: ${faults.join('; ')}.` };
  return { ...found, ...verdictOf(found) };
}

type Measured = Pick<ScoreRow, 'interval' | 'baseline' | 'split'> & { value: number };

/** Turns what the sides measured into the row's value: less in percent, times as fast, or the split's own level. */
function measure(target: Target, pairs: readonly Pair[], comparison: Comparison | null): Measured | null {
  if (target.value === 'level') {
    const level = levelOf(
      target.figure,
      pairs.map(({ split }) => split),
    );
    const before = pairs.map(({ baseline }) => target.figure.of(baseline)).filter((value) => value !== null);
    return (
      level && {
        ...level,
        baseline: before.length === pairs.length ? meanOf(before) : null,
        split: level.value,
      }
    );
  }
  if (!comparison) return null;
  const { baseline, split, ratio, interval } = comparison;
  const value = target.value === 'reduction' ? reduction : speedup;
  return {
    ...{ value: value(ratio), baseline, split },
    // A large ratio is a small gain: the ends change places.
    interval: interval && { ...interval, low: value(interval.high), high: value(interval.low) },
  };
}

const reduction = (ratio: number) => (1 - ratio) * 100;
const speedup = (ratio: number) => 1 / ratio;

/** Met if all of the interval is on the right side of the bound, missed if none of it; without one, by the value. */
export function verdictOf({
  value,
  interval,
  target,
  unit,
}: Pick<ScoreRow, 'interval' | 'target' | 'unit'> & { value: number }): Pick<ScoreRow, 'verdict' | 'reason'> {
  const holds = (at: number) => (target.op === '>=' ? at >= target.value : at < target.value);
  const { low, high }: Pick<Interval, 'low' | 'high'> = interval ?? { low: value, high: value };
  if (holds(low) && holds(high)) return { verdict: 'met' };
  if (!holds(low) && !holds(high)) return { verdict: 'missed' };
  const bound = formatInUnit(target.value, unit);
  const cure =
    interval?.method === 'blocks' ? 'trials of several pairs would tell.' : 'more pairs would tell.';
  return { verdict: 'inconclusive', reason: `The interval holds values on both sides of ${bound}; ${cure}` };
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
function detailOf(target: Target, pairs: readonly Pair[]): string {
  const [only] = pairs;
  if (only && pairs.length === 1) return target.detail(only);
  const each = pairs.map(({ baseline, split }) => {
    const [before, after] = [target.figure.of(baseline) ?? 0, target.figure.of(split) ?? 0];
    if (target.value === 'level') return after;
    return target.value === 'reduction' ? reduction(after / before) : speedup(after / before);
  });
  return `Pair by pair: ${each.map((value) => formatInUnit(value, target.unit)).join(', ')}${target.value === 'reduction' ? ' less' : ''}.`;
}
