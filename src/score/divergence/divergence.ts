/** Where the answers of two runs differ, as compare.json has it. */
export interface Divergence {
  /** Reads in the trace: those compared and those that were not, with the reason. */
  reads: number;
  byEvidence: CountsByEvidence;
  notCompared: { reason: NotCompared; count: number }[];
  /** Those with differences first. */
  statements: StatementDivergence[];
  /** The same comparison between two baselines of one plan: what concurrency alone brings. Null without such runs. */
  equalRuns: { id: string; byEvidence: CountsByEvidence } | null;
}

export interface StatementDivergence {
  name: string;
  /** Whether its tables are written to, or why its answers are not compared. */
  because: string;
  notCompared: number;
  byEvidence: CountsByEvidence;
}

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
export type CountsByEvidence = Record<Evidence, AnswerCounts>;

/** Why an answer is not compared. `undetermined`: the data do not decide it. The others happened on one side, or both. */
export type NotCompared = 'undetermined' | 'not-sent' | 'failed' | 'skipped';

/** Differences where nothing seems to have changed, all but another order of rows. */
export function unexplained({ certain, settled }: CountsByEvidence): number {
  return otherValues(certain) + otherValues(settled);
}

/** How many of the compared answers differ in more than the order of their rows. */
export function otherValues(counts: AnswerCounts): number {
  return different(counts) - counts.ordering;
}

/** How many of the compared answers differ. */
export function different({ compared, same }: AnswerCounts): number {
  return compared - same;
}

/** Share of the compared answers that differ, in percent; 0 where none were compared. */
export function share(counts: AnswerCounts): number {
  return counts.compared === 0 ? 0 : (100 * different(counts)) / counts.compared;
}
