import type { LogLack, PrefixChange } from './log-record.js';

/** A line of a log. */
export interface LogLine {
  text: string;
  /** The file's line, from 1, on which it begins. */
  number: number;
  origin?: Origin;
}

/** What is known of a line besides what stands in it. */
export interface Origin {
  /** The process that wrote it; '' if unknown. */
  process: string;
  /** When it was written, as in a csvlog, perhaps without its milliseconds. */
  time: string;
}

/** Takes a log line by line. Damage that goes on from line to line need not be told more than once. */
export interface LineReader {
  /** See LogReader. */
  readonly lacks?: ReadonlySet<LogLack>;
  /** See LogReader. */
  readonly prefix?: string;
  /** See LogReader. */
  readonly prefixChanges?: readonly PrefixChange[];
  read(line: LogLine): void;
  /** A line that could not be had. */
  lost(number: number, reason: string): void;
  /** Call it once, after the last line. */
  end(): void;
}
