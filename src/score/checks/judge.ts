import { formatInUnit } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { numberOf, type Pair, runsOf } from '../pair.js';
import type { ValidityCheck } from '../scorecard.js';
import {
  breaks,
  CHECK_STATES,
  type Check,
  type CheckState,
  type Looked,
  type NotJudged,
  type RunCheck,
  type Told,
} from './check.js';
import { CHECKS, type CheckId } from './index.js';

/** What a check came to, on a run, a pair or several. */
interface Judged {
  state: CheckState;
  /** In words, with its numbers. */
  found: string;
  readings: Omit<ValidityCheck['readings'][number], 'pair'>[];
}

/** A run, and the side that it is looked at as. */
interface SidedRun {
  side: Side;
  run: RunRecord;
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
  return IDS.map((id) => {
    const check: Check = CHECKS[id];
    const judged = pairs.map((pair, index) => ({
      pair: numberOf(pair, index),
      ...judgePair(check, pair, pairs[0]!),
    }));
    const state = worstOf(judged.map((each) => each.state));
    return {
      ...{ id, title: check.title, state, found: overPairs(state, judged) },
      readings: judged.flatMap(({ pair, readings }) => readings.map((reading) => ({ pair, ...reading }))),
      ...(state === 'fails' ? { cure: check.cure } : {}),
    };
  });
}

/** What fails a check in these runs, in words; null if nothing does. */
export function faultOf(check: RunCheck, runs: readonly SidedRun[]): string | null {
  const { state, found } = judgeRuns(check, runs);
  return state === 'fails' ? found : null;
}

function judgePair(check: Check, pair: Pair, first: Pair): Judged {
  if (check.of === 'pair') return judge(check, [{ side: null, looked: check.look(pair, first) }]);
  return judgeRuns(
    check,
    runsOf(pair).filter(({ side }) => check.sides?.includes(side) ?? true),
  );
}

function judgeRuns(check: RunCheck, runs: readonly SidedRun[]): Judged {
  return judge(
    check,
    runs.map(({ side, run }) => ({ side, looked: check.look(run) })),
  );
}

/** What was looked at, and on which side; null: on both together. */
interface SidedLook {
  side: Side | null;
  looked: Looked;
}

function judge(check: Check, looks: readonly SidedLook[]): Judged {
  const state = worstOf(looks.map(({ looked }) => stateOf(looked)));
  const lead = state === 'not-judged' ? undefined : check.words?.[state];
  const sided = check.of === 'run' && !check.sides;
  return {
    state,
    found: [lead, inWords(looks, sided)].filter(Boolean).join(': ') || 'not measured',
    readings: looks.flatMap(({ side, looked }) =>
      readingsOf(looked).map(({ words, fault, ...reading }) => ({ side, ...reading })),
    ),
  };
}

function readingsOf(looked: Looked): Told[] {
  return 'because' in looked ? [] : looked;
}

function stateOf(looked: Looked): CheckState {
  const readings = readingsOf(looked);
  if (readings.some(breaks)) return 'fails';
  return 'because' in looked || readings.some(({ value }) => value === null) ? 'not-judged' : 'holds';
}

function worstOf(states: readonly CheckState[]): CheckState {
  return CHECK_STATES.find((state) => states.includes(state)) ?? 'not-judged';
}

/** What was read, on which side where a check is about both, and the limit where it is one and the same. */
function inWords(looks: readonly SidedLook[], sided: boolean): string {
  const [first] = looks;
  if (first && looks.every(({ looked }) => 'because' in looked))
    return `not judged: ${(first.looked as NotJudged).because}`;
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
  const [first] = judged;
  if (!first) throw new RangeError('There is no pair to check.');
  if (judged.length === 1) return first.found;
  if (state === 'holds')
    return `in each of the ${judged.length} pairs; in pair ${first.pair}: ${first.found}`;
  const telling = judged.filter((each) => each.state === state);
  if (state === 'not-judged' && telling.length === judged.length) return first.found;
  return telling.map(({ pair, found }) => `pair ${pair}: ${found}`).join('; ');
}
