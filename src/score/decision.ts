import { formatCount, formatRatio, lowerFirst } from '../machine/pure.js';
import { canHaveControl, hasOwnPace, type RunRecord, USUAL_PAIRS } from '../record/pure.js';
import { CHECKS } from './checks/index.js';
import { harmedBy } from './checks/judge.js';
import { type Comparison, compareFigures } from './comparison.js';
import { whyDoubted } from './control.js';
import { type EqualTrials, noiseOf } from './equal-trials.js';
import { blockCount, type Figure } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { fullest, type Headroom } from './headroom.js';
import { reciprocal } from './interval.js';
import { measureMore, type Wanted } from './measure-more.js';
import { budgetsHere } from './measures.js';
import { otherMix } from './other-mix.js';
import { type Pair, runsOf, sidesAreEqual } from './pair.js';
import { replicasOf } from './replicas.js';
import type { Decision, Regression, ValidityCheck } from './scorecard.js';
import { concerning, type Shortfall } from './shortfalls.js';
import { LEAST_BLOCKS } from './statistics/blocks.js';
import { LEAST_PAIRS } from './statistics/counts.js';
import { deviationOf } from './statistics/estimate.js';
import { pairsNeeded } from './statistics/power.js';

/** What makes a replica worth its cost: a quarter more traffic, or analytics in four fifths of the time. */
const LEAST_GAIN = 1.25;

/** A primary that could carry so many times the traffic has room left. */
const ROOM_LEFT = 2;

/** What a decision is made from, beside the pairs. */
export interface Evidence {
  invalid: string | null;
  checks: readonly ValidityCheck[];
  shortfalls: readonly Shortfall[];
  regressions: readonly Regression[];
  headroom: Headroom | null;
  /** Of the same work: one for each of these pairs, in their order, or a single one beside several; or none. */
  controls: readonly RunRecord[];
  besides: readonly Pair[];
  equal: EqualTrials | null;
  /** As measureMore has it. */
  again: string | undefined;
}

/** How many times as good something is; or why that can't be told, in words. */
type Gain = Pick<Comparison, 'ratio' | 'interval'> | string;
type Known = Exclude<Gain, string>;

/** What can be gained. Null: there is no such thing in this workload. */
interface Gains {
  /** How much traffic fits. */
  traffic: Gain;
  /** How fast analytics are answered. */
  analytics: Gain | null;
}

/** @returns null of baselines against baselines, where there is nothing to decide */
export function decisionOf(pairs: readonly Pair[], evidence: Evidence): Decision | null {
  if (sidesAreEqual(pairs)) return null;
  const gains = gainsBetween(pairs, evidence);
  const control = overControl(evidence);
  const question = { ...evidence, pairs, gains, control };
  return (
    cannotBeBelieved(question) ??
    fallenShort(question) ??
    biggerPrimary(question) ??
    roomLeft(question) ??
    gained(question) ??
    nothingGained(question) ??
    tooLittle(question) ??
    open(question)
  );
}

/** All that each answer is looked for in. */
interface Question extends Evidence {
  pairs: readonly Pair[];
  gains: Gains;
  control: Control;
}

const ANALYTICS = latency('analytics', 'mean');

function gainsBetween(pairs: readonly Pair[], { equal, shortfalls }: Evidence): Gains {
  const none = pairs.every(({ baseline }) => baseline.accounting.byCategory.analytics.captured === 0);
  const survivors = concerning(ANALYTICS, shortfalls, 'baseline').length > 0;
  const analytics = survivors
    ? 'the baseline left analytics unanswered'
    : otherMix(ANALYTICS, pairs) === null
      ? gainIn(ANALYTICS, pairs, equal)
      : 'the sides answered different analytics';
  return {
    // A side that gets less to do uses less CPU, and has no more room for that.
    traffic: hasOwnPace(pairs[0]!.baseline) ? 'each side set its own pace' : gainIn(fullest, pairs, equal),
    analytics: none ? null : analytics,
  };
}

