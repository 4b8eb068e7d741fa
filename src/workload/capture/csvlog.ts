import { CsvRow } from './csv-row.js';
import type { LogFormat, LogHandlers, LogReader, LogRecord } from './log-record.js';

/** The server's csvlog: `log_destination = 'csvlog'`. */
export const csvlog: LogFormat = {
  name: 'csvlog',
  looksLike: (start) => new RegExp(HEAD).test(start),
  reader: (handlers) => new CsvlogReader(handlers),
};

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
/** How a head begins, before its zone: a 0 stands for any digit. */
const STAMP = Buffer.from('0000-00-00 00:00:00.000 ');
const LONGEST_ZONE = 12;
/** No head is longer: names have at most 63 bytes, a host name 255. */
const HEAD_BYTES = 2048;

/** A record longer than this is taken for damage: it would not leave memory flat. */
const MAX_RECORD_BYTES = 32 << 20;
/** No statement is longer than a GB. Where no record begins for so long, the rest is no log: a file that inflates without end, say. */
const MAX_DAMAGE_BYTES = 1 << 30;

/** What comes in is read in pieces of at most that. */
const PIECE_BYTES = 1 << 18;
const SMALL_BUFFER_BYTES = 2 * PIECE_BYTES;
/** For records that don't fit a small one. As long as nothing was written to it, it is no memory but a number. */
const LARGE_BUFFER_BYTES = MAX_RECORD_BYTES + 2 * PIECE_BYTES;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A stretch of the buffer, up to where a record ends. */
interface Span {
  start: number;
  end: number;
  line: number;
  /** Its quotes don't pair up: the next record, or the end of the file, came first. */
  cut: boolean;
  /** Undefined: it is none. */
  record: LogRecord | undefined;
}

/**
 * Cuts a csvlog file into records, chunk by chunk, and survives damage: a record torn by a crash, a lost part or a
 * line spliced by another writer is reported, and reading goes on at the next head of a record, be it in mid-line.
 * Whatever the file holds, each byte of it is looked at a few times at most.
 *
 * Where records begin and end is decided here, by the pairing of quotes and by what stands at the start of a line.
 */
class CsvlogReader implements LogReader {
  gaveUp = false;
  /** What is still to be read stands in it from `#start` to `#end`. */
  #buffer = Buffer.allocUnsafe(SMALL_BUFFER_BYTES);
  /** Where the unfinished record begins, the line that is, and where scanning goes on. */
  #start = 0;
  #line = 1;
  #scan = 0;
  #end = 0;
  /** Line breaks between start and scan, and the columns there. */
  #breaks = 0;
  readonly #row = new CsvRow();
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
    for (let at = 0; at < chunk.length && !this.gaveUp; at += PIECE_BYTES) {
      this.#take(chunk.subarray(at, at + PIECE_BYTES));
    }
  }

  end(): void {
    if (!this.gaveUp) this.#advance(true);
  }

  #take(piece: Buffer): void {
    this.#barrenBytes += piece.length;
    if (this.#end + piece.length > this.#buffer.length) this.#makeRoom(piece.length);
    this.#end += piece.copy(this.#buffer, this.#end);
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

  /** Moves what is kept to the start of the buffer. It ends before the next move, so each byte is moved once at most. */
  #makeRoom(bytes: number): void {
    const kept = this.#buffer.subarray(this.#start, this.#end);
    if (kept.length + bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(LARGE_BUFFER_BYTES);
    kept.copy(this.#buffer);
    this.#scan -= this.#start;
    this.#start = 0;
    this.#end = kept.length;
  }

  /** Reads what has come in. */
  #advance(atEnd: boolean): void {
    while (!this.#seeking || this.#seek()) {
      const span = this.#nextSpan(atEnd);
      if (!span) return;
      if (span.record) {
        this.#inDamage = false;
        this.#barrenBytes = 0;
        this.handlers.record(span.record, span.line);
      } else this.#passOver(span);
    }
  }

  #passOver({ start, end, line, cut }: Span): void {
    this.#report(line, cut ? 'a record without its end' : 'not a whole record');
    // Of several heads in it, the others were torn by the one after them.
    const head = lastHeadIn(this.#buffer.toString('latin1', start, end));
    if (head === undefined) this.#seeking = true;
    else this.#begin(start + head, line + breaksIn(this.#buffer, start, start + head));
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
    const row = this.#row;
    const end = this.#end;
    let at = this.#scan;
    for (; ; at++) {
      // Most bytes mean nothing, and are passed over by a loop that does nothing else.
      if (row.open) while (at < end && buffer[at] !== QUOTE && buffer[at] !== NEWLINE) at++;
      else while (at < end && buffer[at] !== QUOTE && buffer[at] !== COMMA && buffer[at] !== NEWLINE) at++;
      if (at >= end) break;
      const byte = buffer[at]!;
      if (byte === QUOTE) row.quote(buffer, this.#start, at - this.#start);
      else if (byte === COMMA) row.endColumn(buffer, this.#start, at - this.#start);
      else {
        let cut = false;
        if (row.open) {
          // Within quotes a line break belongs to the text, unless a new record follows it.
          if (!atEnd && end - at <= HEAD_BYTES) break;
          cut = isHead(buffer, at + 1, end);
          if (!cut) {
            this.#breaks++;
            continue;
          }
        }
        const span = this.#endSpan(at, at + 1, cut);
        if (span) return span;
      }
    }
    this.#scan = at;
    return atEnd ? this.#endSpan(end, end, row.open) : undefined;
  }

  /** @returns undefined if it is an empty line */
  #endSpan(textEnd: number, end: number, cut: boolean): Span | undefined {
    const start = this.#start;
    const line = this.#line;
    const isBlank = textEnd === start || (textEnd === start + 1 && this.#buffer[start] === RETURN);
    const isRecord = !cut && hasStamp(this.#buffer, start, textEnd);
    const record = isRecord ? this.#row.end(this.#buffer, start, textEnd, this.handlers.wants) : undefined;
    this.#begin(end, line + this.#breaks + (end > textEnd ? 1 : 0));
    return isBlank ? undefined : { start, end, line, cut, record };
  }

  #begin(at: number, line: number): void {
    this.#start = this.#scan = at;
    this.#line = line;
    this.#breaks = 0;
    this.#row.begin();
  }

  #report(line: number, reason: string): void {
    if (!this.#inDamage) this.handlers.torn(line, reason);
    this.#inDamage = true;
  }
}

function isHead(buffer: Buffer, at: number, end: number): boolean {
  if (!hasStamp(buffer, at, end)) return false;
  HEAD_HERE.lastIndex = 0;
  return HEAD_HERE.test(buffer.toString('latin1', at, Math.min(at + HEAD_BYTES, end)));
}

/** Whether a time and its zone stand there, and a comma behind them. */
function hasStamp(buffer: Buffer, start: number, end: number): boolean {
  const zone = start + STAMP.length;
  if (zone >= end) return false;
  for (let i = 0; i < STAMP.length; i++) {
    const byte = buffer[start + i]!;
    if (STAMP[i] === ZERO ? byte < ZERO || byte > ZERO + 9 : byte !== STAMP[i]) return false;
  }
  const last = Math.min(end - 1, zone + LONGEST_ZONE);
  let at = zone;
  while (at < last && buffer[at]! > SPACE && buffer[at] !== QUOTE && buffer[at] !== COMMA) at++;
  return at > zone && buffer[at] === COMMA;
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
