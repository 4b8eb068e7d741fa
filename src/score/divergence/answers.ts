import type { Answer, ReadAnswer } from '../../record/pure.js';
import type { AnswerDifference } from './divergence.js';

/** Null where a read was not answered, or not sent. */
export function answerOf(read: ReadAnswer | undefined): Answer | null {
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
export function settledReads(reads: readonly ReadAnswer[]): Set<number> {
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