/** Of a figure of which less is better, how many times as good the splits are. */
function gainIn(figure: Figure, pairs: readonly Pair[], equal: EqualTrials | null): Gain {
  const compared = compareFigures(new Map([['figure', figure]]), pairs, equal).get('figure');
  const { plan } = pairs[0]!.split;
  if (!compared || compared.ratio === 0)
    return figure !== fullest
      ? 'no analytics were answered'
      : budgetsHere(plan) > plan.machine.cores
        ? 'the CPU budgets are more than this machine has'
        : 'no CPU budget was measured';
  return compared.untold ?? reciprocal(compared);
}

/** What there is of a bigger primary. */
type Control =
  | { state: 'none' | 'alone' | 'doubted'; gains: null }
  /** The split against one primary with the CPU of all nodes, pair by pair. */
  | { state: 'each'; gains: Gains };

function overControl(evidence: Evidence): Control {
  const { controls, besides } = evidence;
  if (controls.length === 0) return { state: 'none', gains: null };
  if (controls.length < besides.length) return { state: 'alone', gains: null };
  if (whyDoubted(controls) !== null) return { state: 'doubted', gains: null };
  const against = besides.map(({ split }, index) => ({ baseline: controls[index]!, split }));
  return { state: 'each', gains: gainsBetween(against, { ...evidence, shortfalls: [] }) };
}

function cannotBeBelieved({ invalid, checks }: Question): Decision | null {
  if (invalid === null) return null;
  const first = checks.find((check) => check.cure);
  const sentence = `Nothing can be decided from these runs.${first ? ` ${first.cure}` : ''}`;
  const command = first?.command;
  return { kind: 'cannot-be-believed', case: 'invalid', sentence, ...(command && { command }) };
}

/** A split that warmed up or answered what its baseline did not is none that fell short. */
function fallenShort({ pairs, checks, shortfalls, again }: Question): Decision | null {
  const lost = shortfalls
    .filter(({ side }) => side === 'split')
    .some((short) => !leftBefore(short, shortfalls));
  const failed = checks.some(({ id, state }) => state === 'result' && CHECKS[id].subject === 'outcome');
  const behind = pairs.some((pair) => harmedBy(pair).size > 0);
  const how = lost
    ? 'did not do all of the work'
    : behind
      ? 'did not keep up with the load'
      : failed
        ? 'fell short (see above)'
        : null;
  if (how === null) return null;
  const sentence = `Not worth it as it is: the split ${how}. Find out why, and measure again.`;
  return { kind: 'not-worth-it', case: 'fell-short', sentence, command: measureMore(again, pairs, {}) };
}

function leftBefore({ pair, category, unanswered }: Shortfall, shortfalls: readonly Shortfall[]): boolean {
  return shortfalls.some(
    (other) =>
      other.side === 'baseline' &&
      other.pair === pair &&
      other.category === category &&
      other.unanswered >= unanswered,
  );
}

function biggerPrimary({ control: { gains } }: Question): Decision | null {
  if (!gains || known(gains).some(isMore) || !known(gains).some(isLess)) return null;
  const sentence = `Not worth it for speed: one primary with the CPU of all nodes ${ofControl(gains).join(' and ')}. A replica still makes sense where the primary can’t grow, or where something has to take over when it fails.`;
  return { kind: 'not-worth-it', case: 'bigger-primary', sentence };
}

/** In what a bigger primary is certainly ahead. */
function ofControl({ traffic, analytics }: Gains): string[] {
  return [
    isKnown(traffic) && isLess(traffic) && `carries ${times(1 / traffic.ratio)} as much traffic as the split`,
    isKnown(analytics) && isLess(analytics) && `answers analytics ${times(1 / analytics.ratio)} as fast`,
  ].filter((words) => words !== false);
}

function roomLeft({ headroom, gains: { analytics } }: Question): Decision | null {
  if (!headroom || (headroom.baselineAtLeast ?? 0) < ROOM_LEFT) return null;
  if (isKnown(analytics) && isEnough(analytics)) return null;
  const sentence = `Not worth it yet: the primary alone can carry at least ${times(headroom.baselineAtLeast!)} of this traffic.`;
  return { kind: 'not-worth-it', case: 'room-left', sentence };
}

