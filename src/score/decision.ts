import { formatCount, formatRatio } from '../machine/pure.js';
import type { RunRecord } from '../record/pure.js';
import { type Comparison, compareFigures } from './comparison.js';
import type { Cost } from './costs/cost.js';
import { COSTS } from './costs/index.js';
import { type EqualTrials, noiseOf } from './equal-trials.js';
import type { Figure } from './figures/figure.js';
import { latency } from './figures/latency.js';
import { carriedBy, fullest, type Headroom } from './headroom.js';
import { reciprocal } from './interval.js';
import { type Pair, runsOf, sidesAreEqual } from './pair.js';
import type { Decision, Regression, ValidityCheck } from './scorecard.js';
import type { Shortfall } from './shortfalls.js';
import { deviationOf } from './statistics/estimate.js';
import { pairsNeeded } from './statistics/power.js';

/** What makes a replica worth its cost: a quarter more traffic, or reports in four fifths of the time. */
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
  /** Of the same work: one for each pair, in their order, or a single one beside several; or none. */
  controls: readonly RunRecord[];
  equal: EqualTrials | null;
  /** What `--plan` takes, for the command to run next. */
  planFile: string | undefined;
}

/** How many times as good something is. */
type Gain = Pick<Comparison, 'ratio' | 'interval'>;

/** What can be gained; null where it could not be told. */
interface Gains {
  /** How much traffic fits. */
  traffic: Gain | null;
  /** How fast reports are answered. */
  reports: Gain | null;
}

/** @returns null of baselines against baselines, where there is nothing to decide */
export function decisionOf(pairs: readonly Pair[], evidence: Evidence): Decision | null {
  if (sidesAreEqual(pairs)) return null;
  const gains = gainsBetween(pairs, evidence.equal);
  const control = overControl(pairs, evidence);
  return (
    cannotBeBelieved(evidence) ??
    fallenShort(evidence) ??
    biggerPrimary(control) ??
    roomLeft(evidence.headroom, gains) ??
    gained(gains, control, evidence) ??
    nothingGained(gains) ??
    tooLittle(gains) ??
    open(gains, pairs, evidence)
  );
}

function gainsBetween(pairs: readonly Pair[], equal: EqualTrials | null): Gains {
  return { traffic: carriedBy(pairs, equal), reports: speedOfReports(pairs, equal) };
}

const REPORTS = latency('analytics', 'mean');

function speedOfReports(pairs: readonly Pair[], equal: EqualTrials | null): Gain | null {
  const compared = compareFigures(new Map([['reports', REPORTS]]), pairs, equal).get('reports');
  return !compared || compared.untold !== null || compared.ratio === 0 ? null : reciprocal(compared);
}

/** The replica against one primary with the CPU of both; null without one, or with one beside several pairs. */
function overControl(pairs: readonly Pair[], { controls, equal }: Evidence): Gains | null {
  if (controls.length === 0 || controls.length < pairs.length) return null;
  const against = pairs.map(({ split }, index) => ({ baseline: controls[index]!, split }));
  return gainsBetween(against, equal);
}

function cannotBeBelieved({ invalid, checks }: Evidence): Decision | null {
  if (invalid === null) return null;
  const cure = checks.find((check) => check.cure)?.cure;
  const sentence = `Nothing can be decided by these runs.${cure ? ` ${cure}` : ''}`;
  return { kind: 'cannot-be-believed', case: 'invalid', sentence };
}

function fallenShort({ checks, shortfalls }: Evidence): Decision | null {
  const lost = shortfalls.some(({ side }) => side === 'split');
  if (!lost && !checks.some(({ state }) => state === 'result')) return null;
  const sentence =
    'Not worth it as it is: the setup with the replica did not do all of the work. Find out why, and measure again.';
  return { kind: 'not-worth-it', case: 'fell-short', sentence };
}

function biggerPrimary(control: Gains | null): Decision | null {
  if (!control || known(control).some(isMore) || !known(control).some(isLess)) return null;
  const { traffic, reports } = control;
  const more = [
    traffic && isLess(traffic) && `carries ${times(1 / traffic.ratio)} as much traffic as the two`,
    reports && isLess(reports) && `answers reports ${times(1 / reports.ratio)} as fast`,
  ].filter((words) => words !== null && words !== false);
  const sentence = `Not worth it for speed: one primary with the CPU of both ${more.join(' and ')}. A replica is for where the primary can’t grow, or has to be replaced when it fails.`;
  return { kind: 'not-worth-it', case: 'bigger-primary', sentence };
}

function roomLeft(headroom: Headroom | null, { reports }: Gains): Decision | null {
  if (!headroom || (headroom.baseline.interval?.low ?? 0) < ROOM_LEFT) return null;
  if (reports && isEnough(reports)) return null;
  const sentence = `Not worth it yet: the primary alone can carry ${times(headroom.baseline.times)} of this traffic.`;
  return { kind: 'not-worth-it', case: 'room-left', sentence };
}

