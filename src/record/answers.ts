/**
 * What the reads of a run were answered: a file of its own beside run.json, gzipped lines of JSON. The first is the
 * {@link AnswersHeader}, each further one a {@link ReadAnswer}, in the order of the trace. Nothing in it can be read
 * back: questions and answers are hashes under a key that only who has the trace can make.
 */
export const ANSWERS_SCHEMA = 'splitbench.answers/2';
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

/** What a read answered, told by keyed hashes: two answers can be compared, and neither can be read. */
export interface Answer {
  /** Rows of a result, lines of a CSV file, or objects and array elements of a JSON document; 0 is "nothing there". */
  rows: number;
  exact: string;
  /** Of the same rows or array elements in whatever order. */
  unordered: string;
}

/** How an event ended: with an answer, or without one that could be compared. */
export type EventEnd = { event: number } & ({ answer: Answer } | { end: 'failed' | 'skipped' });

export type ReadAnswer = EventEnd & {
  /** Index into the header's statements. */
  statement: number;
  /** The same for reads that ask the same with the same parameters. */
  question: string;
};

export interface Answers {
  header: AnswersHeader;
  reads: ReadAnswer[];
}