function gained({ gains, control, pairs, regressions, again }: Question): Decision | null {
  const enough = inWords(gains, isEnough);
  if (enough.length === 0) return null;
  const wrong = regressions.filter(({ worse }) => worse);
  const price = wrong.map(({ title }) => lowerFirst(title)).join(', ');
  const { told, words } = besideControl(control);
  const sentence = [
    `Worth it: ${withReplicas(pairs)}, ${enough.join(', and ')}.`,
    price !== '' && `What got worse: ${price}.`,
    words,
  ]
    .filter(Boolean)
    .join(' ');
  const found = { kind: 'worth-it', case: 'gain', sentence } as const;
  return told || !canHaveControl(pairs[0]!.split)
    ? found
    : { ...found, command: measureMore(again, pairs, { control: true }) };
}

const UNTOLD = {
  none: 'What one primary with the CPU of all nodes would do was not measured.',
  alone: 'One primary with the CPU of all nodes was measured in a single run, which says nothing certain.',
  doubted: 'The runs on one primary with the CPU of all nodes can’t be relied on.',
};

function besideControl(control: Control): { told: boolean; words: string } {
  if (control.state !== 'each') return { told: false, words: UNTOLD[control.state] };
  const { gains } = control;
  const more = inWords(gains, isMore);
  const less = ofControl(gains);
  if (more.length > 0) {
    const but = less.length > 0 ? ` It ${less.join(' and ')}.` : '';
    return {
      told: true,
      words: `Against one primary with the CPU of all nodes, ${more.join(', and ')}.${but}`,
    };
  }
  const all = known(gains);
  const alike = all.length > 0 && all.every(isAlike);
  return alike
    ? {
        told: true,
        words:
          'One primary with the CPU of all nodes does about as much: the price decides, and what should happen when a server fails.',
      }
    : { told: false, words: 'How one primary with the CPU of all nodes compares could not be told.' };
}

/** Both gains have to be known to be too small; of a workload without analytics, the one that there is. */
function nothingGained(question: Question): Decision | null {
  const { traffic, analytics } = question.gains;
  const isLittle = (gain: Gain) => isKnown(gain) && gain.interval !== null && gain.interval.high < LEAST_GAIN;
  if (!isLittle(traffic) || (analytics !== null && !isLittle(analytics))) return null;
  const most = [
    isKnown(traffic) && `there is room for at most ${times(traffic.interval!.high)} the traffic`,
    isKnown(analytics) && `analytics are at most ${times(analytics.interval!.high)} as fast`,
  ].filter((words) => words !== false);
  const sentence = `Not worth it: ${withReplicas(question.pairs)}, ${most.join(', and ')}.`;
  const decision = { kind: 'not-worth-it', case: 'no-gain' } as const;
  return { ...decision, ...withControl(question, sentence, null) };
}

function tooLittle(question: Question): Decision | null {
  const { gains, pairs } = question;
  if (known(gains).length > 0) return null;
  const decision = { kind: 'measure-more', case: 'too-little' } as const;
  if (pairs.length > 1 && pairs.length < LEAST_PAIRS) {
    const sentence = `Measure more: ${pairs.length} pairs prove nothing.`;
    return { ...decision, ...withControl(question, sentence, { pairs: USUAL_PAIRS }) };
  }
  const { traffic, analytics } = gains;
  const why = [...new Set([traffic, analytics].filter((each) => typeof each === 'string'))].join('; ');
  const sentence = `Measure more: nothing can be concluded yet (${why}).`;
  const isShort = pairs.length === 1 && blockCount(pairs[0]!.baseline) < LEAST_BLOCKS;
  const enough = enoughFor(pairs) ?? (isShort ? { pairs: USUAL_PAIRS } : null);
  // More of the same tells nothing of what was not measured at all.
  return enough === null
    ? { ...decision, sentence }
    : { ...decision, ...withControl(question, sentence, enough) };
}

/** What would be enough to tell either gain by, of both the more; null where neither had too little, or nothing gives it. */
function enoughFor(pairs: readonly Pair[]): Wanted | null {
  const each = [fullest, ANALYTICS].flatMap(({ floor }) => floor?.(pairs)?.enough ?? []);
  if (each.length === 0) return null;
  const most = Math.max(...each.map(({ durationS = 0 }) => durationS));
  return Object.assign({}, ...each, most > 0 && { durationS: most });
}

