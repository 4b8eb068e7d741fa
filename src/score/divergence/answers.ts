import type { ReadAnswer } from '../../record/pure.js';
import type { AnswerDifference } from './divergence.js';

/** What a read was answered: hashes of its rows in their order, and in any. */
export interface Answered {
  rows: number;
  exact: string;
  unordered: string;
}

/** Null where it was not answered. */
export function answered([, , , rows, exact, unordered]: ReadAnswer): Answered | null {
  return typeof rows === 'number' ? { rows, exact: exact!, unordered: unordered! } : null;
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

/** What each question has been answered so far. */
export class History {
  readonly #answers = new Map<string, Set<string>>();

  of(question: string): ReadonlySet<string> {
    return this.#answers.get(question) ?? new Set();
  }

  add(question: string, { unordered }: Answered): void {
    const answers = this.#answers.get(question);
    if (answers) answers.add(unordered);
    else this.#answers.set(question, new Set([unordered]));
  }
}

/** Events of the reads whose question was answered alike before and after them. */
export function settledReads(reads: readonly ReadAnswer[]): Set<number> {
  const settled = new Set<number>();
  const last = new Map<string, { event: number; answer: string; sameBefore: boolean }>();
  for (const read of reads) {
    const [event, , question] = read;
    const now = answered(read);
    if (!now) continue;
    const before = last.get(question);
    const sameBefore = before?.answer === now.exact;
    if (before && sameBefore && before.sameBefore) settled.add(before.event);
    last.set(question, { event, answer: now.exact, sameBefore });
  }
  return settled;
}
