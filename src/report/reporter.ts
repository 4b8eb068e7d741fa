import type { PairSide, RunRecord } from '../record/pure.js';
import type { Pair, Scorecard } from '../score/index.js';

/** What a report is made from. */
export interface ReportInput {
  /** What charts and tables show: of several pairs, one. */
  pair: Pair;
  scorecard: Scorecard;
  /** The same plan on one primary with both CPU budgets, where that was run. */
  control?: RunRecord;
  /** Where the records lie, as links relative to the report. */
  links: RecordPaths;
}

/** Where each run.json lies. */
export interface RecordPaths extends Record<PairSide, string> {
  control?: string;
  /** Of trials, those of each pair that was scored. */
  pairs?: Omit<RecordPaths, 'pairs'>[];
}

/** One format of a report: how it is named, and its whole text. It writes nothing itself. */
export interface Reporter {
  fileName: string;
  /** @param options.colour whether it is for a terminal that shows colours */
  render(input: ReportInput, options?: { colour?: boolean }): string | Promise<string>;
}
