import { sumOf } from '../../machine/pure.js';
import type { Answer, Answers, ReadAnswer, ReadStatement } from '../../record/pure.js';
import {
  type AnswerDifference,
  type CountsByEvidence,
  type Divergence,
  different,
  type Evidence,
  type NotCompared,
  type StatementDivergence,
  unexplained,
} from './divergence.js';

/**
 * Compares what the reads of a trace were answered in two runs, read by read. Pure.
 * @param equal another baseline of the same plan, for what concurrency alone brings
 */
export function divergenceOf(
  baseline: Answers,
  split: Answers,
  equal: { id: string; answers: Answers } | null = null,
): Divergence {
  const { byEvidence, notCompared, statements } = new Comparison(baseline, split);
  return {
    reads: baseline.header.reads,
    byEvidence,
    notCompared: notCompared.toSorted((a, b) => b.count - a.count),
    statements: statements.filter(isRead).sort((a, b) => weight(b) - weight(a)),
    equalRuns: equal && { id: equal.id, byEvidence: new Comparison(baseline, equal.answers).byEvidence },
  };
}

function isRead({ notCompared, byEvidence }: StatementDivergence): boolean {
  return notCompared > 0 || Object.values(byEvidence).some(({ compared }) => compared > 0);
}

/** Differences where nothing had changed weigh most, then any. */
function weight({ byEvidence }: StatementDivergence): number {
  return 1e9 * unexplained(byEvidence) + sumOf(Object.values(byEvidence), different);
}

class Comparison {
  readonly byEvidence = noCounts();
  readonly notCompared: Divergence['notCompared'] = [];
  readonly statements: StatementDivergence[];

  constructor(baseline: Answers, split: Answers) {
    const { reads, statements } = baseline.header;
    this.statements = statements.map(({ name, because }) => {
      return { name, because, notCompared: 0, byEvidence: noCounts() };
    });
    const settled = settledReads(baseline.reads);
    const answered = new Map<string, { baseline: Set<string>; split: Set<string> }>();
    const answers = new Map(split.reads.map((read) => [read.event, read]));
    for (const before of baseline.reads) {
      const { event, statement, question } = before;
      const after = answers.get(event);
      answers.delete(event);
      const kinds = [statements[statement]!, split.header.statements[after?.statement ?? statement]!];
      const reason = whyNot(kinds, before, after);
      const history = answered.get(question) ?? { baseline: new Set(), split: new Set() };
      const [b, s] = [answerOf(before), answerOf(after)];
      if (reason === null && b && s) {
        const certain = kinds.every(({ evidence }) => evidence === 'certain');
        const evidence = certain ? 'certain' : settled.has(event) ? 'settled' : 'changing';
        this.#count(statement, evidence, differenceOf(b, s, history));
      } else this.#leaveOut(reason ?? 'failed', statement);
      if (b) history.baseline.add(b.unordered);
      if (s) history.split.add(s.unordered);
      answered.set(question, history);
    }
    for (const { statement } of answers.values()) this.#leaveOut('not-sent', statement);
    const counted = baseline.reads.length + answers.size;
    if (reads > counted) this.#leaveOut('not-sent', null, reads - counted);
  }

  #count(statement: number, evidence: Evidence, difference: AnswerDifference | 'same'): void {
    for (const counts of [this.byEvidence[evidence], this.statements[statement]!.byEvidence[evidence]]) {
      counts.compared++;
      counts[difference]++;
    }
  }

  #leaveOut(reason: NotCompared, statement: number | null, count = 1): void {
    const counted = this.notCompared.find((each) => each.reason === reason);
    if (counted) counted.count += count;
    else this.notCompared.push({ reason, count });
    if (statement !== null) this.statements[statement]!.notCompared += count;
  }
}

function whyNot(
  kinds: readonly ReadStatement[],
  before: ReadAnswer,
  after: ReadAnswer | undefined,
): NotCompared | null {
  if (kinds.some(({ evidence }) => evidence === 'none')) return 'undetermined';
  if (after === undefined) return 'not-sent';
  const ends = [before, after].map((read) => ('end' in read ? read.end : null));
  return (['failed', 'skipped'] as const).find((end) => ends.includes(end)) ?? null;
}

function noCounts(): CountsByEvidence {
  const zero = () => ({ compared: 0, same: 0, ordering: 0, stale: 0, newer: 0, missing: 0, other: 0 });
  return { certain: zero(), settled: zero(), changing: zero() };
}

/** Null where a read was not answered, or not sent. */
function answerOf(read: ReadAnswer | undefined): Answer | null {
  return read && 'answer' in read ? read.answer : null;
}

/** What two answers to the same read are to each other; `history` is what either side had answered to its question. */
export function differenceOf(
  baseline: Answer,
  split: Answer,
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

/** Events of the reads whose question was answered alike before and after them. */
function settledReads(reads: readonly ReadAnswer[]): Set<number> {
  const settled = new Set<number>();
  const last = new Map<string, { event: number; answer: string; sameBefore: boolean }>();
  for (const read of reads) {
    const { event, question } = read;
    const now = answerOf(read);
    if (!now) continue;
    const before = last.get(question);
    const sameBefore = before?.answer === now.exact;
    if (before && sameBefore && before.sameBefore) settled.add(before.event);
    last.set(question, { event, answer: now.exact, sameBefore });
  }
  return settled;
}
