import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { BenchError, messageOf } from '../../machine/pure.js';
import { CATEGORIES, type Category } from '../../record/pure.js';
import { loadParser } from '../../router/sql/index.js';
import { type SqlEvent, TRACE_SCHEMA, type TraceHeader } from '../trace.js';
import { writeTrace } from '../trace-file.js';
import { Analyst, PRIORITY } from './analysis.js';
import { EventSorter } from './event-sorter.js';
import { inspectLogFiles, type LogFile, readLog } from './log-files.js';
import { LogReader } from './log-reader.js';
import { RecordReader } from './records.js';
import type { CapturedDatabase, CapturedSession } from './session.js';
import { warningsOf } from './warnings.js';

export interface ImportOptions {
  /** csvlog files of one server, plain or gzip, in any order. */
  logFiles: string[];
  /** The trace to write. An older one is replaced once the new one is whole. */
  out: string;
  /** The database to replay; default: the one with the most statements. */
  database?: string;
  signal?: AbortSignal;
  /** Told now and then how many bytes of the files have been read. */
  onProgress?: (bytesRead: number, totalBytes: number) => void;
}

/** What went into a trace, and what did not. Holds no literal of the log: those are in the trace alone. */
export interface ImportSummary {
  header: TraceHeader;
  sha256: string;
  /** Statements in the trace. */
  events: number;
  sessions: number;
  /** The largest number of sessions between their first and last statement at any one time. */
  peak: number;
  durationS: number;
  database: string;
  /** Every database that the log names, the busiest first. */
  databases: { name: string; statements: number }[];
  /** Users of the replayed database, the busiest first. */
  users: { name: string; statements: number }[];
  statementsByKind: Record<string, number>;
  eventsByCategory: Record<Category, number>;
  /** Statements that failed when they were logged; they are part of the workload. */
  failedInLog: number;
  /** Statements of this database that can't be replayed, by reason. */
  skipped: { reason: string; statements: number }[];
  readsInReadWriteTransactions: {
    /** Statements that a replica could answer. */
    reads: number;
    /** Those of them inside a read-write transaction: a router keeps them on the primary. */
    inReadWrite: number;
    /** `inReadWrite` / `reads`; 0 if there is no read. */
    share: number;
    /** Those of them whose transaction wrote nothing: BEGIN READ ONLY would set them free. */
    couldBeReadOnly: number;
  };
  /** Log records read, of every kind and database. */
  recordsRead: number;
  /** Damaged records, and where the first ten are. */
  tornRecords: { count: number; first: { file: string; line: number; reason: string }[] };
  warnings: string[];
}

/**
 * Makes a trace of a PostgreSQL csvlog that was written with `log_statement = all` or
 * `log_min_duration_statement = 0`. Memory stays flat: statements pass through a spill file beside the target.
 * @throws BenchError LOG_UNREADABLE, LOG_FORMAT, LOG_EMPTY, LOG_WITHOUT_STATEMENTS, UNKNOWN_DATABASE,
 * TRACE_UNWRITABLE; the signal's reason if it is aborted. In every case `out` stays as it was.
 */
export async function importCsvlog(options: ImportOptions): Promise<ImportSummary> {
  const { out, signal } = options;
  await checkTarget(options);
  const files = await inspectLogFiles(options.logFiles);
  const partial = `${out}.partial`;
  const sorter = new EventSorter(`${out}.spill`);
  try {
    await loadParser();
    const log = new LogReader(new Analyst(), sorter, options.database);
    const tornRecords = await readFiles(files, log, options);
    const database = chooseDatabase(log, files, options.database);
    const header = headerOf(files, log, database);
    const { events, peak } = traceEvents(sorter, log.sessions, database, signal);
    const { sha256 } = await writeTrace(partial, header, events);
    await rename(partial, out);
    return summarize(header, sha256, peak(), files, log, database, tornRecords);
  } catch (error) {
    throw sentenceFor(error, out);
  } finally {
    sorter.close();
    await rm(partial, { force: true });
  }
}

async function checkTarget({ logFiles, out }: ImportOptions): Promise<void> {
  if (logFiles.some((path) => resolve(path) === resolve(out))) {
    throw new BenchError('TRACE_UNWRITABLE', `${out} is the log itself: name another file for the trace.`);
  }
  const folder = dirname(resolve(out));
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new BenchError('TRACE_UNWRITABLE', `Cannot write the trace ${out}: there is no folder ${folder}.`);
  }
  const target = await stat(out).catch(() => undefined);
  if (target && !target.isFile()) {
    throw new BenchError(
      'TRACE_UNWRITABLE',
      `Cannot write the trace ${out}: it exists and is no regular file.`,
    );
  }
}

async function readFiles(files: LogFile[], log: LogReader, options: ImportOptions) {
  const { signal, onProgress } = options;
  const torn: ImportSummary['tornRecords'] = { count: 0, first: [] };
  const csvlogs = files.filter((file) => !file.looksLike);
  const totalBytes = csvlogs.reduce((sum, file) => sum + file.bytes, 0);
  let bytesRead = 0;
  for (const file of csvlogs) {
    const report = (line: number, reason: string) => {
      torn.count++;
      if (torn.first.length < 10) torn.first.push({ file: basename(file.path), line, reason });
    };
    const reader = new RecordReader({ record: (columns) => log.read(columns), torn: report });
    const chunks = readLog(
      file,
      (bytes) => {
        bytesRead += bytes;
        onProgress?.(bytesRead, totalBytes);
      },
      (reason) => report(reader.line, reason),
    );
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      reader.push(chunk);
    }
    reader.end();
  }
  return torn;
}

