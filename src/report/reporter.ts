import type { Pair, Scorecard } from '../score/scorecard.js';

/** What a report is made from. */
export interface ReportInput {
  pair: Pair;
  scorecard: Scorecard;
  /** Where the records lie, as links relative to the report. */
  links: { baseline: string; split: string };
}

/** One format of a report: how it is named, and its whole text. It writes nothing itself. */
export interface Reporter {
  fileName: string;
  render(input: ReportInput): string | Promise<string>;
}
