import type { Drift } from '../../score/index.js';

/** The same targets over many comparisons of the same work. */
export interface Trend {
  /** Oldest first. */
  comparisons: { file: string; id: string; policy: string; valid: boolean }[];
  drifts: Drift[];
  /** What was left out, in sentences. */
  notes: string[];
}
