import { basename } from 'node:path';
import { type LogFile, looksLike } from './log-files.js';
import type { StatementReader } from './statement-reader.js';
import type { ImportSummary } from './summary.js';

/** So many statements, none of them short, are no chance: on any server most take less than a millisecond. */
const ENOUGH_TIMED = 20;
/** So many statements, each of which changes something, are no chance either: transactions are begun, rows are read. */
const ENOUGH_STARTED = 20;

/** What a user should know before trusting a replay of this trace, each in one sentence. */
export function* warningsOf(
  summary: Omit<ImportSummary, 'warnings'>,
  log: StatementReader,
  files: LogFile[],
): Generator<string> {
  const { database, databases, events, tornRecords, skipped } = summary;
  if (databases.length > 1) {
    const others = databases.filter((one) => one.name !== database);
    const left = others.reduce((sum, one) => sum + one.statements, 0);
    yield `The log names ${databases.length} databases: "${database}" is replayed (${events} statements), ${left} ` +
      `statements of the others are left out; choose with --database.`;
  }

  for (const file of files) {
    if (file.content !== 'records') yield `${basename(file.path)} was left out: it ${looksLike(file)}.`;
  }
  const [first] = tornRecords.first;
  if (first) {
    yield `${tornRecords.count} damaged ${tornRecords.count === 1 ? 'record was' : 'records were'} left out, the ` +
      `first at ${first.file}, line ${first.line} (${first.reason}).`;
  }

  for (const zone of log.clock.unknownZones) {
    yield `The time zone ${zone} is not known here: its times were taken as those of the log's first zone.`;
  }
  if (log.misencoded > 0) {
    yield `${log.misencoded} statements hold bytes that are not UTF-8, replaced by U+FFFD: their literals differ.`;
  }
  if (log.timedStatements >= ENOUGH_TIMED && log.shortestUs >= 1000) {
    yield `No statement of the log took less than ${log.shortestUs / 1000} ms: if log_min_duration_statement was ` +
      'above 0, this is only the slow part of the workload.';
  }
  if (log.startedStatements >= ENOUGH_STARTED && log.startedOfAll === 0) {
    yield 'All statements that were logged at their start change data or definitions: if log_statement was "mod" or "ddl", ' +
      'reads are missing, but for those that took longer than the limit of a duration: record with log_statement = all.';
  }
  if (skipped.some(({ code }) => code === 'copyData')) {
    yield 'Rows that came in by COPY FROM STDIN are not in the log: later statements may miss them.';
  }

  const { reads, inReadWrite, couldBeReadOnly } = summary.readsInReadWriteTransactions;
  if (reads === 0) {
    yield `None of the ${events} statements could be answered by a replica: a split run would send it nothing.`;
  } else if (inReadWrite === reads) {
    yield `Every read of this trace is inside a read-write transaction, so a replica gets nothing; declared READ ONLY, ` +
      `the transactions that only read would free ${couldBeReadOnly} of ${reads} reads for it.`;
  }
}
