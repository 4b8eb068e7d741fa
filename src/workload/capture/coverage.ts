import type { Analysis } from './analysis.js';

/** So many statements, none of them short, are no chance: on any server most take less than a millisecond. */
const ENOUGH_TIMED = 20;
/** So many statements, each of which changes something, are no chance either: transactions are begun, rows are read. */
const ENOUGH_STARTED = 20;
const SHORT_US = 1000;
/** Some applications end transactions that never began; where statements are drawn by lot, most edges miss the other. */
const MOST_BROKEN = 0.1;
const ENOUGH_BROKEN = 5;
/** A driver that prepares a statement, or describes it, makes a transaction of that: up to two for one that is logged. */
const MOST_UNSEEN = 3;
const ENOUGH_NUMBERED = 50;

/** Kinds of statement that `log_statement = mod` logs at their start. */
const LOGGED_BY_MOD =
  /^(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|PREPARE|EXECUTE|CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT)$/;

/** Settings that leave statements out of a log, by the values that do. */
const LEAVES_OUT: Record<string, (value: string) => boolean> = {
  log_min_duration_statement: (value) => Number.parseFloat(value) > 0,
  log_statement_sample_rate: (value) => Number(value) < 1,
  log_transaction_sample_rate: (value) => Number(value) > 0 && Number(value) < 1,
};

/** One session's transactions, as far as its log numbers them. */
export interface NumberedTransactions {
  /** The server's own number of the one seen last; 0 before the first. */
  last: number;
  /** How many were seen to begin since then. */
  begun: number;
}

/** What tells whether the log of a database has all its statements: counts, which those of other sessions add to. */
export class Coverage {
  /** Statements logged at their start, and those of them that only `log_statement = all` logs. */
  started = 0;
  startedOfAll = 0;
  /** Statements logged with their duration, at their end. */
  timed = 0;
  /** Statements known from their error alone. */
  failedOnly = 0;
  /** Statements that begin or end a transaction, and those of them without the other one. */
  edges = 0;
  brokenEdges = 0;
  /** Transactions that the server counted, and those of them that the log shows. */
  numbered = 0;
  seen = 0;
}

/** A statement logged at its start, as `log_statement` does. */
export function countStart(coverage: Coverage, { kind }: Analysis): void {
  coverage.started++;
  if (!LOGGED_BY_MOD.test(kind)) coverage.startedOfAll++;
}

/** @param isOpen whether a transaction is open before the statement */
export function countEdge(coverage: Coverage, { kind, transaction }: Analysis, isOpen: boolean): void {
  if (transaction === 'none') return;
  coverage.edges++;
  const isBegin = kind === 'BEGIN' || kind === 'START';
  const isCommit = kind === 'COMMIT' || kind === 'END';
  if ((isBegin && isOpen) || (isCommit && !isOpen)) coverage.brokenEdges++;
}

/** @param virtual the session's transaction as the log names it, `3/17`: its number, or 0 outside of one, is the second */
export function countNumbered(
  coverage: Coverage,
  transactions: NumberedTransactions,
  virtual: string | undefined,
): void {
  const number = Number(virtual?.slice(virtual.indexOf('/') + 1));
  if (!(number > 0) || number === transactions.last) return;
  if (transactions.last > 0 && number > transactions.last) {
    coverage.numbered += number - transactions.last;
    coverage.seen += transactions.begun;
  }
  transactions.last = number;
  transactions.begun = 0;
}

/** What a message of the server itself says of a setting that has statements left out from then on. */
export function settingThatLeavesOut(message: string): { name: string; value: string } | undefined {
  const [, name = '', value = ''] = /^parameter "(log_\w+)" changed to "(.*)"/.exec(message) ?? [];
  return LEAVES_OUT[name]?.(value) ? { name, value } : undefined;
}

interface Covered {
  coverage: Coverage;
  /** The shortest duration that was logged. */
  shortestUs: number;
}

/** Whether reads may be missing: if none was logged, that says nothing of what the application does. */
export function mayLackReads({ coverage, shortestUs }: Covered): boolean {
  return coverage.startedOfAll === 0 && shortestUs >= SHORT_US;
}

/** What is missing, as far as it shows, and the setting that would have it logged. */
export function* missingFrom(database: Covered): Generator<string> {
  const { coverage, shortestUs } = database;
  const { started, timed, failedOnly, edges, brokenEdges, numbered, seen } = coverage;
  const timedAreSlow = timed >= ENOUGH_TIMED && shortestUs >= SHORT_US;
  if (timedAreSlow) {
    yield `No statement of the log took less than ${shortestUs / 1000} ms: if log_min_duration_statement was ` +
      'above 0, this is only the slow part of the workload: record with log_min_duration_statement = 0.';
  }
  if (started >= ENOUGH_STARTED && mayLackReads(database)) {
    yield 'All statements that were logged at their start change data or definitions: if log_statement was "mod" or "ddl", ' +
      'reads are missing, except for slow ones: record with log_statement = all.';
  }
  if (failedOnly > 0 && started + timed === 0) {
    yield 'Every statement of the log is one that failed: only errors were logged. Record with log_min_duration_statement = 0.';
  }
  if (brokenEdges >= ENOUGH_BROKEN && brokenEdges > MOST_BROKEN * edges) {
    yield `${brokenEdges} of ${edges} statements that begin or end a transaction lack their counterpart, as when ` +
      'statements are sampled (log_min_duration_sample, log_statement_sample_rate): record with log_min_duration_statement = 0.';
  } else if (numbered >= ENOUGH_NUMBERED && numbered > MOST_UNSEEN * seen && !timedAreSlow) {
    yield `The log shows ${seen} of ${numbered} transactions that the server counted in its sessions, as when they are ` +
      'sampled (log_transaction_sample_rate) or only some statements are logged: record with log_min_duration_statement = 0.';
  }
}
