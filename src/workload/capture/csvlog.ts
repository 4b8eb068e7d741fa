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
/** No statement is longer than a GB. Where no record begins for so long, the rest is no log: a file that inflates without end, say. */
const MAX_DAMAGE_BYTES = 1 << 30;

const FIRST_BUFFER_BYTES = 1 << 18;

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
 * Whatever the file holds, each byte of it is looked at a few times at most.
 *
 * Where records begin and end is decided here, by the pairing of quotes and by what stands at the start of a line;
 * the columns within are csv-parse's work.
 */
class CsvlogReader implements LogReader {
  gaveUp = false;
  /** What is still to be read stands in it from `#start` to `#end`. */
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  /** Where the unfinished record begins, the line that is, and where scanning goes on. */
  #start = 0;
  #line = 1;
  #scan = 0;
  #end = 0;
  /** Line breaks and parity of quotes between start and scan. */
  #breaks = 0;
  #open = false;
  /** Damage has been reported and no record has begun since. */
  #inDamage = false;
  /** Where lines begin says nothing any more: the next head is looked for, wherever it stands. */
  #seeking = false;
  /** What has come in since a record began. */
  #barrenBytes = 0;

  constructor(private readonly handlers: LogHandlers) {}

  get line(): number {
    return this.#line;
  }

  push(chunk: Buffer): void {
    if (this.gaveUp) return;
    this.#barrenBytes += chunk.length;
    this.#append(chunk);
    this.#advance(false);
    if (this.#barrenBytes > MAX_DAMAGE_BYTES) {
      this.#giveUp();
      return;
    }
    if (this.#end - this.#start <= MAX_RECORD_BYTES) return;
    this.#report(this.#line, `a record longer than ${MAX_RECORD_BYTES >> 20} MiB`);
    this.#begin(this.#scan, this.#line + this.#breaks);
    this.#seeking = true;
  }

  end(): void {
    if (!this.gaveUp) this.#advance(true);
  }

  #append(chunk: Buffer): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#end += chunk.copy(this.#buffer, this.#end);
  }

