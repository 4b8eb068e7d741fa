import { parse } from 'csv-parse/sync';
import type { LogFormat, LogHandlers, LogReader, LogRecord } from './log-record.js';

/** The server's csvlog: `log_destination = 'csvlog'`. */
export const csvlog: LogFormat = {
  name: 'csvlog',
  looksLike: (start) => new RegExp(HEAD).test(start),
  reader: (handlers) => new CsvlogReader(handlers),
};

/** Columns that the importer reads, by position (the same in every version). */
const COLUMN = {
  time: 0,
  user: 1,
  database: 2,
  session: 5,
  severity: 11,
  sqlState: 12,
  message: 13,
  detail: 14,
  context: 18,
  query: 19,
  backendType: 23,
} as const;

/** How many columns a record has: PostgreSQL 8.4, 9.0, 13, and 14 and later. */
const WIDTHS = new Set([22, 23, 24, 26]);

/**
 * The first columns of a record, up to the first character of its message. Within a quoted field every quote is
 * doubled, so not even a logged statement that quotes a csvlog matches: a quote that stands alone tells them apart.
 */
const QUOTED = '(?:"(?:[^"\\n]|"")*")?';
const HEAD =
  `\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [^\\s",]{1,12},${QUOTED},${QUOTED},\\d+,${QUOTED},` +
  `[0-9a-f]+\\.[0-9a-f]+,\\d+,${QUOTED},[^",\\n]*,[^",\\n]*,\\d*,[^",\\n]+,[0-9A-Z]{5},"(?:"")*[^"]`;
const HEAD_HERE = new RegExp(HEAD, 'y');
const HEAD_ANYWHERE = new RegExp(HEAD, 'g');
const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^\s",]{1,12},/;
const STAMP_BYTES = 40;
/** No head is longer: names have at most 63 bytes, a host name 255. */
const HEAD_BYTES = 2048;

/** A record longer than this is taken for damage: it would not leave memory flat. */
const MAX_RECORD_BYTES = 32 << 20;

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A stretch of the buffer that looks like one record. */
interface Span {
  start: number;
  end: number;
  line: number;
  /** Its quotes don't pair up: the next record, or the end of the file, came first. */
  cut: boolean;
}

/**
 * Cuts a csvlog file into records, chunk by chunk, and survives damage: a record torn by a crash, a lost part or a
 * line spliced by another writer is reported, and reading goes on at the next head of a record, be it in mid-line.
 *
 * Where records begin and end is decided here, by the pairing of quotes and by what stands at the start of a line;
 * the columns within are csv-parse's work.
 */
