import type { SessionIds } from './session-ids.js';

/** One record of a server's log, in whatever format it was written. What a format does not hold is ''. */
export interface LogRecord {
  /** As written, such as `2025-11-30 21:10:20.507 CET`: see LogClock. */
  time: string;
  user: string;
  database: string;
  /** What tells one session's records from another's. */
  session: string;
  /** That its session's name is that of others as well, for nothing tells them apart. */
  isOfMany?: boolean;
  severity: string;
  /** `00000` where nothing failed. */
  sqlState: string;
  message: string;
  detail: string;
  context: string;
  /** The statement that an error is about. */
  query: string;
  /** The session's transaction by its own count, `3/17`, or `3/0` outside of one; undefined where the format doesn't say. */
  virtualTransaction?: string;
  /** `client backend` where a client's session wrote it; undefined before PostgreSQL 13, which does not say. */
  backendType: string | undefined;
}

/** What a statement's database is called where the log doesn't say it, in PostgreSQL's own word. */
export const UNKNOWN_DATABASE = '[unknown]';

/** Whether a record is the last that its session writes. */
export function endsSession({ isOfMany, severity, message }: LogRecord): boolean {
  return !isOfMany && (severity === 'FATAL' || message.startsWith('disconnection: '));
}

/** What a reader tells while it is given a log. */
export interface LogHandlers {
  /** Whether more than the time and the session of a session's records is wanted. Undefined: of all. */
  wants?(session: string): boolean;
  /** @param line the file's line, from 1, on which it begins */
  record(record: LogRecord, line: number): void;
  /** @param line the file's line, from 1, at which the damage begins */
  torn(line: number, reason: string): void;
  /** What the files before it told of sessions, which go on in this one. */
  sessions?: SessionIds;
}

/** What a log may not say, though a replay needs it. */
export type LogLack = 'milliseconds' | 'sessions' | 'database' | 'user' | 'sqlStates';

/** That lines begin with another `log_line_prefix` than those before them. */
export interface PrefixChange {
  prefix: string;
  /** The file's first line that does, from 1. */
  line: number;
}

/** Cuts one file into records, chunk by chunk. It survives damage: what is torn is told, and reading goes on. */
export interface LogReader {
  /** The line that the unfinished record begins on. */
  readonly line: number;
  /** It has met so much that is no record that no record is to be expected any more, and it has told so. */
  readonly gaveUp: boolean;
  /** What the records that were read don't say. Undefined where the format says it all. */
  readonly lacks?: ReadonlySet<LogLack>;
  /** The `log_line_prefix` by which it reads. Undefined where that is of no concern, or unknown. */
  readonly prefix?: string;
  /** The others that its lines turned out to have further on. */
  readonly prefixChanges?: readonly PrefixChange[];
  /** @param chunk is written over once this returns */
  push(chunk: Buffer): void;
  /** Call it once, after the last chunk. */
  end(): void;
}

/** A format in which a server writes its log. */
export interface LogFormat {
  /** As PostgreSQL names it: `csvlog`. */
  name: string;
  /** @param start the first part of a file, up to 64 KiB, which may begin in the middle of a record */
  looksLike(start: string): boolean;
  /** @param prefix the server's `log_line_prefix`; default: what the lines look like, if the format has any */
  reader(handlers: LogHandlers, prefix?: string): LogReader;
}
