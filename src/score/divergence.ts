import { formatCount, formatPercent } from '../machine/pure.js';
import type { Answers, ReadAnswer, ReadStatement } from '../record/pure.js';
import type { Regression } from './scorecard.js';
import { moreThanByChance } from './statistics/change.js';

/**
 * How an answer of the split may differ from the baseline's. `ordering`: the same rows in another order. `stale`: what
 * the baseline answered to the same question earlier. `newer`: the other way round, what the split had answered
 * earlier the baseline still answers. `missing`: rows that one side has only. `other`: other values.
 */
export const DIFFERENCES = ['ordering', 'stale', 'newer', 'missing', 'other'] as const;
export type AnswerDifference = (typeof DIFFERENCES)[number];
export type AnswerCounts = Record<'compared' | 'same' | AnswerDifference, number>;

/**
 * What a difference proves. `certain`: the statement reads nothing that is written while the trace is played, so the
 * answers had to be the same. `settled`: the baseline answered the same before and after, so nothing seems to have
 * changed meanwhile; a few may differ all the same, where a write came much later on one side. `changing`: concurrency
 * alone may explain it.
 */
export const EVIDENCE = ['certain', 'settled', 'changing'] as const;
export type Evidence = (typeof EVIDENCE)[number];

export interface Divergence {
  /** Reads in the trace: those compared and those that were not, with the reason. */
  reads: number;
  byEvidence: Record<Evidence, AnswerCounts>;
  notCompared: { reason: string; count: number }[];
  /** Those with differences first. */
  statements: StatementDivergence[];
  /** The same comparison between two baselines of one plan: what concurrency alone brings. Null without such runs. */
  equalRuns: { id: string; byEvidence: Record<Evidence, AnswerCounts> } | null;
}

export interface StatementDivergence {
  name: string;
  /** Whether its tables are written to, or why its answers are not compared. */
  because: string;
  notCompared: number;
  byEvidence: Record<Evidence, AnswerCounts>;
}

/** What two answers to the same read are to each other; `history` is what either side had answered to its question. */
export function differenceOf(
  baseline: Answered,
  split: Answered,
  history: { baseline: ReadonlySet<string>; split: ReadonlySet<string> },
): AnswerDifference | 'same' {
  if (baseline.exact === split.exact) return 'same';
  if (baseline.unordered === split.unordered) return 'ordering';
  const stale = history.baseline.has(split.unordered);
  const newer = history.split.has(baseline.unordered);
  // Where each had answered as the other does now (open, closed, open), neither is behind.
  if (stale !== newer) return stale ? 'stale' : 'newer';
  return baseline.rows === split.rows ? 'other' : 'missing';
}

export interface Answered {
  rows: number;
  exact: string;
  unordered: string;
}

/**
 * Compares what the reads of a trace were answered in two runs, read by read. Pure.
 * @param equal another baseline of the same plan, for what concurrency alone brings
 */
export function divergenceOf(
  baseline: Answers,
  split: Answers,
  equal?: { id: string; answers: Answers } | null,
): Divergence {
  const found = new Comparison(baseline, split);
  return {
    reads: baseline.header.reads,
    byEvidence: found.byEvidence,
    notCompared: Array.from(found.notCompared, ([reason, count]) => ({ reason, count })).sort(
      (a, b) => b.count - a.count,
    ),
    statements: found.statements.filter(isRead).sort((a, b) => weight(b) - weight(a)),
    equalRuns: equal
      ? { id: equal.id, byEvidence: new Comparison(baseline, equal.answers).byEvidence }
      : null,
  };
}

/** Differences where nothing seems to have changed, all but another order of rows. */
export function unexplained({ certain, settled }: Record<Evidence, AnswerCounts>): number {
  return otherValues(certain) + otherValues(settled);
}

function otherValues(counts: AnswerCounts): number {
  return different(counts) - counts.ordering;
}

/** How many of the compared answers differ. */
export function different({ compared, same }: AnswerCounts): number {
  return compared - same;
}

/**
 * What the comparison of the answers means for who asks. Any difference where one had to be the same is a fault. Where
 * nothing seems to have changed, more than between two baselines are, where two were compared. Stale ones are where they
 * outnumber the newer ones, which concurrency brings about as often, and those between two baselines. All by more than
 * chance.
 */
export function differingAnswers({ byEvidence, equalRuns }: Divergence): Regression {
  const { certain, settled, changing } = byEvidence;
  const equal = equalRuns?.byEvidence;
  const wrong =
    otherValues(certain) > 0 ||
    moreThanByChance(equal ? otherValues(equal.settled) : 0, otherValues(settled));
  const older = moreThanByChance(Math.max(changing.newer, equal?.changing.stale ?? 0), changing.stale);
  return {
    id: 'answers',
    title: 'Answers that differ from the baseline’s',
    baseline: null,
    split: EVIDENCE.reduce((sum, evidence) => sum + different(byEvidence[evidence]), 0),
    unit: 'count',
    interval: null,
    difference: null,
    pValue: null,
    worse: wrong || older,
    sentence: `${comparedInWords(byEvidence)}${older ? ', more than chance explains' : ''}.`,
  };
}

