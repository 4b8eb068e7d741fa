import type { PairSide, RunRecord } from '../record/pure.js';
import type { Failure, Pair, Scorecard } from '../score/index.js';

/** What a report is made from. */
export interface ReportInput {
  /** What charts and tables show: of several pairs, one. */
  pair: Pair;
  scorecard: Scorecard;
  /** The same plan on one primary with the CPU of all nodes, where that was run. */
  control?: RunRecord;
  /** Where the records lie, as links relative to the report. */
  links: RecordPaths;
  /** The formats that are written with it. Default: it is not known, and taken to be all. */
  formats?: readonly string[];
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
  render(input: ReportInput, options?: ReportOptions): string | Promise<string>;
}

export interface ReportOptions {
  /** Whether it is for a terminal that shows colours. Default: false. */
  colour?: boolean;
  /** How many columns that terminal has, where there is one. */
  width?: number | null;
  /** What closes a gate, where a format knows of gates. Default: all of them. */
  failOn?: readonly Failure[] | undefined;
}
