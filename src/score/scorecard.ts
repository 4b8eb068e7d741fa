import type { RunRecord } from '../run/record.js';

export const COMPARE_SCHEMA = 'splitbench.compare/1';

export const TARGET_IDS = [
  'primary-read-volume',
  'primary-cpu',
  'analytics-speedup',
  'replica-lag',
  'pool-utilisation',
] as const;
export type TargetId = (typeof TARGET_IDS)[number];

export type Verdict = 'met' | 'missed' | 'inconclusive' | 'invalid' | 'not-measured';

export interface ScoreRow {
  id: TargetId;
  /** In words, for a reader. */
  title: string;
  /** In `unit`; null only where the verdict is `not-measured`. Reductions: positive is less. */
  value: number | null;
  unit: 'percent' | 'ratio' | 'ms';
  target: {
    op: '>=' | '<';
    value: number /** Upper end of the expected band, drawn but not required. */;
    bandTo?: number;
  };
  verdict: Verdict;
  /** Why, where it is neither met nor missed. */
  reason?: string;
  /** What was measured on either side, in its own unit; null where it has no meaning there. */
  baseline: number | null;
  split: number | null;
  sideUnit: string;
  /** A sentence of detail, such as p50 and p95 beside a mean. */
  detail?: string;
}

/** A check of whether the comparison can be believed. */
export interface ValidityCheck {
  id: string;
  title: string;
  ok: boolean;
  /** What was found, with its number. */
  found: string;
  /** What to do about it, where not ok. */
  cure?: string;
}

/** Something that the replica made worse, or did not make better. */
export interface Regression {
  id: string;
  title: string;
  baseline: number | null;
  split: number | null;
  unit: string;
  /** True where the split is worse by more than the noise a single pair may have. */
  worse: boolean;
  sentence: string;
}

export interface Scorecard {
  schema: typeof COMPARE_SCHEMA;
  generatedFrom: { baseline: string; split: string; planHash: { baseline: string; split: string } };
  policy: string;
  valid: boolean;
  /** The verdict in one or two sentences, made from the numbers; says first if it is not comparable. */
  headline: string;
  scorecard: ScoreRow[];
  checks: ValidityCheck[];
  regressions: Regression[];
  notes: string[];
}

/** The two records of a comparison. */
export interface Pair {
  baseline: RunRecord;
  split: RunRecord;
}
