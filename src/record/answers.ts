/**
 * What the reads of a run were answered: a file of its own beside run.json, gzipped lines of JSON. The first is the
 * {@link AnswersHeader}, each further one a {@link ReadAnswer}, in the order of the trace. Nothing in it can be read
 * back: questions and answers are hashes under a key that only who has the trace can make.
 */
export const ANSWERS_SCHEMA = 'splitbench.answers/1';
export const ANSWERS_FILE = 'answers.ndjson.gz';

export interface AnswersHeader {
  schema: typeof ANSWERS_SCHEMA;
  traceSha256: string;
  /** Reads in the trace, those that were never sent among them. */
  reads: number;
  statements: ReadStatement[];
}

export interface ReadStatement {
  /** Name of the operation, or the normalised statement. */
  name: string;
  /**
   * How much its answers tell. `certain`: nothing that it reads is written while the trace is played. `possible`:
   * something is, or can't be ruled out, so that answers may differ by chance. `none`: they differ anyway.
   */
  evidence: 'certain' | 'possible' | 'none';
  /** Why it isn't certain, in words; '' where it is. */
  because: string;
}

/**
 * One read. `statement` is an index into the header's; `question` is the same for reads that ask the same with the same
 * parameters; the rest is what came of it (see load/player/answer.ts).
 */
export type ReadAnswer =
  | [event: number, statement: number, question: string, rows: number, exact: string, unordered: string]
  | [event: number, statement: number, question: string, end: 'failed' | 'skipped'];

export interface Answers {
  header: AnswersHeader;
  reads: ReadAnswer[];
}