function gained(gains: Gains, control: Gains | null, evidence: Evidence): Decision | null {
  const enough = inWords(gains, isEnough);
  if (enough.length === 0) return null;
  const wrong = evidence.regressions.filter(({ id, worse }) => worse && !(COSTS[id] as Cost).standing);
  const price = wrong.map(({ title }) => title.charAt(0).toLowerCase() + title.slice(1)).join(', ');
  const sentences = [
    `Worth it: with the replica there is ${enough.join(', and ')}.`,
    price !== '' && `What got worse: ${price}.`,
    control && besideControl(control),
  ];
  const found = { kind: 'worth-it', case: 'gain', sentence: sentences.filter(Boolean).join(' ') } as const;
  if (control) return found;
  const sentence = `${found.sentence} Whether one bigger primary would do as much was not measured.`;
  return { ...found, sentence, command: `${trialsOf(evidence)} --control` };
}

function besideControl(control: Gains): string {
  const more = inWords(control, isMore);
  return more.length > 0
    ? `Beside one primary with the CPU of both that is ${more.join(', and ')}.`
    : 'One primary with the CPU of both does about as much: the price decides, and what is to happen when a server fails.';
}

function nothingGained(gains: Gains): Decision | null {
  const all = known(gains);
  if (all.length === 0 || all.some(({ interval }) => !interval || interval.high >= LEAST_GAIN)) return null;
  const { traffic, reports } = gains;
  const most = [
    traffic && `at most ${times(traffic.interval!.high)} the traffic`,
    reports && `reports at most ${times(reports.interval!.high)} as fast`,
  ].filter((words) => words !== null);
  const sentence = `Not worth it: with the replica there is ${most.join(', and ')}.`;
  return { kind: 'not-worth-it', case: 'no-gain', sentence };
}

function tooLittle(gains: Gains): Decision | null {
  if (known(gains).length > 0) return null;
  const sentence =
    'Measure more: the load was too low, or the runs too short, to tell what a replica would do.';
  return { kind: 'measure-more', case: 'too-little', sentence };
}

function open(gains: Gains, pairs: readonly Pair[], evidence: Evidence): Decision {
  const needed = pairsThatDecide(gains, pairs, evidence.equal);
  const so = inWords(gains, () => true).join(', and ');
  const tell =
    needed === null
      ? 'That is so near to the line that no number of pairs would tell.'
      : `About ${formatCount(needed)} pairs would tell.`;
  const sentence = `Measure more: with the replica there is ${so}; from ${times(LEAST_GAIN)} of either on it would be worth it. ${tell}`;
  const decision = { kind: 'measure-more', case: 'open', sentence } as const;
  return needed === null ? decision : { ...decision, command: `${trialsOf(evidence)} --pairs ${needed}` };
}

/** The fewest pairs that would decide on one of the gains, and more than there are; null: over 1,000. */
function pairsThatDecide(gains: Gains, pairs: readonly Pair[], equal: EqualTrials | null): number | null {
  const needed = [
    gains.traffic && pairsFor(fullest, gains.traffic, pairs, equal),
    gains.reports && pairsFor(REPORTS, gains.reports, pairs, equal),
  ].filter((count) => count !== null);
  return needed.length === 0 ? null : Math.max(pairs.length + 1, Math.min(...needed));
}

function pairsFor(
  figure: Figure,
  { ratio }: Gain,
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
  return pairsNeeded(Math.abs(Math.log(ratio / LEAST_GAIN)), deviation).pairs;
}

function trialsOf({ planFile }: Evidence): string {
  return planFile === undefined ? 'bench trials' : `bench trials --plan ${planFile}`;
}

function known({ traffic, reports }: Gains): Gain[] {
  return [traffic, reports].filter((gain) => gain !== null);
}

function isEnough({ interval }: Gain): boolean {
  return interval !== null && interval.low >= LEAST_GAIN;
}

function isMore({ interval }: Gain): boolean {
  return interval !== null && interval.low > 1;
}

function isLess({ interval }: Gain): boolean {
  return interval !== null && interval.high < 1;
}

function inWords({ traffic, reports }: Gains, which: (gain: Gain) => boolean): string[] {
  return [
    traffic && which(traffic) && `room for ${times(traffic.ratio)} the traffic${range(traffic)}`,
    reports && which(reports) && `reports ${times(reports.ratio)} as fast${range(reports)}`,
  ].filter((words) => words !== null && words !== false);
}

function range({ interval }: Gain): string {
  return interval ? ` (${times(interval.low)} to ${times(interval.high)})` : '';
}

function times(ratio: number): string {
  return formatRatio(ratio, 3);
}
