import {
  digitsBeside,
  formatPercent,
  formatRatio,
  formatReduction,
  formatSpeedup,
  lowerFirst,
  upperFirst,
} from '../machine/pure.js';
import { atLeast, atMost, breaks, type Limit, type Reading } from './checks/check.js';
import { type Pair, sidesAreEqual } from './pair.js';
import { type ReplicasInWords, replicasOf } from './replicas.js';
import type { HeadlinePart, Regression, Scorecard, ScoreRow, Verdict } from './scorecard.js';
import { type Shortfall, shortfallInWords } from './shortfalls.js';
import type { TargetId } from './targets/index.js';
import { utilisationPart } from './utilisation.js';

type Found = Pick<Scorecard, 'scorecard' | 'checks' | 'regressions'> & { shortfalls: readonly Shortfall[] };

/**
 * What was found, in a few sentences made from the numbers. What makes it worthless, or worse, is never left out.
 * @param invalid why the comparison can't be believed; null if it can
 */
export function headline(pairs: readonly Pair[], found: Found, invalid: string | null): HeadlinePart[] {
  const [first, second] = pairs;
  const loaded = first && !second ? utilisationPart(first.baseline) : [];
  return [...findings(pairs, found, invalid), ...loaded];
}

function part(kind: HeadlinePart['kind'], sentence: string, figures: Reading[] = []): HeadlinePart {
  return { kind, sentence, figures };
}

function findings(pairs: readonly Pair[], found: Found, invalid: string | null): HeadlinePart[] {
  const { scorecard: rows, checks, regressions, shortfalls } = found;
  const equal = sidesAreEqual(pairs);
  const replicas = replicasOf(pairs[0]!.split);
  // Of a row that has nothing to compare with, nothing is claimed.
  const telling = invalid === null ? rows.filter(({ verdict }) => verdict !== 'invalid') : rows;
  const change = equal ? noise([...rows, ...regressions]) : changes(telling, replicas);
  if (invalid !== null) {
    const broken = checks.flatMap(({ readings }) => readings.filter(breaks));
    const why = part('not-comparable', invalid, broken);
    if (!change) return [why];
    const sentence = `What was measured, and proves nothing: ${lowerFirst(change.sentence)}`;
    return [why, part('worthless', sentence, change.figures)];
  }
  const what = change ?? part('change', 'Nothing could be measured.');
  if (equal) return [part('equal-sides', 'Baseline against baseline.'), what];
  return [
    what,
    ...short(pairs, checks, shortfalls),
    targets(rows),
    ...worse(regressions),
    ...cost(regressions, replicas),
    ...strength(pairs, rows),
  ];
}

/** Of two equal setups: what differs between them is the noise of the machine, or a fault of the bench. */
function noise(figures: readonly Pick<ScoreRow, 'title' | 'difference'>[]): HeadlinePart {
  const tested = figures.filter(({ difference }) => difference !== null);
  const different = tested.filter(({ difference }) => difference !== 'none-found');
  const found =
    different.length === 0
      ? `No difference found in ${tested.length} figures.`
      : `Differences found in ${different.length} of ${tested.length} figures: ${titles(different)}.`;
  return part('change', tested.length === 0 ? 'No figure could be tested for a difference.' : found, [
    counted('Figures that differ', different.length, atMost(0)),
    counted('Figures tested', tested.length),
  ]);
}

/**
 * What replicas took off the primary, and what that did; null where none of it was measured. A figure in which no difference
 * was found is called that, and nothing is claimed of it, unless a target was met, which says more.
 */
function changes(rows: readonly ScoreRow[], replicas: ReplicasInWords): HeadlinePart | null {
  const reads = measured(rows, 'primary-read-volume');
  const cpu = measured(rows, 'primary-cpu');
  const speed = measured(rows, 'analytics-speedup', 'analytics-speedup-p50', 'analytics-speedup-p95');
  const differing = (row: MeasuredRow | undefined) => (row && isAlike(row) ? undefined : row);
  const said = [
    movedReads(differing(reads), differing(cpu), replicas),
    speedInWords(differing(speed)),
    noDifference({ reads, cpu, speed }),
  ].filter((words) => words !== undefined);
  const figures = [reads, cpu, speed].filter((row) => row !== undefined).map(readingOf);
  return said.length === 0 ? null : part('change', `${upperFirst(said.join('; '))}.`, figures);
}

function isAlike({ difference, verdict }: ScoreRow): boolean {
  return difference === 'none-found' && verdict !== 'met';
}

function speedInWords(speed: MeasuredRow | undefined): string | undefined {
  if (!speed || speed.value <= 0) return undefined;
  // Within 5 % of each other is the same, for a sentence.
  const same = speed.value > 0.95 && speed.value < 1.05;
  return `analytics answered ${same ? 'as fast as before' : formatSpeedup(speed.value, digitsOf(speed))}${loadInWords(speed)}`;
}

