import { digitsBeside, formatInUnit } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { measureMore } from '../measure-more.js';
import { numberOf, type Pair, runsOf } from '../pair.js';
import type { CheckReading, ValidityCheck } from '../scorecard.js';
import {
  breaks,
  CHECK_STATES,
  type Check,
  type CheckState,
  type Examined,
  type Harmed,
  type RunCheck,
  type Told,
} from './check.js';
import { CHECKS, type CheckId } from './index.js';

/** What a check came to, on a run, a pair or several. */
interface Judged extends Pick<ValidityCheck, 'state' | 'found'> {
  readings: Omit<CheckReading, 'pair'>[];
  /** What the readings beyond their limits say in place of the check's own. */
  cured: Pick<Told, 'cure' | 'again'>[];
}

/** What was read, and on which side; null: on both together. */
interface SidedReadings {
  side: Side | null;
  readings: Told[];
  /** The kind of the run that a reading is of; null where it is of no single one. */
  of(reading: Told): Side | null;
  /** Why there is nothing that could be judged. */
  because?: string;
}

/** The checks that are made of a run by itself. */
const RUN_CHECKS = Object.values<Check>(CHECKS).filter((check) => check.of === 'run');

/**
 * Whether a comparison can be believed: every check with what it found, in the order in which causes come. Of several
 * pairs each has to hold, and those that fail are named. All have to follow the plan of the first.
 * @throws RangeError without a pair
 */
export function validityChecks(pairs: readonly Pair[], again?: string): ValidityCheck[] {
  const [first] = pairs;
  if (!first) throw new RangeError('There is no pair to check.');
  return (Object.keys(CHECKS) as CheckId[]).map((id) => {
    const check: Check = CHECKS[id];
    const { title } = check;
    const judged = pairs.map((pair, index) => ({
      pair: numberOf(pair, index),
      ...judge(check, examineSides(check, pair, first)),
    }));
    const state = worstOf(judged.map((each) => each.state));
    return {
      ...{ id, title, state, found: overPairs(state, judged) },
      readings: judged.flatMap(({ pair, readings }) => readings.map((reading) => ({ pair, ...reading }))),
      ...(state === 'fails' ? cureOf(check, judged, pairs, again) : {}),
    };
  });
}

/** What to do about a check that fails, and the command that measures again then. */
function cureOf(
  check: Check,
  judged: readonly Judged[],
  pairs: readonly Pair[],
  command: string | undefined,
): Pick<ValidityCheck, 'cure' | 'command'> {
  const own = judged.flatMap(({ cured }) => cured);
  const cure = own.find((each) => each.cure)?.cure ?? check.cure;
  const wanted = (own.find((each) => each.again)?.again ?? check.again)(pairs);
  return { cure, ...(wanted && { command: measureMore(command, pairs, wanted) }) };
}

/** Of more checks than these, only how many there are stands in a sentence: the table of checks has them all. */
const NAMED = 2;

/** Why several pairs, or the only one, can't be compared, in a sentence; null if they can. */
export function whyInvalid(pairs: readonly Pair[], checks: readonly ValidityCheck[]): string | null {
  const failed = checks.filter(({ state }) => state === 'fails');
  if (failed.length === 0) return null;
  if (pairs.length === 1) return `Not comparable: ${failed.map(({ found }) => found).join('; ')}.`;
  const each = failed.slice(0, NAMED).map(({ id, title, found }) => {
    const check: Check = CHECKS[id];
    const { length } = pairs.filter((pair) => faultIn(check, examineSides(check, pair, pairs[0]!)) !== null);
    const where =
      length === pairs.length ? `any of the ${length} pairs` : `${length} of ${pairs.length} pairs`;
    return length === 1 ? found : `“${title}” does not hold in ${where}`;
  });
  const more = failed.length - each.length;
  const others = more === 0 ? '' : `; ${more} more ${more === 1 ? 'check fails' : 'checks fail'}`;
  return `Not comparable: ${each.join('; ')}${others}.`;
}

/** What fails a check in these runs, in words; null if nothing does. */
export function faultOf(check: RunCheck, runs: readonly { side: Side; run: RunRecord }[]): string | null {
  return faultIn(check, runs.map(examinedRun(check)));
}

/** The checks that a run fails by itself, whatever it is compared with: what was found, and what to do about it. */
export function failuresOf(run: RunRecord): { title: string; found: string; cure: string }[] {
  const { side } = run;
  return RUN_CHECKS.filter(({ only }) => only === undefined || only === side).flatMap((check) => {
    const { state, found, cured } = judge(check, [examinedRun(check)({ side, run })]);
    if (state !== 'fails') return [];
    return [{ title: check.title, found, cure: cured.find((each) => each.cure)?.cure ?? check.cure }];
  });
}

