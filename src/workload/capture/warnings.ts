import { basename } from 'node:path';
import { formatCount, formatCounted, formatPercent, formatSpan } from '../../machine/pure.js';
import type { MaskLosses } from '../mask/index.js';
import type { WholeLog } from './captured-log.js';
import { mayLackReads, missingFrom } from './coverage.js';
import { type LogFile, withoutRecords } from './log-files.js';
import { LACKS } from './log-lacks.js';
import type { LogLack } from './log-record.js';
import type { LogTimes, PartOfLog } from './read-part.js';
import type { ImportSummary } from './summary.js';

/** Few would wait for so long in a replay. */
const LONG_PAUSE_S = 3600;

/** What a user should know before trusting a replay of this trace, each in one sentence. */
export function* warningsOf(
  summary: Omit<ImportSummary, 'warnings'>,
  {
    files,
    log,
    times,
    lacks,
    prefixChanges,
  }: {
    files: LogFile[];
    log: WholeLog;
    times: LogTimes;
    lacks: ReadonlySet<LogLack>;
    prefixChanges: PartOfLog['prefixChanges'];
  },
): Generator<string> {
  const { database, databases, events, longestPause, tornRecords, skipped, leftOut, maskLosses } = summary;
  if (databases.length > 1) {
    const others = databases.filter((one) => one.name !== database);
    const left = others.reduce((sum, one) => sum + one.statements, 0);
    yield `The log names ${databases.length} databases: "${database}" is replayed (${formatCounted(events, 'statement')}), ` +
      `not the others (${formatCounted(left, 'statement')}): choose with --database.`;
  }

  const sampledOut = leftOut.find(({ code }) => code === 'sample');
  if (sampledOut) {
    const share = events / (events + sampledOut.statements);
    yield `The trace is a sample, ${formatPercent(share * 100)} of the statements: it shows which node would get what, not how the servers ` +
      'bear the full load.';
  }
  for (const file of files) {
    if (file.content !== 'records') yield `${basename(file.path)} was left out: it ${withoutRecords(file)}.`;
  }
  const [first] = tornRecords.first;
  if (first) {
    yield `${formatCount(tornRecords.count)} damaged ${tornRecords.count === 1 ? 'record was' : 'records were'} left out, the ` +
      `first at ${first.file}, line ${first.line} (${first.reason}).`;
  }

  for (const { file, line, prefix } of prefixChanges) {
    yield `From line ${line} of ${file} on there are lines that begin with another log_line_prefix, read as '${prefix}': if that is ` +
      'not what it was changed to, cut the file there and import the parts one by one, each with its --prefix.';
  }

  for (const [lack, words] of Object.entries(LACKS)) if (lacks.has(lack as LogLack)) yield words;

  const { unknownZones, setBacks, overlap } = times;
  for (const zone of unknownZones) {
    yield `The time zone ${zone} is unknown: its times were read as if they were in the log's first zone.`;
  }
  if (setBacks.first) {
    const { file, line, seconds } = setBacks.first;
    yield `The times of the log go back ${timesOf(setBacks.count)}, the first time by ${formatSpan(seconds)} at ` +
      `${basename(file)}, line ${line}, as when a clock is set back: the trace continues from there.`;
  }
  if (overlap) {
    const { path, other, seconds } = overlap;
    const formats = new Set(
      files.flatMap(({ content, format }) => (content === 'records' ? format!.name : [])),
    );
    yield `Files overlap in time: ${basename(path)} begins ${formatSpan(seconds)} before ${basename(other)} ends. They are replayed ` +
      'side by side, as logs of several servers, and share no session.' +
      (formats.size > 1
        ? ` If one server wrote them in two formats (${[...formats].join(', ')}), each statement is in the trace twice: import one format alone.`
        : '');
  }
  if (longestPause.seconds > LONG_PAUSE_S) {
    yield `The longest pause of the trace is ${formatSpan(longestPause.seconds)}, before its line ${longestPause.line}: ` +
      'a replay waits that long, unless --skip-idle shortens it.';
  }
  const { misencoded } = log.counts;
  if (misencoded > 0) {
    yield `${misencoded} statements hold bytes that are not UTF-8: these were replaced by U+FFFD, so their literals differ.`;
  }
  const captured = log.databases.get(database)!;
  yield* missingFrom(captured);
  for (const [name, value] of log.leavingOut) {
    yield `${name} was set to "${value}" while the log was written: from then on statements are missing.`;
  }
  if (maskLosses) yield* lostToMask(maskLosses);
  if (skipped.some(({ code }) => code === 'copyData')) {
    yield 'Rows that came in by COPY FROM STDIN are not in the log: later statements may miss them.';
  }

  const { reads, inReadWrite, couldBeReadOnly } = summary.readsInReadWriteTransactions;
  if (reads === 0) {
    yield mayLackReads(captured)
      ? 'The log holds no reads, perhaps because the server was not asked to log them: this trace cannot tell whether a replica would ' +
        'take load off the primary. Record with log_statement = all or log_min_duration_statement = 0.'
      : `None of the ${events} statements could be answered by a replica: a split run would send it nothing.`;
  } else if (inReadWrite === reads) {
    yield `Every read of this trace is inside a read-write transaction, so a replica gets none. If the transactions ` +
      `that only read were declared READ ONLY, it could take ${couldBeReadOnly} of ${reads} reads.`;
  }
}

function* lostToMask({ order, pattern, unparseable }: MaskLosses): Generator<string> {
  if (order + pattern > 0) {
    yield `${order} masked values are compared by their order (<, BETWEEN), and ${pattern} are patterns (LIKE): in masked data, such ` +
      'conditions find other rows.';
  }
  if (unparseable > 0) {
    yield `${unparseable} texts that are not SQL were replaced by one that fails the same way: nothing tells which parts of them are values.`;
  }
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
