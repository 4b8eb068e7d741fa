import { basename } from 'node:path';
import { type Masking, StatementMask } from '../mask/index.js';
import { Analyst } from './analysis.js';
import type { CapturedLog } from './captured-log.js';
import { EventSorter, type SortedRun } from './event-sorter.js';
import { type LogFile, readLog } from './log-files.js';
import type { LogLack, PrefixChange } from './log-record.js';
import { LogClock } from './log-time.js';
import { type Selection, Selector } from './selection.js';
import { processOf } from './session-ids.js';
import { type Overlap, Sources } from './sources.js';
import { StatementReader } from './statement-reader.js';
import type { ImportSummary } from './summary.js';
import { hashOf } from './text-table.js';
import { type Met, type Place, Timeline } from './timeline.js';

/** A share of a log's sessions. */
export interface Share {
  part: number;
  of: number;
}

/** What of a log is wanted. */
export interface Wanted extends Selection {
  /** The server's `log_line_prefix`, for a plain log; default: what its lines look like. */
  prefix?: string;
  /** The database to replay: of others' statements no more than their number is needed; default: the one with the most statements. */
  database?: string;
  /** Has literals and parameters masked; what masks a copy of the database alike is written beside the trace. */
  mask?: Masking;
}

export interface PartRequest {
  share: Share;
  wanted: Wanted;
  /** The file for the part's statements: open, and empty. */
  spill: number;
}

export interface PartOfLog {
  log: CapturedLog;
  /** Where its statements are in the spill file. */
  runs: SortedRun[];
  /** What its sessions' records don't say. */
  lacks: Set<LogLack>;
  /** The same of each part. */
  damage: ImportSummary['tornRecords'];
  times: LogTimes;
  prefixChanges: (PrefixChange & { file: string })[];
}

/** How the times of a log go on. */
export interface LogTimes {
  setBacks: Met;
  overlap: Overlap | undefined;
  unknownZones: Set<string>;
}

/**
 * Reads a log from end to end, and puts the statements of a share of its sessions into a file. Whatever depends on the
 * order of the records depends on that of one session, but for their times: these are followed in all of them.
 * The router's `loadParser()` must have been awaited.
 * @throws BenchError LOG_UNREADABLE, OPTION_INVALID; the file system's error if the file can't be written
 */
export async function readPart(
  files: LogFile[],
  { share, wanted, spill }: PartRequest,
  { signal, onBytes }: { signal?: AbortSignal; onBytes(bytes: number): void },
): Promise<PartOfLog> {
  const damage: PartOfLog['damage'] = { count: 0, first: [] };
  const damaged = ({ file, line }: Place, reason: string) => {
    damage.count++;
    if (damage.first.length < 10) damage.first.push({ file: basename(file), line, reason });
  };
  const clock = new LogClock();
  const sorter = new EventSorter(spill);
  const selector = new Selector(wanted, clock);
  const mask = wanted.mask && new StatementMask(wanted.mask);
  const statements = new StatementReader(new Analyst(), sorter, wanted.database, selector, mask);
  const isOwn = sessionsOf(share);
  let records = 0;
  const timeline = new Timeline(
    {
      record(record, stampUs) {
        const place = records++;
        if (!isOwn || isOwn(record.session)) statements.read(record, stampUs, place);
      },
      damaged,
    },
    clock,
  );
  const lacks = new Set<LogLack>();
  const prefixChanges: PartOfLog['prefixChanges'] = [];
  const sources = new Sources(isOwn);
  for (const file of files) {
    const { path } = file;
    const source = sources.of(file);
    const { wants, sessions } = source;
    const reader = file.format!.reader(
      {
        wants,
        record(record, line) {
          record.session = source.named(record.session);
          timeline.add(record, { file: path, line });
        },
        torn: (line, reason) => damaged({ file: path, line }, reason),
        sessions,
      },
      file.prefix,
    );
    const chunks = readLog(file, onBytes, (reason) => damaged({ file: path, line: reader.line }, reason));
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      reader.push(chunk);
      if (reader.gaveUp) break;
    }
    reader.end();
    source.endUs = Math.max(source.endUs, timeline.endUs);
    for (const lack of reader.lacks ?? []) lacks.add(lack);
    for (const change of reader.prefixChanges ?? []) prefixChanges.push({ ...change, file: basename(path) });
  }
  timeline.end();
  const { setBacks } = timeline;
  const log = statements.end();
  const times = { setBacks, overlap: sources.overlap, unknownZones: clock.unknownZones };
  return { log, runs: sorter.end(), damage, times, lacks, prefixChanges };
}

/** Tells whose a session is: by its process alone, so that all parts agree, and each knows all sessions of a process. */
function sessionsOf({ part, of }: Share): ((session: string) => boolean) | undefined {
  return of === 1 ? undefined : (session) => hashOf(processOf(session)) % of === part;
}
