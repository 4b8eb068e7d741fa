import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isFreeForFile } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import { CATEGORIES } from '../../record/pure.js';
import { loadParser } from '../../router/sql/index.js';
import { type SqlEvent, TRACE_SCHEMA, type TraceHeader } from '../trace.js';
import { writeTrace } from '../trace-file.js';
import { Analyst, PRIORITY } from './analysis.js';
import { EventSorter } from './event-sorter.js';
import { inspectLogFiles, type LogFile, looksLike, NO_RECORD, readLog } from './log-files.js';
import { LogClock } from './log-time.js';
import { CUTS, type CutCode, checkSelection, type Selection, Selector } from './selection.js';
import type { CapturedDatabase, CapturedSession } from './session.js';
import { StatementReader } from './statement-reader.js';
import { SKIP_REASONS } from './statements.js';
import type { ImportSummary } from './summary.js';
import { type Place, Timeline } from './timeline.js';
import { warningsOf } from './warnings.js';

export interface ImportOptions extends Selection {
  /** Log files of one server, plain or gzip, in any order. */
  logFiles: string[];
  /** The trace to write. An older one is replaced once the new one is whole. */
  out: string;
  /** The database to replay; default: the one with the most statements. */
  database?: string;
  signal?: AbortSignal;
  /** Told now and then how many bytes of the files have been read. */
  onProgress?: (bytesRead: number, totalBytes: number) => void;
}

/**
 * Makes a trace of a PostgreSQL log (see LOG_FORMATS) that was written with `log_statement = all` or
 * `log_min_duration_statement = 0`. Memory stays flat: statements pass through a spill file beside the target.
 * @throws BenchError OPTION_INVALID, LOG_UNREADABLE, LOG_FORMAT, LOG_EMPTY, LOG_WITHOUT_STATEMENTS, UNKNOWN_DATABASE,
 * NOTHING_SELECTED, TRACE_UNWRITABLE; the signal's reason if it is aborted. In every case `out` stays as it was.
 */
export async function importLog(options: ImportOptions): Promise<ImportSummary> {
  const { out, signal } = options;
  checkSelection(options);
  await checkTarget(options);
  const files = await inspectLogFiles(options.logFiles);
  const sorter = new EventSorter(dirname(resolve(out)));
  try {
    await loadParser();
    const clock = new LogClock();
    const selector = new Selector(options, clock);
    const log = new StatementReader(new Analyst(), sorter, options.database, selector);
    const { tornRecords, timeline } = await readFiles(files, { log, clock }, options);
    const database = chooseDatabase(log, files, options.database);
    const header = headerOf(files, log, database);
    const { events, peak, longestPause } = traceEvents(sorter, log.sessions, database, signal);
    const { sha256 } = await writeTrace(out, header, events);
    const facts = { header, sha256, peak: peak(), longestPause: longestPause(), tornRecords };
    return summarize({ files, log, timeline, database }, facts);
  } catch (error) {
    throw sentenceFor(error, out);
  } finally {
    sorter.close();
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
  if (!(await isFreeForFile(out))) {
    throw new BenchError(
      'TRACE_UNWRITABLE',
      `Cannot write the trace ${out}: it exists and is no regular file.`,
    );
  }
}

async function readFiles(
  files: LogFile[],
  { log, clock }: { log: StatementReader; clock: LogClock },
  options: ImportOptions,
) {
  const { signal, onProgress } = options;
  const tornRecords: ImportSummary['tornRecords'] = { count: 0, first: [] };
  const damaged = ({ file, line }: Place, reason: string) => {
    tornRecords.count++;
    if (tornRecords.first.length < 10) tornRecords.first.push({ file: basename(file), line, reason });
  };
  const timeline = new Timeline({ record: (record, stampUs) => log.read(record, stampUs), damaged }, clock);
  const logs = files.filter(({ content }) => content === 'records');
  const totalBytes = logs.reduce((sum, file) => sum + file.bytes, 0);
  let bytesRead = 0;
  for (const file of logs) {
    const { path } = file;
    const reader = file.format!.reader!({
      record: (record, line) => timeline.add(record, { file: path, line }),
      torn: (line, reason) => damaged({ file: path, line }, reason),
    });
    const chunks = readLog(
      file,
      (bytes) => {
        bytesRead += bytes;
        onProgress?.(bytesRead, totalBytes);
      },
      (reason) => damaged({ file: path, line: reader.line }, reason),
    );
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      reader.push(chunk);
      if (reader.gaveUp) break;
    }
    reader.end();
  }
  timeline.end();
  log.end();
  return { tornRecords, timeline };
}

