import { closeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isFreeForFile, openNameless, writeWhole } from '../../machine/index.js';
import { BenchError, formatCount, formatCounted, messageOf } from '../../machine/pure.js';
import { type MaskKinds, maskSql } from '../mask/index.js';
import { TRACE_SCHEMA, type TraceHeader } from '../trace.js';
import { writeTraceLines } from '../trace-file.js';
import { byStatements, type WholeLog, wholeOf } from './captured-log.js';
import { merge } from './event-sorter.js';
import { inspectLogFiles, type LogFile, NO_RECORD, withoutRecords } from './log-files.js';
import { type LogLack, UNKNOWN_DATABASE } from './log-record.js';
import type { LogTimes, PartOfLog, Wanted } from './read-part.js';
import { partsFor, readParts } from './read-parts.js';
import { CUTS, type CutCode, checkSelection } from './selection.js';
import type { CapturedDatabase } from './session.js';
import { keepStandardInput, STANDARD_INPUT } from './standard-input.js';
import { SKIP_REASONS } from './statements.js';
import type { ImportSummary } from './summary.js';
import { type TraceFacts, traceLines } from './trace-lines.js';
import { warningsOf } from './warnings.js';

export interface ImportOptions extends Wanted {
  /** Log files of one server, compressed or not, in any order; `-` is what comes in on the standard input. */
  logFiles: string[];
  /** The trace to write. An older one is replaced once the new one is whole. */
  out: string;
  /** How many read the log at once; default: as many as the machine has cores for and the log is worth. */
  threads?: number;
  signal?: AbortSignal;
  /** Told now and then how many bytes of the files have been read. */
  onProgress?: (bytesRead: number, totalBytes: number) => void;
}

/**
 * Makes a trace of a PostgreSQL log (see LOG_FORMATS) that was written with `log_statement = all` or
 * `log_min_duration_statement = 0`. Memory stays flat: statements pass through a spill file beside the target.
 * @throws BenchError OPTION_INVALID, LOG_PREFIX, LOG_UNREADABLE, LOG_FORMAT, LOG_EMPTY, LOG_WITHOUT_STATEMENTS, UNKNOWN_DATABASE,
 * NOTHING_SELECTED, TRACE_UNWRITABLE; the signal's reason if it is aborted. In every case `out` stays as it was.
 */
export async function importLog(options: ImportOptions): Promise<ImportSummary> {
  const { out, signal } = options;
  checkSelection(options);
  await checkTarget(options);
  const folder = dirname(resolve(out));
  const open: number[] = [];
  const openSpill = () => {
    const spill = openNameless(folder);
    open.push(spill);
    return spill;
  };
  try {
    const standardInput = options.logFiles.includes(STANDARD_INPUT) ? openSpill() : undefined;
    if (standardInput !== undefined) await keepStandardInput(standardInput, signal);
    const files = await inspectLogFiles(options.logFiles, { prefix: options.prefix, standardInput });
    const logs = files.filter(({ content }) => content === 'records');
    const spills = Array.from({ length: options.threads ?? partsFor(logs) }, openSpill);
    const parts = await readFiles(logs, spills, options);
    const log = wholeOf(parts.map(({ log }) => log));
    const { damage, times, prefixChanges } = parts[0]!;
    const lacks = new Set(parts.flatMap(({ lacks }) => [...lacks]));
    const sorted = parts.map(({ runs }, part) => ({ file: spills[part]!, runs }));
    const database = chooseDatabase(log, files, options.database);
    const header = headerOf(files, { log, lacks, database, masked: options.mask?.kinds });
    const facts: TraceFacts = { peak: 0, longestPause: { seconds: 0, line: 0 } };
    const lines = traceLines(merge(sorted), log.sessions, database, { facts, signal });
    const { sha256 } = await writeTraceLines(out, header, lines);
    if (options.mask) await writeWhole(maskFileOf(out), maskSql(basename(out), options.mask.kinds));
    return summarize(
      { files, log, times, lacks, prefixChanges, database },
      { header, sha256, ...facts, tornRecords: damage },
    );
  } catch (error) {
    throw sentenceFor(error, out);
  } finally {
    open.forEach(closeSync);
  }
}

