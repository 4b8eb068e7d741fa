import { formatInUnit } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { numberOf, type Pair, runsOf } from '../pair.js';
import type { CheckReading, ValidityCheck } from '../scorecard.js';
import {
  breaks,
  CHECK_STATES,
  type Check,
  type CheckState,
  type Looked,
  type RunCheck,
  type Told,
} from './check.js';
import { CHECKS, type CheckId } from './index.js';

/** What a check came to, on a run, a pair or several. */
interface Judged {
  state: CheckState;
  /** In words, with its numbers. */
  found: string;
  readings: Omit<CheckReading, 'pair'>[];
}

/** What was looked at, and on which side; null: on both together. */
interface SidedLook {
  side: Side | null;
  looked: Looked;
}

const IDS = Object.keys(CHECKS) as CheckId[];

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
  return IDS.map((id) => {
    const check: Check = CHECKS[id];
    const { title, cure } = check;
    const judged = pairs.map((pair, index) => ({
      pair: numberOf(pair, index),
      ...judge(check, looksAt(check, pair, first)),
    }));
    const state = worstOf(judged.map((each) => each.state));
    return {
      ...{ id, title, state, found: overPairs(state, judged) },
      readings: judged.flatMap(({ pair, readings }) => readings.map((reading) => ({ pair, ...reading }))),
      ...(state === 'fails' ? { cure } : {}),
    };
  });
}

/** What fails a check in these runs, in words; null if nothing does. */
export function faultOf(check: RunCheck, runs: readonly { side: Side; run: RunRecord }[]): string | null {
  const looks = runs.map(({ side, run }) => ({ side, looked: check.look(run) }));
  const { state, found } = judge(check, looks);
  return state === 'fails' ? found : null;
}

function looksAt(check: Check, pair: Pair, first: Pair): SidedLook[] {
  if (check.of === 'pair') return [{ side: null, looked: check.look(pair, first) }];
  return runsOf(pair)
    .filter(({ side }) => check.sides?.includes(side) ?? true)
    .map(({ side, run }) => ({ side, looked: check.look(run) }));
}

function judge(check: Check, looks: readonly SidedLook[]): Judged {
  const state = worstOf(looks.map(({ looked }) => stateOf(looked)));
  const lead = state === 'not-judged' ? undefined : check.words?.[state];
  const sided = check.of === 'run' && !check.sides;
  const [because] = looks.flatMap(({ looked }) => ('because' in looked ? [looked.because] : []));
  const words = [lead, inWords(looks, sided)].filter(Boolean).join(': ') || 'not measured';
  return {
    state,
    found: state === 'not-judged' && because ? `not judged: ${because}` : words,
    readings: looks.flatMap(({ side, looked }) =>
      readingsOf(looked).map(({ words, fault, ...reading }) => ({ side, ...reading })),
    ),
  };
}

function readingsOf(looked: Looked): Told[] {
  return 'because' in looked ? [] : looked;
}

function stateOf(looked: Looked): CheckState {
  if ('because' in looked) return 'not-judged';
  if (looked.some(breaks)) return 'fails';
  return looked.some(({ value }) => value === null) ? 'not-judged' : 'holds';
}

function worstOf(states: readonly CheckState[]): CheckState {
  return CHECK_STATES.find((state) => states.includes(state)) ?? 'not-judged';
}

/** What was read, on which side where a check is about both, and the limit where it is one and the same. */
function inWords(looks: readonly SidedLook[], sided: boolean): string {
  const words = looks.flatMap(({ side, looked }) => {
    const broken = readingsOf(looked).filter(breaks);
    const told = (broken.length > 0 ? broken : readingsOf(looked)).map(wordsOf).filter(Boolean).join(' and ');
    return told === '' ? [] : [sided ? `${told} in the ${side}` : told];
  });
  const readings = looks.flatMap(({ looked }) => readingsOf(looked));
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