/** The rows whose figures say less of the harm than the split of this pair would do: by what it could not keep up with. */
export function harmedBy(pair: Pair): Set<Harmed> {
  const harmed = new Set<Harmed>();
  for (const check of RUN_CHECKS) {
    for (const side of examineSides(check, pair, pair)) {
      for (const reading of side.readings)
        if (reading.harms && stateOf(check, side, reading) === 'result') harmed.add(reading.harms);
    }
  }
  return harmed;
}

/**
 * Why a pair says nothing, for reasons that are not the split's: the machine, in any of its runs, or the load of the baseline.
 * Null if it says something. How loaded, steady or whole the split was is never such a reason: to leave it out would flatter.
 */
export function whySetAside(pair: Pair): string | null {
  const faults = Object.values<Check>(CHECKS).flatMap((check) => {
    const { subject } = check;
    if (check.of === 'pair')
      return (subject === 'machine' && faultIn(check, examineSides(check, pair, pair))) || [];
    const control = pair.control ? [{ side: 'control' as const, run: pair.control }] : [];
    const spoilt = [...runsOf(pair), ...control].filter(
      ({ run }) => subject === 'machine' || (subject === 'load' && run.side === 'baseline'),
    );
    return faultOf(check, spoilt) ?? [];
  });
  return faults.length === 0 ? null : faults.join('; ');
}

function faultIn(check: Check, examined: readonly SidedReadings[]): string | null {
  const { state, found } = judge(check, examined);
  return state === 'fails' ? found : null;
}

function examineSides(check: Check, pair: Pair, first: Pair): SidedReadings[] {
  if (check.of === 'run')
    return runsOf(pair)
      .filter(({ run }) => check.only === undefined || run.side === check.only)
      .map(examinedRun(check));
  return [
    { side: null, ...examined(check.examine(pair, first)), of: ({ by }) => (by ? pair[by].side : null) },
  ];
}

function examinedRun(check: RunCheck): (of: { side: Side; run: RunRecord }) => SidedReadings {
  return ({ side, run }) => ({ side, ...examined(check.examine(run)), of: () => run.side });
}

function examined(found: Examined): Pick<SidedReadings, 'readings' | 'because'> {
  return 'because' in found ? { readings: [], ...found } : { readings: found };
}

function judge(check: Check, examined: readonly SidedReadings[]): Judged {
  if (examined.length === 0)
    return { state: 'not-judged', found: 'not judged: no run is a split', readings: [], cured: [] };
  const because = examined.find((each) => each.because)?.because;
  const states = examined.flatMap((each) => each.readings.map((reading) => stateOf(check, each, reading)));
  const state = worstOf(because ? [...states, 'not-judged'] : states);
  const lead = state === 'not-judged' ? undefined : check.words?.[state];
  const broken = examined.flatMap(({ readings }) => readings.filter(breaks));
  const words = [lead, inWords(examined, examined.length > 1)].filter(Boolean).join(': ');
  return {
    state,
    cured: broken,
    found: state === 'not-judged' && because ? `not judged: ${because}` : words || 'not measured',
    readings: examined.flatMap(({ side, readings }) =>
      readings.map(({ title, value, unit, limit }) => ({ side, title, value, unit, limit })),
    ),
  };
}

function stateOf({ subject }: Check, { of }: SidedReadings, reading: Told): CheckState {
  if (breaks(reading)) {
    const ofServers = subject === 'load' || subject === 'outcome' || reading.servers;
    return ofServers && of(reading) === 'split' ? 'result' : 'fails';
  }
  return reading.value === null ? 'not-judged' : 'holds';
}

function worstOf(states: readonly CheckState[]): CheckState {
  return CHECK_STATES.find((state) => states.includes(state)) ?? 'not-judged';
}

/** What was read, on which side where it was on both, and the limit where it is one and the same. */
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
  const { value, unit, limit, words, fault } = reading;
  if (fault !== undefined) return breaks(reading) ? fault : (words ?? '');
  if (words !== undefined) return words;
  if (value === null) return 'not measured';
  return formatInUnit(value, unit, limit ? digitsBeside(limit.value, value) : undefined);
}

/** Of more pairs than these, what one of them showed stands for all. */
const TOLD_IN_FULL = 2;

function overPairs(state: CheckState, judged: readonly (Judged & { pair: number })[]): string {
  const telling = judged.filter((each) => each.state === state);
  const [first] = telling;
  if (judged.length === 1 || (state === 'not-judged' && telling.length === judged.length))
    return first!.found;
  if (state === 'holds')
    return `in each of the ${judged.length} pairs; in pair ${first!.pair}: ${first!.found}`;
  const each = telling.map(({ pair, found }) => `pair ${pair}: ${found}`);
  if (telling.length <= TOLD_IN_FULL) return each.join('; ');
  const which =
    telling.length === judged.length
      ? `in each of the ${judged.length} pairs`
      : `in ${telling.length} of ${judged.length} pairs`;
  return `${which}, as in ${each[0]}`;
}
