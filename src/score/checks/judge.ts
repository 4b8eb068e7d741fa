import { formatInUnit } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { numberOf, type Pair, runsOf } from '../pair.js';
import type { CheckReading, ValidityCheck } from '../scorecard.js';
import {
  breaks,
  CHECK_STATES,
  type Check,
  type CheckState,
  type Examined,
  type RunCheck,
  type Told,
} from './check.js';
import { CHECKS, type CheckId } from './index.js';

/** What a check came to, on a run, a pair or several. */
interface Judged extends Pick<ValidityCheck, 'state' | 'found'> {
  readings: Omit<CheckReading, 'pair'>[];
  /** In place of the check's own. */
  cure?: string;
}

/** What was read, and on which side; null: on both together. */
interface SidedReadings {
  side: Side | null;
  readings: Told[];
  /** Why there is nothing that could be judged. */
  because?: string;
}

/** The checks that are made of a run by itself. */
export const RUN_CHECKS = Object.values<Check>(CHECKS).filter((check) => check.of === 'run');

/**
 * Whether a comparison can be believed: every check with what it found, in the order in which causes come. Of several
 * pairs each has to hold, and those that fail are named. All have to follow the plan of the first.
 * @throws RangeError without a pair
 */
export function validityChecks(pairs: readonly Pair[]): ValidityCheck[] {
  const [first] = pairs;
  if (!first) throw new RangeError('There is no pair to check.');
  return (Object.keys(CHECKS) as CheckId[]).map((id) => {
    const check: Check = CHECKS[id];
    const { title, cure } = check;
    const judged = pairs.map((pair, index) => ({
      pair: numberOf(pair, index),
      ...judge(check, examineSides(check, pair, first)),
    }));
    const state = worstOf(judged.map((each) => each.state));
    return {
      ...{ id, title, state, found: overPairs(state, judged) },
      readings: judged.flatMap(({ pair, readings }) => readings.map((reading) => ({ pair, ...reading }))),
      ...(state === 'fails' ? { cure: judged.find((each) => each.cure)?.cure ?? cure } : {}),
    };
  });
}

/** What fails a check in these runs, in words; null if nothing does. */
export function faultOf(check: RunCheck, runs: readonly { side: Side; run: RunRecord }[]): string | null {
  const examined = runs.map(({ side, run }) => sided(side, check.examine(run)));
  const { state, found } = judge(check, examined);
  return state === 'fails' ? found : null;
}

/**
 * Why a pair says nothing, for reasons that are not the split's: others used the machine, or the baseline was not what it had
 * to be. Null if it says something. A fault of the split itself (errors, a replica that does not stream) is never such a
 * reason: to leave it out would flatter.
 */
export function whySetAside(pair: Pair): string | null {
  const faults = RUN_CHECKS.flatMap((check) => {
    const spoilt = runsOf(pair).filter(({ run }) => check.spoils === 'any-run' || run.side === check.spoils);
    return faultOf(check, spoilt) ?? [];
  });
  return faults.length === 0 ? null : faults.join('; ');
}

function examineSides(check: Check, pair: Pair, first: Pair): SidedReadings[] {
  if (check.of === 'pair') return [sided(null, check.examine(pair, first))];
  return runsOf(pair)
    .filter(({ side }) => check.sides?.includes(side) ?? true)
    .map(({ side, run }) => sided(side, check.examine(run)));
}

function sided(side: Side | null, examined: Examined): SidedReadings {
  return 'because' in examined ? { side, readings: [], ...examined } : { side, readings: examined };
}

function judge(check: Check, examined: readonly SidedReadings[]): Judged {
  const because = examined.find((each) => each.because)?.because;
  const states = examined.flatMap(({ readings }) => readings.map(stateOf));
  const state = worstOf(because ? [...states, 'not-judged'] : states);
  const lead = state === 'not-judged' ? undefined : check.words?.[state];
  const broken = examined.flatMap(({ readings }) => readings.filter(breaks));
  const words = [lead, inWords(examined, check.of === 'run' && !check.sides)].filter(Boolean).join(': ');
  return {
    state,
    cure: broken.find(({ cure }) => cure)?.cure,
    found: state === 'not-judged' && because ? `not judged: ${because}` : words || 'not measured',
    readings: examined.flatMap(({ side, readings }) =>
      readings.map(({ words, fault, cure, ...reading }) => ({ side, ...reading })),
    ),
  };
}

function stateOf(reading: Told): CheckState {
  if (breaks(reading)) return 'fails';
  return reading.value === null ? 'not-judged' : 'holds';
}

function worstOf(states: readonly CheckState[]): CheckState {
  return CHECK_STATES.find((state) => states.includes(state)) ?? 'not-judged';
}

/** What was read, on which side where a check is about both, and the limit where it is one and the same. */
function inWords(examined: readonly SidedReadings[], sided: boolean): string {
  const words = examined.flatMap(({ side, readings }) => {
    const broken = readings.filter(breaks);
    const told = (broken.length > 0 ? broken : readings).map(wordsOf).filter(Boolean).join(' and ');
    return told === '' ? [] : [sided ? `${told} in the ${side}` : told];
  });
  const readings = examined.flatMap(({ readings }) => readings);
  const limits = new Set(readings.map(({ limit, unit }) => limit && formatInUnit(limit.value, unit)));
  const [limit] = limits;
  const unsaid = readings.every(({ fault }) => fault === undefined) && limits.size === 1 && limit;
  return words.join(', ') + (unsaid ? `, limit ${limit}` : '');
}

function wordsOf(reading: Told): string {
  const { value, unit, words, fault } = reading;
  if (fault !== undefined) return breaks(reading) ? fault : (words ?? '');
  return words ?? (value === null ? 'not measured' : formatInUnit(value, unit));
}

function overPairs(state: CheckState, judged: readonly (Judged & { pair: number })[]): string {
  const telling = judged.filter((each) => each.state === state);
  const [first] = telling;
  if (judged.length === 1 || (state === 'not-judged' && telling.length === judged.length))
    return first!.found;
  if (state === 'holds')
    return `in each of the ${judged.length} pairs; in pair ${first!.pair}: ${first!.found}`;
  return telling.map(({ pair, found }) => `pair ${pair}: ${found}`).join('; ');
}