  /** What is kept fills at most half of the buffer: before it is moved again, as much as that has come in. */
  #makeRoom(bytes: number): void {
    const kept = this.#end - this.#start;
    const wanted = 2 * (kept + bytes);
    const buffer = wanted <= this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(wanted);
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#scan -= this.#start;
    this.#start = 0;
    this.#end = kept;
  }

  /** Reads what has come in: at once, which is fast, or, where something of it is damaged, piece by piece. */
  #advance(atEnd: boolean): void {
    if (!this.#seeking && this.#readAll(atEnd)) return;
    while (!this.#seeking || this.#seek()) {
      const span = this.#nextSpan(atEnd);
      if (!span) return;
      this.#readOne(span);
    }
  }

  /** @returns false, having read nothing, if not all of what has come in are whole records */
  #readAll(atEnd: boolean): boolean {
    const spans: Span[] = [];
    for (let span = this.#nextSpan(atEnd); span; span = this.#nextSpan(atEnd)) spans.push(span);
    const [first] = spans;
    if (!first) return true;
    const records = spans.every((span) => this.#isCandidate(span)) ? this.#records(spans) : undefined;
    if (!records) {
      this.#begin(first.start, first.line);
      return false;
    }
    this.#recover();
    records.forEach((record, i) => {
      this.handlers.record(record, spans[i]!.line);
    });
    return true;
  }

  #readOne(span: Span): void {
    const record = this.#isCandidate(span) ? this.#records([span])?.[0] : undefined;
    if (record) {
      this.#recover();
      this.handlers.record(record, span.line);
      return;
    }
    this.#report(span.line, span.cut ? 'a record without its end' : 'not a whole record');
    // Of several heads in it, the others were torn by the one after them.
    const head = lastHeadIn(this.#buffer.toString('latin1', span.start, span.end));
    if (head === undefined) this.#seeking = true;
    else this.#begin(span.start + head, span.line + breaksIn(this.#buffer, span.start, span.start + head));
  }

  /** Goes to the next head. @returns false if none has come in yet */
  #seek(): boolean {
    const text = this.#buffer.toString('latin1', this.#start, this.#end);
    HEAD_ANYWHERE.lastIndex = 0;
    const head = HEAD_ANYWHERE.exec(text);
    const passed = head?.index ?? Math.max(0, text.length - HEAD_BYTES);
    this.#begin(this.#start + passed, this.#line + breaksIn(this.#buffer, this.#start, this.#start + passed));
    this.#seeking = !head;
    if (head) this.#barrenBytes = 0;
    return !this.#seeking;
  }

  #giveUp(): void {
    this.gaveUp = true;
    const size = `${MAX_DAMAGE_BYTES >> 30} GiB`;
    this.handlers.torn(
      this.#line,
      `no record begins for ${size} before it: the rest of the file is left out`,
    );
  }

  /** The next stretch that ends in the buffer; undefined if none does. What is left over begins at `#start`. */
  #nextSpan(atEnd: boolean): Span | undefined {
    const buffer = this.#buffer;
    const end = this.#end;
    let open = this.#open;
    let at = this.#scan;
    for (; at < end; at++) {
      const byte = buffer[at]!;
      if (byte === QUOTE) open = !open;
      if (byte !== NEWLINE) continue;
      let cut = false;
      if (open) {
        // Within quotes a line break belongs to the text, unless a new record follows it.
        if (!atEnd && end - at <= HEAD_BYTES) break;
        cut = isHead(buffer, at + 1, end);
        if (!cut) {
          this.#breaks++;
          continue;
        }
      }
      const span = { start: this.#start, end: at + 1, line: this.#line, cut };
      this.#begin(at + 1, this.#line + this.#breaks + 1);
      if (!isBlank(buffer, span.start, at)) return span;
      open = false;
    }
    if (atEnd && !isBlank(buffer, this.#start, end)) {
      const span = { start: this.#start, end, line: this.#line, cut: open };
      this.#begin(end, this.#line + this.#breaks);
      return span;
    }
    this.#open = open;
    this.#scan = at;
    return undefined;
  }

  #begin(at: number, line: number): void {
    this.#start = this.#scan = at;
    this.#line = line;
    this.#breaks = 0;
    this.#open = false;
  }

  #isCandidate({ cut, start, end }: Span): boolean {
    return !cut && hasStamp(this.#buffer, start, end);
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

  #recover(): void {
    this.#inDamage = false;
    this.#barrenBytes = 0;
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

function isHead(buffer: Buffer, at: number, end: number): boolean {
  if (!hasStamp(buffer, at, end)) return false;
  HEAD_HERE.lastIndex = 0;
  return HEAD_HERE.test(buffer.toString('latin1', at, Math.min(at + HEAD_BYTES, end)));
}

function hasStamp(buffer: Buffer, at: number, end: number): boolean {
  const digit = buffer[at]! - 0x30;
  return (
    digit >= 0 && digit <= 9 && STAMP.test(buffer.toString('latin1', at, Math.min(at + STAMP_BYTES, end)))
  );
}

/** Where the last head in a text begins, but for one at its start. */
function lastHeadIn(text: string): number | undefined {
  let last: number | undefined;
  HEAD_ANYWHERE.lastIndex = 1;
  for (let head = HEAD_ANYWHERE.exec(text); head; head = HEAD_ANYWHERE.exec(text)) {
    last = head.index;
    HEAD_ANYWHERE.lastIndex = last + 1;
  }
  return last;
}

function breaksIn(buffer: Buffer, start: number, end: number): number {
  let breaks = 0;
  for (let at = start; at < end; at++) if (buffer[at] === NEWLINE) breaks++;
  return breaks;
}

function isBlank(buffer: Buffer, start: number, end: number): boolean {
  return end === start || (end === start + 1 && buffer[start] === RETURN);
}
