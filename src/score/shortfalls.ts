import { formatCount, formatSeconds, sumOf, upperFirst } from '../machine/pure.js';
import { CATEGORIES, type Category, hasOwnPace, type PairSide, type RunRecord } from '../record/pure.js';
import { harmedBy } from './checks/judge.js';
import type { Figure } from './figures/figure.js';
import { unansweredByBlock } from './measures.js';
import { numberOf, type Pair } from './pair.js';
import type { ScoreRow } from './scorecard.js';
import { TARGETS } from './targets/index.js';
import type { Target } from './targets/target.js';

/** What runs could not keep up with or left unanswered, and what that makes of the figures: they know of survivors only. */

/** How many requests of a category a run may leave unanswered before its figures tell of the others only. */
const TOLERATED = { share: 0.01, requests: 2 };

/** Requests of a category that one side of a pair left unanswered: too many to say anything of those that it answered. */
export interface Shortfall {
  /** Number of the pair. */
  pair: number;
  side: PairSide;
  category: Category;
  unanswered: number;
  /** How many were due in the window. */
  due: number;
}

/**
 * Where a side left too many requests of a category unanswered. Counted are those that failed, unless they had when they were
 * captured, or were never sent, or that the other side answered: of the last two ways to count the larger.
 */
export function shortfallsOf(pairs: readonly Pair[]): Shortfall[] {
  return pairs.flatMap((pair, index) =>
    (['baseline', 'split'] as const).flatMap((side) =>
      CATEGORIES.flatMap((category) => {
        const other = pair[side === 'baseline' ? 'split' : 'baseline'];
        const answered = answeredIn(pair[side], category);
        // Where no schedule says how many were due, the other side's answers don't either.
        const less = hasOwnPace(pair[side]) ? 0 : answeredIn(other, category) - answered;
        const unanswered = Math.max(less, unansweredIn(pair[side], category));
        const due = answered + unanswered;
        const tolerated = Math.max(TOLERATED.share * due, TOLERATED.requests);
        const found = { pair: numberOf(pair, index), side: sideOf(pair[side]), category, unanswered, due };
        return unanswered > tolerated ? [found] : [];
      }),
    ),
  );
}

/** What it is compared as: of two baselines neither has anything to be a result of. */
function sideOf({ side }: RunRecord): PairSide {
  return side === 'split' ? 'split' : 'baseline';
}

function answeredIn({ load }: RunRecord, category: Category): number {
  return load.window.latency[category]?.count ?? 0;
}

function unansweredIn(run: RunRecord, category: Category): number {
  return sumOf(unansweredByBlock(run, category));
}

/** Which of these concern a figure: one of a category its own, one of all work those of all. */
export function concerning(
  { category }: Pick<Figure, 'category'>,
  shortfalls: readonly Shortfall[],
  side: PairSide,
): Shortfall[] {
  return shortfalls.filter(
    (each) => each.side === side && (category === undefined || each.category === category),
  );
}

/** `150 of 250 analytics requests went unanswered in the split`; of several pairs with their numbers. */
export function shortfallInWords(some: readonly Shortfall[], pairs: number): string {
  const each = some.map(
    ({ pair, category, unanswered, due }) =>
      `${formatCount(unanswered)} of ${formatCount(due)} ${category} requests${pairs > 1 ? ` in pair ${pair}` : ''}`,
  );
  return `${each.join(' and ')} went unanswered in the ${some[0]!.side}`;
}

/** How many requests of a latency went unanswered on each side, and how they count; empty where all were answered. */
export function unansweredInWords({ category }: Pick<Figure, 'category'>, pairs: readonly Pair[]): string {
  if (!category) return '';
  const before = sumOf(pairs, ({ baseline }) => unansweredIn(baseline, category));
  const after = sumOf(pairs, ({ split }) => unansweredIn(split, category));
  const parts = [
    before > 0 && `${formatCount(before)} in the baseline, left out`,
    after > 0 && `${formatCount(after)} in the split, ${countedAs(pairs)}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : ` Unanswered: ${parts.join('; ')}.`;
}

function countedAs([first]: readonly Pair[]): string {
  const { side, load } = first!.split;
  return side === 'baseline' ? 'left out' : `counted as ${formatSeconds(load.timeoutMs / 1000)} each`;
}

type Judged = Pick<ScoreRow, 'id' | 'verdict' | 'value'>;
type Verdict = Pick<ScoreRow, 'verdict' | 'reason'>;

/**
 * What a row's verdict becomes where runs left requests unanswered or could not keep up with their load. Of a baseline there is
 * nothing left to compare the latency of those requests with. Of a split the figure shows less of the harm than there
 * is: it may still miss its target, and nothing of it is met. Empty where it stays as it is.
 */
export function verdictWhereShort(
  row: Judged,
  pairs: readonly Pair[],
  shortfalls: readonly Shortfall[],
): Partial<Verdict> {
  if (row.verdict === 'invalid') return {};
  const { figure }: Target = TARGETS[row.id];
  const lost = concerning(figure, shortfalls, 'baseline');
  if (figure.category && lost.length > 0) {
    const reason = `${upperFirst(shortfallInWords(lost, pairs.length))}: the answers that it gave are no basis for a comparison.`;
    return { verdict: 'invalid', reason };
  }
  if (row.value === null) return {};
  return (
    whereBehind(row, pairs) ?? whereUnanswered(row, pairs, concerning(figure, shortfalls, 'split')) ?? {}
  );
}

/** In most pairs, or the only one, such a latency misses its target; a few of several count by their values. */
function whereBehind({ id, verdict }: Judged, pairs: readonly Pair[]): Verdict | null {
  const { figure }: Target = TARGETS[id];
  const kind = figure.category ? 'latency' : id;
  const behind = pairs.flatMap((pair, index) =>
    [...harmedBy(pair)].some((harmed) => harmed === kind) ? [numberOf(pair, index)] : [],
  );
  if (behind.length === 0) return null;
  const where = pairs.length === 1 ? '' : ` (pair ${behind.join(', ')})`;
  const reason = `The split did not keep up with its load${where}: in a longer run, this figure would be worse.`;
  if (kind === 'latency' && 2 * behind.length > pairs.length) return { verdict: 'missed', reason };
  return isOpen(verdict) ? { verdict: 'inconclusive', reason } : null;
}

/** What more of the same, of which something is missing, does not decide. */
function isOpen(verdict: ScoreRow['verdict']): boolean {
  return verdict === 'met' || verdict === 'inconclusive';
}

function whereUnanswered(
  { id, verdict }: Judged,
  pairs: readonly Pair[],
  lost: readonly Shortfall[],
): Verdict | null {
  if (lost.length === 0) return null;
  const what = upperFirst(shortfallInWords(lost, pairs.length));
  const { figure }: Target = TARGETS[id];
  if (!figure.category) {
    const reason = `${what}: what it left undone cost it nothing.`;
    return isOpen(verdict) ? { verdict: 'inconclusive', reason } : null;
  }
  const count = sumOf(lost, ({ unanswered }) => unanswered);
  const counted = sumOf(pairs, ({ split }) => unansweredIn(split, figure.category!));
  const reason =
    counted < count
      ? `${what}, and ${counted === 0 ? 'none' : `only ${formatCount(counted)}`} of them could be counted in this figure: it is that of those that were answered.`
      : `${what}, ${countedAs(pairs)}, the longest that an answer was awaited.`;
  return { verdict: verdict === 'missed' ? 'missed' : 'inconclusive', reason };
}