class CsvlogReader implements LogReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the unfinished record begins, the line that is, and where scanning goes on. */
  #start = 0;
  #line = 1;
  #scan = 0;
  /** Line breaks and parity of quotes between the two. */
  #breaks = 0;
  #open = false;
  /** Damage has been reported and no record has begun since. */
  #inDamage = false;

  constructor(private readonly handlers: LogHandlers) {}

  get line(): number {
    return this.#line;
  }

  push(chunk: Buffer): void {
    const rest = this.#buffer.subarray(this.#start);
    this.#buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    this.#scan -= this.#start;
    this.#start = 0;
    this.#advance(false);
    if (this.#buffer.length - this.#start > MAX_RECORD_BYTES) {
      this.#report(this.#line, `a record longer than ${MAX_RECORD_BYTES >> 20} MiB`);
      this.#line += this.#breaks;
      this.#begin(this.#scan);
    }
  }

  end(): void {
    this.#advance(true);
    if (this.#start >= this.#buffer.length) return;
    const last = { start: this.#start, end: this.#buffer.length, line: this.#line, cut: this.#open };
    this.#start = this.#scan = last.end;
    if (this.#settle([last]) !== undefined) this.end();
  }

  #advance(atEnd: boolean): void {
    for (;;) {
      const resumeAt = this.#settle(this.#scanSpans(atEnd));
      if (resumeAt === undefined) return;
    }
  }

  /** Finds the records that end in the buffer. What is left over begins at `#start`. */
  #scanSpans(atEnd: boolean): Span[] {
    const buffer = this.#buffer;
    const spans: Span[] = [];
    let open = this.#open;
    let at = this.#scan;
    for (; at < buffer.length; at++) {
      const byte = buffer[at]!;
      if (byte === QUOTE) open = !open;
      if (byte !== NEWLINE) continue;
      let cut = false;
      if (open) {
        // Within quotes a line break belongs to the text, unless a new record follows it.
        if (!atEnd && buffer.length - at <= HEAD_BYTES) break;
        cut = isHead(buffer, at + 1);
        if (!cut) {
          this.#breaks++;
          continue;
        }
      }
      if (!isBlank(buffer, this.#start, at))
        spans.push({ start: this.#start, end: at + 1, line: this.#line, cut });
      this.#line += this.#breaks + 1;
      this.#begin(at + 1);
      open = false;
    }
    this.#open = open;
    this.#scan = at;
    return spans;
  }

  #begin(at: number): void {
    this.#start = this.#scan = at;
    this.#breaks = 0;
    this.#open = false;
  }

  /**
   * Hands the records over.
   * @returns undefined, or where scanning resumes: a head that stands in the middle of a torn record
   */
  #settle(spans: Span[]): number | undefined {
    if (spans.length === 0) return undefined;
    const records = spans.some((span) => span.cut) ? undefined : this.#records(spans);
    if (records) {
      this.#inDamage = false;
      for (const record of records) this.handlers.record(record);
      return undefined;
    }
    for (const span of spans) {
      const isCandidate = !span.cut && hasStamp(this.#buffer, span.start);
      const record = isCandidate ? this.#records([span])?.[0] : undefined;
      if (record) {
        this.#inDamage = false;
        this.handlers.record(record);
        continue;
      }
      const text = this.#buffer.toString('latin1', span.start, span.end);
      this.#report(span.line, span.cut ? 'a record without its end' : 'not a whole record');
      HEAD_ANYWHERE.lastIndex = 1;
      const head = HEAD_ANYWHERE.exec(text);
      if (!head) continue;
      this.#line = span.line + text.slice(0, head.index).split('\n').length - 1;
      this.#begin(span.start + head.index);
      return this.#start;
    }
    return undefined;
  }

  /** Neighbouring records; undefined if one of them is none. */
  #records(spans: Span[]): LogRecord[] | undefined {
    try {
      const rows: string[][] = parse(this.#buffer.subarray(spans[0]!.start, spans.at(-1)!.end), {
        relax_column_count: true,
        record_delimiter: ['\n', '\r\n'],
        skip_empty_lines: true,
        max_record_size: 0,
      });
      return rows.length === spans.length && rows.every(isRecord) ? rows.map(recordOf) : undefined;
    } catch {
      return undefined;
    }
  }

  #report(line: number, reason: string): void {
    if (!this.#inDamage) this.handlers.torn(line, reason);
    this.#inDamage = true;
  }
}

function isRecord(columns: string[]): boolean {
  return (
    WIDTHS.has(columns.length) &&
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+$/.test(columns[COLUMN.time]!) &&
    /^[0-9a-f]+\.[0-9a-f]+$/.test(columns[COLUMN.session]!) &&
    columns[COLUMN.severity] !== ''
  );
}

function recordOf(columns: string[]): LogRecord {
  return {
    time: columns[COLUMN.time]!,
    user: columns[COLUMN.user]!,
    database: columns[COLUMN.database]!,
    session: columns[COLUMN.session]!,
    severity: columns[COLUMN.severity]!,
    sqlState: columns[COLUMN.sqlState]!,
    message: columns[COLUMN.message]!,
    detail: columns[COLUMN.detail]!,
    context: columns[COLUMN.context]!,
    query: columns[COLUMN.query]!,
    backendType: columns[COLUMN.backendType],
  };
}

function isHead(buffer: Buffer, at: number): boolean {
  if (!hasStamp(buffer, at)) return false;
  HEAD_HERE.lastIndex = 0;
  return HEAD_HERE.test(buffer.toString('latin1', at, at + HEAD_BYTES));
}

function hasStamp(buffer: Buffer, at: number): boolean {
  const digit = buffer[at]! - 0x30;
  return digit >= 0 && digit <= 9 && STAMP.test(buffer.toString('latin1', at, at + STAMP_BYTES));
}

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 1 && buffer[start] === RETURN);
}
