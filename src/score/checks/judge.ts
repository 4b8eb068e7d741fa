import { formatInUnit } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { numberOf, type Pair, runsOf } from '../pair.js';
import type { ValidityCheck } from '../scorecard.js';
import { CHECK_STATES, type Check, type CheckState, type Finding, type RunCheck, stateOf } from './check.js';
import { CHECKS, type CheckId } from './index.js';

/** What a check came to, on a run, a pair or several. */
interface Judged {
  state: CheckState;
  /** In words, with its numbers. */
  found: string;
  readings: Omit<ValidityCheck['readings'][number], 'pair'>[];
}

/** A finding and whose it is; side null: of both together. */
type Sided = Finding & { side: Side | null };

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
  if (check.of === 'pair') return judge(check, [{ side: null, ...check.look(pair, first) }]);
  return judgeRuns(
    check,
    runsOf(pair).filter(({ side }) => check.sides?.includes(side) ?? true),
  );
}

function judgeRuns(check: RunCheck, runs: readonly SidedRun[]): Judged {
  return judge(
    check,
    runs.map(({ side, run }) => ({ side, ...check.look(run) })),
  );
}

function judge(check: Check, findings: readonly Sided[]): Judged {
  const state = worstOf(findings.map(({ readings }) => stateOf(readings)));
  const lead = state === 'not-judged' ? undefined : check.words?.[state];
  const aboutOne = check.of === 'run' && check.sides !== undefined;
  return {
    state,
    found: [lead, inWords(findings, aboutOne)].filter(Boolean).join(': ') || 'not measured',
    readings: findings.flatMap(({ side, readings }) => readings.map((reading) => ({ side, ...reading }))),
  };
}

function worstOf(states: readonly CheckState[]): CheckState {
  return CHECK_STATES.find((state) => states.includes(state)) ?? 'not-judged';
}

/** What was found, on which side where a check is about both, and the limit where it is one and the same. */
function inWords(findings: readonly Sided[], aboutOne: boolean): string {
  const told = findings.filter(({ found }) => found !== '');
  const [first] = told;
  if (!first) return '';
  // Why nothing was judged is so of both.
  if (told.every(({ readings }) => readings.length === 0)) return first.found;
  const words = told.map(({ side, found }) =>
    aboutOne || side === null ? found : `${found} in the ${side}`,
  );
  const limits = new Set(findings.flatMap(({ readings }) => readings.map(limitInWords)));
  return words.join(', ') + (limits.size === 1 ? [...limits].join('') : '');
}

/** A limit of nothing goes without saying. */
function limitInWords({ limit, unit }: Finding['readings'][number]): string {
  return limit && limit.value > 0 ? `, limit ${formatInUnit(limit.value, unit)}` : '';
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