function noDifference({ reads, cpu, speed }: Record<'reads' | 'cpu' | 'speed', MeasuredRow | undefined>) {
  const named = [
    reads &&
      ([reads, `the reads on the primary (${formatReduction(reads.value, digitsOf(reads))})`] as const),
    cpu && ([cpu, `the primary’s CPU (${formatReduction(cpu.value, digitsOf(cpu))})`] as const),
    speed &&
      ([
        speed,
        `the speed of analytics (${formatRatio(speed.value, digitsOf(speed))}${loadInWords(speed)})`,
      ] as const),
  ].filter((each) => each !== undefined);
  const words = named.flatMap(([row, name]) => (isAlike(row) ? [name] : []));
  return words.length === 0 ? undefined : `no difference found in ${listed(words, 'or')}`;
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

function loadInWords({ atLoad }: ScoreRow): string {
  return atLoad === undefined ? '' : ` at ${formatPercent(atLoad, 2)} load`;
}

function movedReads(
  reads: MeasuredRow | undefined,
  cpu: MeasuredRow | undefined,
  { the }: ReplicasInWords,
): string | undefined {
  const cpuMoved =
    cpu === undefined ? undefined : `CPU ${cpu.value >= 0 ? 'fell' : 'rose'} by ${percent(cpu)}`;
  if (reads === undefined) return cpuMoved && `The primary’s ${cpuMoved}`;
  const readsMoved =
    reads.value >= 0.5
      ? `${upperFirst(the)} took ${percent(reads)} of the reads off the primary`
      : reads.value > -0.5
        ? `${upperFirst(the)} took no reads off the primary`
        : `The primary answered ${percent(reads)} more reads with ${the} than without`;
  return cpuMoved ? `${readsMoved} and its ${cpuMoved}` : readsMoved;
}

/** What the split could not keep up with: a result, and never left out. */
function short(
  { length: pairs }: readonly Pair[],
  checks: Scorecard['checks'],
  shortfalls: readonly Shortfall[],
): HeadlinePart[] {
  const found = checks.filter(({ state }) => state === 'result');
  const lost = shortfalls.filter(({ side }) => side === 'split');
  const figures = [
    ...found.flatMap(({ readings }) => readings.filter(breaks)),
    ...lost.map(({ category, unanswered }) => counted(`Unanswered requests, ${category}`, unanswered)),
  ];
  const words = found.map((check) => check.found);
  if (lost.length > 0) words.push(shortfallInWords(lost, pairs));
  return words.length === 0 ? [] : [part('short', `The split fell short: ${words.join('; ')}.`, figures)];
}

/** Every verdict but met, in the order in which they are told. */
const UNMET: Record<Exclude<Verdict, 'met'>, string> = {
  missed: 'missed',
  invalid: 'nothing to compare',
  inconclusive: 'inconclusive',
  'too-idle': 'too idle to tell',
  'too-little': 'too little to tell',
  'not-measured': 'not measured',
};

function targets(rows: readonly ScoreRow[]): HeadlinePart {
  const of = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict);
  const named = (words: string, some: readonly ScoreRow[]) =>
    some.length > 0 ? `; ${words}: ${titles(some)}` : '';
  const met = of('met').length;
  const others = Object.entries(UNMET).map(([verdict, words]) => named(words, of(verdict as Verdict)));
  const figures = [counted('Targets met', met, atLeast(rows.length))];
  return part('targets', `${met} of ${rows.length} targets met${others.join('')}.`, figures);
}

function worse(regressions: readonly Regression[]): HeadlinePart[] {
  const wrong = regressions.filter(({ worse }) => worse);
  const figures = wrong.map(({ title, split, unit }) => ({ title, value: split, unit, limit: null }));
  return wrong.length === 0 ? [] : [part('worse', `Got worse: ${titles(wrong)}.`, figures)];
}

/** What any replica costs by being there. */
function cost(regressions: readonly Regression[], { the, several }: ReplicasInWords): HeadlinePart[] {
  const told = regressions.filter(({ brief }) => brief !== undefined);
  const figures = told.map(({ title, split, unit }) => ({ title, value: split, unit, limit: null }));
  const briefs = told.map(({ brief }) => brief!);
  const costs = `${upperFirst(the)} ${several ? 'cost' : 'costs'} ${listed(briefs, 'and')}.`;
  return told.length === 0 ? [] : [part('cost', costs, figures)];
}

/** How much the intervals are worth. */
function strength({ length: pairs }: readonly Pair[], rows: readonly ScoreRow[]): HeadlinePart[] {
  if (pairs === 1 && rows.every(({ interval }) => interval === null)) return [];
  const sentence =
    pairs > 2
      ? `Over ${pairs} pairs of runs.`
      : pairs === 2
        ? 'From two pairs of runs, which are too few for verdicts and differences.'
        : 'From one pair of runs: its intervals, over time blocks, are weaker than those of trials.';
  return [part('strength', sentence, [counted('Pairs of runs', pairs)])];
}

type MeasuredRow = ScoreRow & { value: number };

/** The first of these rows that there is, if it was measured. */
function measured(rows: readonly ScoreRow[], ...ids: TargetId[]): MeasuredRow | undefined {
  const inOrder = ids.flatMap((id) => rows.filter((row) => row.id === id));
  return inOrder.flatMap((row) => (row.value === null ? [] : [{ ...row, value: row.value }]))[0];
}

function readingOf({ title, value, unit, target: { op, value: limit } }: ScoreRow): Reading {
  return { title, value, unit, limit: { op, value: limit } };
}

function counted(title: string, value: number, limit: Limit | null = null): Reading {
  return { title, value, unit: 'count', limit };
}

function titles(rows: readonly { title: string }[]): string {
  return rows.map(({ title }) => lowerFirst(title)).join(', ');
}

function percent(row: MeasuredRow): string {
  return formatPercent(Math.abs(row.value), digitsOf(row));
}

/** Two, unless the value would then seem to be on its target. */
function digitsOf({ target, value }: MeasuredRow): number {
  return digitsBeside(target.value, value, 2);
}