function open(question: Question): Decision {
  const { gains, pairs } = question;
  const needed = pairsThatDecide(question);
  const so = inWords(gains, () => true).join(', and ');
  const tell =
    needed === null
      ? 'That is so close to the line that no number of pairs would settle it.'
      : `About ${formatCount(needed)} pairs would tell.`;
  const sentence = `Measure more: ${withReplicas(pairs)}, ${so}; ${times(LEAST_GAIN)} of either would make it worth it. ${tell}`;
  const decision = { kind: 'measure-more', case: 'open' } as const;
  const wanted = needed === null ? null : { pairs: needed };
  return { ...decision, ...withControl(question, sentence, wanted) };
}

/**
 * What is said, and the command that measures what is wanted; with a control in each where there can be one, and a word on that,
 * where none was measured that tells something.
 * @param wanted null: no number of pairs would tell
 */
function withControl(
  { control, pairs, again }: Question,
  sentence: string,
  wanted: Wanted | null,
): Pick<Decision, 'sentence' | 'command'> {
  const isTold = control.state === 'each';
  const all = !isTold && canHaveControl(pairs[0]!.split) ? { ...wanted, control: true } : wanted;
  return {
    sentence: isTold ? sentence : `${sentence} ${UNTOLD[control.state]}`,
    ...(all && { command: measureMore(again, pairs, all) }),
  };
}

/**
 * Pairs that would decide; null: over 1,000. One gain that is enough makes it worth it, so it is the
 * nearest of those that seem to be; where none seems to be, all have to be known to be too small.
 */
function pairsThatDecide({ gains: { traffic, analytics }, pairs, equal }: Question): number | null {
  const each = [
    ...(isKnown(traffic) ? [{ gain: traffic, pairs: pairsFor(fullest, traffic, pairs, equal) }] : []),
    ...(isKnown(analytics) ? [{ gain: analytics, pairs: pairsFor(ANALYTICS, analytics, pairs, equal) }] : []),
  ];
  const promising = each.filter(({ gain }) => gain.ratio >= LEAST_GAIN);
  const counts = (promising.length > 0 ? promising : each).map((of) => of.pairs ?? Number.POSITIVE_INFINITY);
  const needed = promising.length > 0 ? Math.min(...counts) : Math.max(...counts);
  return Number.isFinite(needed) ? needed : null;
}

function pairsFor(
  figure: Figure,
  { ratio }: Known,
  pairs: readonly Pair[],
  equal: EqualTrials | null,
): number | null {
  const between = pairs.map(({ baseline, split }) => Math.log(figure.of(split)! / figure.of(baseline)!));
  const runs = runsOf(pairs[0]!).map(({ run }) => run);
  const { standardError, degrees } = noiseOf(figure, runs, equal);
  const deviation =
    pairs.length === 1
      ? { deviation: standardError, degrees }
      : { deviation: deviationOf(between), degrees: pairs.length - 1 };
  return pairsNeeded(Math.abs(Math.log(ratio / LEAST_GAIN)), deviation, pairs.length).pairs;
}

function isKnown(gain: Gain | null): gain is Known {
  return gain !== null && typeof gain !== 'string';
}

function known({ traffic, analytics }: Gains): Known[] {
  return [traffic, analytics].filter(isKnown);
}

function isEnough({ interval }: Known): boolean {
  return interval !== null && interval.low >= LEAST_GAIN;
}

function isMore({ interval }: Known): boolean {
  return interval !== null && interval.low > 1;
}

function isLess({ interval }: Known): boolean {
  return interval !== null && interval.high < 1;
}

function isAlike({ interval }: Known): boolean {
  return interval !== null && interval.low > 1 / LEAST_GAIN && interval.high < LEAST_GAIN;
}

function inWords({ traffic, analytics }: Gains, which: (gain: Known) => boolean): string[] {
  return [
    isKnown(traffic) &&
      which(traffic) &&
      `there is room for ${times(traffic.ratio)} the traffic${range(traffic)}`,
    isKnown(analytics) &&
      which(analytics) &&
      `analytics are ${times(analytics.ratio)} as fast${range(analytics)}`,
  ].filter((words) => words !== false);
}

function range({ interval }: Known): string {
  return interval ? ` (${times(interval.low)} to ${times(interval.high)})` : '';
}

function withReplicas([first]: readonly Pair[]): string {
  return `with ${replicasOf(first!.split).the}`;
}

function times(ratio: number): string {
  return formatRatio(ratio, 3);
}