function chooseDatabase(log: LogReader, files: LogFile[], wanted: string | undefined): CapturedDatabase {
  const names = files.map((file) => basename(file.path)).join(', ');
  if (log.records === 0) {
    const looksLike = files.length === 1 ? files[0]!.looksLike : undefined;
    if (looksLike === 'empty') {
      throw new BenchError('LOG_EMPTY', `${names} is empty: there is nothing to import.`);
    }
    throw new BenchError(
      'LOG_FORMAT',
      `${names} holds no csvlog record${looksLike ? ` (it looks like ${looksLike})` : ''}: record with ` +
        `log_destination = 'csvlog' and logging_collector = on, and import the .csv file.`,
    );
  }
  const busiest = log.byStatements()[0];
  if (!busiest || busiest.statements === 0) {
    throw new BenchError(
      'LOG_WITHOUT_STATEMENTS',
      log.foreignRecords > 0
        ? `${names} is written in another language than English: record with lc_messages = 'C'.`
        : `${names} holds ${log.records} records but no statement to replay: record with log_statement = 'all' or ` +
            'log_min_duration_statement = 0.',
    );
  }
  const chosen = wanted === undefined ? busiest : log.databases.get(wanted);
  if (!chosen || chosen.statements === 0) {
    const known = log.byStatements().map((database) => `"${database.name}" (${database.statements})`);
    throw new BenchError(
      'UNKNOWN_DATABASE',
      `${names} holds no statement of a database "${wanted}": it has statements of ${known.join(', ')}.`,
    );
  }
  return chosen;
}

function headerOf(files: LogFile[], log: LogReader, database: CapturedDatabase): TraceHeader {
  const first = basename(files[0]!.path);
  return {
    schema: TRACE_SCHEMA,
    kind: 'sql',
    workload: first,
    meta: {
      source: first,
      files: files.length,
      database: database.name,
      serverVersion: log.serverVersion ?? null,
      sessions: database.sessions,
      statements: database.statements,
    },
  };
}

/** The chosen database's events in order, and, once they have all passed, the peak of open sessions. */
function traceEvents(
  sorter: EventSorter,
  sessions: CapturedSession[],
  database: CapturedDatabase,
  signal: AbortSignal | undefined,
) {
  let numbered = 0;
  let open = 0;
  let peak = 0;
  function* events(): Generator<SqlEvent> {
    let nowUs = 0;
    let closing = 0;
    for (const { startUs, session: index, category, text, values } of sorter.sorted()) {
      const session = sessions[index]!;
      if (session.database !== database) continue;
      const dueUs = Math.round(startUs - database.firstUs);
      if (dueUs > nowUs) {
        signal?.throwIfAborted();
        open -= closing;
        closing = 0;
        nowUs = dueUs;
      }
      if (session.number === 0) {
        session.number = ++numbered;
        peak = Math.max(peak, ++open);
      }
      if (--session.remaining === 0) closing++;
      const name = CATEGORIES[category]!;
      yield {
        dueUs,
        session: session.number,
        category: name,
        priority: PRIORITY[name],
        sql: { text, values },
      };
    }
  }
  return { events: events(), peak: () => peak };
}

function summarize(
  header: TraceHeader,
  sha256: string,
  peak: number,
  files: LogFile[],
  log: LogReader,
  database: CapturedDatabase,
  tornRecords: ImportSummary['tornRecords'],
): ImportSummary {
  const { reads, readsInReadWrite, readsThatCouldBeReadOnly } = database.tally;
  const facts = {
    header,
    sha256,
    events: database.statements,
    sessions: database.sessions,
    peak,
    durationS: (database.lastUs - database.firstUs) / 1e6,
    database: database.name,
    databases: log.byStatements().map(({ name, statements }) => ({ name, statements })),
    users: ranked(database.users).map(([name, statements]) => ({ name, statements })),
    statementsByKind: Object.fromEntries(ranked(database.kinds)),
    eventsByCategory: database.categories,
    failedInLog: database.failed,
    skipped: ranked(database.skipped).map(([reason, statements]) => ({ reason, statements })),
    readsInReadWriteTransactions: {
      reads,
      inReadWrite: readsInReadWrite,
      share: reads === 0 ? 0 : readsInReadWrite / reads,
      couldBeReadOnly: readsThatCouldBeReadOnly,
    },
    recordsRead: log.records,
    tornRecords,
  };
  return { ...facts, warnings: warningsOf(facts, log, files) };
}

function ranked(counters: Map<string, number>): [string, number][] {
  return [...counters].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function sentenceFor(error: unknown, out: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof BenchError || !(error instanceof Error) || typeof code !== 'string') return error;
  if (code === 'ABORT_ERR') return error;
  const problem =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
      ? 'the disk is full (an import needs about twice the size of the trace)'
      : messageOf(error);
  return new BenchError('TRACE_UNWRITABLE', `Cannot write the trace ${out}: ${problem}.`, { cause: error });
}