function chooseDatabase(
  log: StatementReader,
  files: LogFile[],
  wanted: string | undefined,
): CapturedDatabase {
  const names = files.map((file) => basename(file.path)).join(', ');
  if (log.records === 0) {
    const [only] = files.length === 1 ? files : [];
    if (only?.content === 'nothing') {
      throw new BenchError('LOG_EMPTY', `${names} is empty: there is nothing to import.`);
    }
    throw new BenchError(
      'LOG_FORMAT',
      `${names} ${only ? looksLike(only) : NO_RECORD}: record with ` +
        `log_destination = 'csvlog' and logging_collector = on, and import the .csv file.`,
    );
  }
  const left = nothingIn(wanted === undefined ? log.databases.values() : [log.databases.get(wanted)]);
  if (left) {
    const users = [...new Set(log.sessions.map(({ user }) => `"${user}"`))].slice(0, 20).join(', ');
    throw new BenchError(
      'NOTHING_SELECTED',
      `${names} holds nothing of what was asked for: ${left}. Its users are ${users}.`,
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

/** How everything of these databases was left out by what was asked for; undefined if it wasn't. */
function nothingIn(databases: Iterable<CapturedDatabase | undefined>): string | undefined {
  const cut = new Map<CutCode, number>();
  for (const database of databases) {
    if (database && database.statements > 0) return undefined;
    for (const [code, n] of database?.cuts ?? []) cut.set(code, (cut.get(code) ?? 0) + n);
  }
  if (cut.size === 0) return undefined;
  return ranked(cut)
    .map(([code, n]) => `${n} statements are ${CUTS[code]}`)
    .join(', ');
}

function headerOf(files: LogFile[], log: StatementReader, database: CapturedDatabase): TraceHeader {
  const first = basename(files[0]!.path);
  return {
    schema: TRACE_SCHEMA,
    kind: 'sql',
    workload: first,
    tellsFailures: true,
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

/** The chosen database's events in order, and, once they have all passed, the peak of open sessions and the longest pause. */
function traceEvents(
  sorter: EventSorter,
  sessions: CapturedSession[],
  database: CapturedDatabase,
  signal: AbortSignal | undefined,
) {
  let numbered = 0;
  let open = 0;
  let peak = 0;
  // The first is the header's.
  let line = 1;
  let longestPause: ImportSummary['longestPause'] = { seconds: 0, line: 0 };
  function* events(): Generator<SqlEvent> {
    let nowUs = 0;
    let closing = 0;
    for (const { startUs, session: index, category, text, values } of sorter.sorted()) {
      const session = sessions[index]!;
      if (session.database !== database) continue;
      const dueUs = Math.round(startUs - database.firstUs);
      line++;
      if (dueUs > nowUs) {
        signal?.throwIfAborted();
        open -= closing;
        closing = 0;
        const seconds = (dueUs - nowUs) / 1e6;
        if (seconds > longestPause.seconds) longestPause = { seconds, line };
        nowUs = dueUs;
      }
      const isFirst = session.number === 0;
      if (isFirst) {
        session.number = ++numbered;
        peak = Math.max(peak, ++open);
      }
      const failed = session.failureAt(session.statements - session.remaining);
      if (--session.remaining === 0) closing++;
      const name = CATEGORIES[category]!;
      yield {
        dueUs,
        session: session.number,
        category: name,
        priority: PRIORITY[name],
        sql: { text, values },
        user: isFirst && session.user !== '' ? session.user : undefined,
        failed,
      };
    }
  }
  return { events: events(), peak: () => peak, longestPause: () => longestPause };
}

function summarize(
  {
    files,
    log,
    timeline,
    database,
  }: { files: LogFile[]; log: StatementReader; timeline: Timeline; database: CapturedDatabase },
  made: Pick<ImportSummary, 'header' | 'sha256' | 'peak' | 'longestPause' | 'tornRecords'>,
): ImportSummary {
  const { reads, readsInReadWrite, readsThatCouldBeReadOnly } = database.tally;
  const facts = {
    ...made,
    events: database.statements,
    sessions: database.sessions,
    durationS: (database.lastUs - database.firstUs) / 1e6,
    database: database.name,
    databases: log.byStatements().map(({ name, statements }) => ({ name, statements })),
    users: ranked(database.users).map(([name, statements]) => ({ name, statements })),
    statementsByKind: Object.fromEntries(ranked(database.kinds)),
    eventsByCategory: database.categories,
    failedInLog: database.failed,
    skipped: ranked(database.skipped).map(([code, statements]) => ({
      code,
      reason: SKIP_REASONS[code],
      statements,
    })),
    leftOut: ranked(database.cuts).map(([code, statements]) => ({ code, reason: CUTS[code], statements })),
    readsInReadWriteTransactions: {
      reads,
      inReadWrite: readsInReadWrite,
      share: reads === 0 ? 0 : readsInReadWrite / reads,
      couldBeReadOnly: readsThatCouldBeReadOnly,
    },
    recordsRead: log.records,
  };
  return { ...facts, warnings: [...warningsOf(facts, { files, log, timeline })] };
}

function ranked<Key extends string>(counters: Map<Key, number>): [Key, number][] {
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
