import type { StoredRun, Trials } from '../record/pure.js';

/** What is to be compared; what is not named is the newest. */
export interface Wanted {
  /** A baseline, or trials (their folder or trials.json), which hold both sides. */
  baseline?: string;
  /** May be another baseline (A/A), if it is named. */
  split?: string;
  /** Default: the newest control of the baseline's plan, where there is one. */
  control?: string;
  /** Where the report is written. */
  out?: string;
  /** Where the newest runs are looked for. Default: `out` if it holds any, else reports. */
  runs?: string;
}

/** What was found of it: runs of the same work. */
export interface Found {
  /** At least one. */
  pairs: StoredPair[];
  /** The trials that the pairs are of; null for a single pair. */
  trials: Trials | null;
  control: StoredRun | null;
  /** Where the report is written. */
  outDir: string;
}

export interface StoredPair {
  /** From 1, in the order of the trials. */
  number: number;
  baseline: StoredRun;
  split: StoredRun;
}