function comparedInWords(byEvidence: Divergence['byEvidence']): string {
  const { certain, settled, changing } = byEvidence;
  const steady = certain.compared + settled.compared;
  const wrong = unexplained(byEvidence);
  const parts = [
    steady > 0 &&
      `of ${formatCount(steady)} where nothing had changed, ${wrong === 0 ? 'none' : formatCount(wrong)} differed`,
    changing.compared > 0 &&
      `of ${formatCount(changing.compared)} that concurrent writes may change, ${formatPercent(share(changing))} differed: ${formatCount(changing.newer)} newer and ${formatCount(changing.stale)} stale`,
  ].filter((part) => part !== false);
  return parts.length === 0
    ? 'Answers compared with the baseline’s: none, for no read of this workload can be'
    : `Answers compared with the baseline’s: ${parts.join('; ')}`;
}

/** Share of the compared answers that differ, in percent; 0 where none were compared. */
export function share(counts: AnswerCounts): number {
  return counts.compared === 0 ? 0 : (100 * different(counts)) / counts.compared;
}

function isRead({ notCompared, byEvidence }: StatementDivergence): boolean {
  return notCompared > 0 || EVIDENCE.some((evidence) => byEvidence[evidence].compared > 0);
}

/** Differences where nothing had changed weigh most, then any. */
function weight({ byEvidence }: StatementDivergence): number {
  return (
    1e9 * unexplained(byEvidence) +
    EVIDENCE.reduce((sum, evidence) => sum + different(byEvidence[evidence]), 0)
  );
}

class Comparison {
  readonly byEvidence = noCounts();
  readonly notCompared = new Map<string, number>();
  readonly statements: StatementDivergence[];

  constructor(baseline: Answers, split: Answers) {
    const { statements } = baseline.header;
    this.statements = statements.map(({ name, because }) => ({
      name,
      because,
      notCompared: 0,
      byEvidence: noCounts(),
    }));
    const settled = settledReads(baseline.reads);
    const history = { baseline: new History(), split: new History() };
    const answers = new Map(split.reads.map((read) => [read[0], read]));
    for (const before of baseline.reads) {
      const [event, statement, question] = before;
      const after = answers.get(event);
      answers.delete(event);
      const kinds = [statements[statement]!, split.header.statements[after?.[1] ?? statement]!];
      const reason = whyNot(kinds, before, after);
      const [b, s] = [answered(before), after && answered(after)];
      if (reason === null && b && s) {
        const difference = differenceOf(b, s, {
          baseline: history.baseline.of(question),
          split: history.split.of(question),
        });
        const evidence = kinds.every((kind) => kind.evidence === 'certain')
          ? 'certain'
          : settled.has(event)
            ? 'settled'
            : 'changing';
        this.#count(statement, evidence, difference);
      } else this.#leaveOut(statement, reason ?? 'failed on one side');
      if (b) history.baseline.add(question, b.unordered);
      if (s) history.split.add(question, s.unordered);
    }
    for (const [, statement] of answers.values()) this.#leaveOut(statement, NOT_SENT);
    const counted = baseline.reads.length + answers.size;
    const unseen = baseline.header.reads - counted;
    if (unseen > 0) this.notCompared.set(NOT_SENT, (this.notCompared.get(NOT_SENT) ?? 0) + unseen);
  }

  #count(statement: number, evidence: Evidence, difference: AnswerDifference | 'same'): void {
    for (const counts of [this.byEvidence[evidence], this.statements[statement]!.byEvidence[evidence]]) {
      counts.compared++;
      counts[difference]++;
    }
  }

  #leaveOut(statement: number, reason: string): void {
    this.notCompared.set(reason, (this.notCompared.get(reason) ?? 0) + 1);
    this.statements[statement]!.notCompared++;
  }
}

const NOT_SENT = 'not sent on one side';
const NOT_DETERMINED = 'its answer is not decided by the data';

function whyNot(kinds: ReadStatement[], before: ReadAnswer, after: ReadAnswer | undefined): string | null {
  if (kinds.some((kind) => kind.evidence === 'none')) return NOT_DETERMINED;
  if (after === undefined) return NOT_SENT;
  for (const end of ['failed', 'skipped'] as const) {
    if (before[3] === end || after[3] === end) return `${end} on one side`;
  }
  return null;
}

function answered([, , , rows, exact, unordered]: ReadAnswer): Answered | null {
  return typeof rows === 'number' ? { rows, exact: exact!, unordered: unordered! } : null;
}

/** Reads whose question was answered alike before and after them. */
function settledReads(reads: ReadAnswer[]): Set<number> {
  const settled = new Set<number>();
  const last = new Map<string, { event: number; answer: string; sameBefore: boolean }>();
  for (const read of reads) {
    const now = answered(read);
    if (!now) continue;
    const question = read[2];
    const before = last.get(question);
    const sameBefore = before?.answer === now.exact;
    if (before && sameBefore && before.sameBefore) settled.add(before.event);
    last.set(question, { event: read[0], answer: now.exact, sameBefore });
  }
  return settled;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What each question has been answered so far. */
class History {
  readonly #answers = new Map<string, Set<string>>();

  of(question: string): ReadonlySet<string> {
    return this.#answers.get(question) ?? NOTHING;
  }

  add(question: string, answer: string): void {
    const answers = this.#answers.get(question);
    if (answers) answers.add(answer);
    else this.#answers.set(question, new Set([answer]));
  }
}

function noCounts(): Record<Evidence, AnswerCounts> {
  const zero = () => ({ compared: 0, same: 0, ordering: 0, stale: 0, newer: 0, missing: 0, other: 0 });
  return { certain: zero(), settled: zero(), changing: zero() };
}