/** Where the SQL stands that masks a copy of the database as a trace is masked. */
export function maskFileOf(trace: string): string {
  return `${trace}.mask.sql`;
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

function readFiles(
  logs: LogFile[],
  spills: number[],
  { signal, onProgress, ...wanted }: ImportOptions,
): Promise<PartOfLog[]> {
  const totalBytes = logs.reduce((sum, file) => sum + file.bytes, 0);
  let bytesRead = 0;
  const onBytes = (bytes: number) => {
    bytesRead += bytes;
    onProgress?.(bytesRead, totalBytes);
  };
  return readParts(logs, { wanted, spills }, { signal, onBytes });
}

function chooseDatabase(log: WholeLog, files: LogFile[], wanted: string | undefined): CapturedDatabase {
  const names = files.map((file) => basename(file.path)).join(', ');
  if (log.counts.records === 0) {
    const [only] = files.length === 1 ? files : [];
    const what = only ? withoutRecords(only) : NO_RECORD;
    if (only?.content === 'nothing') {
      throw new BenchError('LOG_EMPTY', `${names} ${what}: there is nothing to import.`);
    }
    if (only?.kind) throw new BenchError('LOG_FORMAT', `${names} ${what}: ${only.kind.cure}.`);
    throw new BenchError(
      'LOG_FORMAT',
      `${names} ${what}: give the log_line_prefix of a plain log with --prefix, or record ` +
        `with log_destination = 'csvlog' and logging_collector = on, and import the .csv file.`,
    );
  }
  const left = nothingIn(wanted === undefined ? log.databases.values() : [log.databases.get(wanted)]);
  if (left) {
    const clients = log.sessions.flatMap(({ clients }) => clients);
    const users = [...new Set(clients.map(({ user }) => `"${user}"`))].slice(0, 20).join(', ');
    throw new BenchError(
      'NOTHING_SELECTED',
      `${names} holds nothing of what was asked for: ${left}. Its users are ${users}.`,
    );
  }
  const busiest = byStatements(log)[0];
  if (!busiest || busiest.statements === 0) {
    throw new BenchError(
      'LOG_WITHOUT_STATEMENTS',
      log.counts.foreignRecords > 0
        ? `${names} is written in another language than English: record with lc_messages = 'C'.`
        : `${names} holds ${formatCounted(log.counts.records, 'record')} but no statement to replay: record with log_statement = 'all' or ` +
            'log_min_duration_statement = 0.',
    );
  }
  const chosen = wanted === undefined ? busiest : log.databases.get(wanted);
  if (!chosen || chosen.statements === 0) {
    const known = byStatements(log).map(
      (database) => `"${database.name}" (${formatCount(database.statements)})`,
    );
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
    .map(([code, n]) => `${formatCount(n)} ${n === 1 ? 'statement is' : 'statements are'} ${CUTS[code]}`)
    .join(', ');
}

function headerOf(
  files: LogFile[],
  {
    log,
    lacks,
    database,
    masked,
  }: {
    log: WholeLog;
    lacks: ReadonlySet<LogLack>;
    database: CapturedDatabase;
    masked: MaskKinds | undefined;
  },
): TraceHeader {
  const first = basename(files[0]!.path);
  return {
    schema: TRACE_SCHEMA,
    kind: 'sql',
    workload: first,
    tellsFailures: !lacks.has('sqlStates'),
    meta: {
      source: first,
      files: files.length,
      database: database.name === UNKNOWN_DATABASE ? null : database.name,
      serverVersion: log.serverVersion?.name ?? null,
      sessions: database.sessions,
      statements: database.statements,
      ...(masked && { masked }),
    },
  };
}

function summarize(
  {
    files,
    log,
    times,
    lacks,
    prefixChanges,
    database,
  }: {
    files: LogFile[];
    log: WholeLog;
    times: LogTimes;
    lacks: ReadonlySet<LogLack>;
    prefixChanges: PartOfLog['prefixChanges'];
    database: CapturedDatabase;
  },
  made: Pick<ImportSummary, 'header' | 'sha256' | 'peak' | 'longestPause' | 'tornRecords'>,
): ImportSummary {
  const { reads, readsInReadWrite, readsThatCouldBeReadOnly } = database.tally;
  const facts = {
    ...made,
    events: database.statements,
    sessions: database.sessions,
    durationS: (database.lastUs - database.firstUs) / 1e6,
    database: database.name,
    databases: byStatements(log).map(({ name, statements }) => ({ name, statements })),
    users: ranked(database.users).map(([name, statements]) => ({ name, statements })),
    statementsByKind: Object.fromEntries(ranked(database.kinds)),
    eventsByCategory: database.categories,
    failedInLog: database.failed,
    skipped: ranked(database.skipped).map(([code, statements]) => ({
      code,
      reason: SKIP_REASONS[code],
      statements,
    })),
    maskLosses: made.header.meta.masked === undefined ? null : database.maskLosses,
    leftOut: ranked(database.cuts).map(([code, statements]) => ({ code, reason: CUTS[code], statements })),
    readsInReadWriteTransactions: {
      reads,
      inReadWrite: readsInReadWrite,
      share: reads === 0 ? 0 : readsInReadWrite / reads,
      couldBeReadOnly: readsThatCouldBeReadOnly,
    },
    recordsRead: log.counts.records,
    linePrefixes: [...new Set([...files, ...prefixChanges].flatMap(({ prefix }) => prefix ?? []))],
  };
  return { ...facts, warnings: [...warningsOf(facts, { files, log, times, lacks, prefixChanges })] };
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
