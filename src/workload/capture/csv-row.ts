import type { LogRecord } from './log-record.js';
import { RepeatedTexts } from './repeated-texts.js';

/** Columns that the importer reads, by position (the same in every version). */
const COLUMN = {
  time: 0,
  user: 1,
  database: 2,
  session: 5,
  virtualTransaction: 9,
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
const MOST_COLUMNS = 26;

const NOTHING: LogRecord = {
  time: '',
  user: '',
  database: '',
  session: '',
  severity: '',
  sqlState: '',
  message: '',
  detail: '',
  context: '',
  query: '',
  backendType: undefined,
};

const QUOTE = 0x22;
const RETURN = 0x0d;

/**
 * The row that is being read, column by column: its reader tells where quotes and commas stand. Places are counted from
 * the row's first byte, so that the row may move in memory.
 *
 * A column is well formed as in RFC 4180: it has no quote, or one at either end and pairs of them within.
 */
export class CsvRow {
  /** Whether it is within quotes. */
  open = false;
  #columns = 0;
  #isWellFormed = true;
  /** Where the current column begins. */
  #start = 0;
  readonly #starts = new Uint32Array(MOST_COLUMNS);
  readonly #ends = new Uint32Array(MOST_COLUMNS);
  /** Columns with pairs of quotes, a bit for each. */
  #paired = 0;
  readonly #repeated = new RepeatedTexts();

  begin(): void {
    this.open = false;
    this.#columns = 0;
    this.#isWellFormed = true;
    this.#start = 0;
    this.#paired = 0;
  }

  /** @param at the place of a quote, seen from the row's start in the buffer */
  quote(buffer: Buffer, start: number, at: number): void {
    this.open = !this.open;
    if (!this.open || at === this.#start) return;
    if (buffer[start + at - 1] === QUOTE) this.#paired |= 1 << this.#columns;
    else this.#isWellFormed = false;
  }

  /** @param end where the current column ends: the place of a comma outside of quotes, or the end of the row */
  endColumn(buffer: Buffer, start: number, end: number): void {
    const isQuoted = end > this.#start && buffer[start + this.#start] === QUOTE;
    if (isQuoted && buffer[start + end - 1] !== QUOTE) this.#isWellFormed = false;
    if (this.#columns < MOST_COLUMNS) {
      this.#starts[this.#columns] = isQuoted ? this.#start + 1 : this.#start;
      this.#ends[this.#columns] = isQuoted ? end - 1 : end;
    }
    this.#columns++;
    this.#start = end + 1;
  }

  /**
   * The record that the row is; undefined if it is none.
   * @param end of the row, without its line break
   * @param wants whether more than its time is wanted of a session's record
   */
  end(
    buffer: Buffer,
    start: number,
    end: number,
    wants: ((session: string) => boolean) | undefined,
  ): LogRecord | undefined {
    if (this.open) return undefined;
    const isReturned = end > start && buffer[end - 1] === RETURN;
    this.endColumn(buffer, start, end - start - (isReturned ? 1 : 0));
    if (!this.#isWellFormed || !WIDTHS.has(this.#columns)) return undefined;
    const session = this.#repeatedText(buffer, start, COLUMN.session);
    const severity = this.#repeatedText(buffer, start, COLUMN.severity);
    if (!/^[0-9a-f]+\.[0-9a-f]+$/.test(session) || severity === '') return undefined;
    const time = this.#text(buffer, start, COLUMN.time);
    if (wants && !wants(session)) return { ...NOTHING, time, session, severity };
    return {
      time,
      user: this.#repeatedText(buffer, start, COLUMN.user),
      database: this.#repeatedText(buffer, start, COLUMN.database),
      session,
      severity,
      sqlState: this.#repeatedText(buffer, start, COLUMN.sqlState),
      message: this.#text(buffer, start, COLUMN.message),
      detail: this.#text(buffer, start, COLUMN.detail),
      context: this.#text(buffer, start, COLUMN.context),
      query: this.#text(buffer, start, COLUMN.query),
      virtualTransaction: this.#text(buffer, start, COLUMN.virtualTransaction),
      backendType:
        this.#columns > COLUMN.backendType
          ? this.#repeatedText(buffer, start, COLUMN.backendType)
          : undefined,
    };
  }

  #text(buffer: Buffer, start: number, column: number): string {
    const from = this.#starts[column]!;
    const to = this.#ends[column]!;
    if (from === to) return '';
    const text = buffer.toString('utf8', start + from, start + to);
    return this.#paired & (1 << column) ? text.replaceAll('""', '"') : text;
  }

  #repeatedText(buffer: Buffer, start: number, column: number): string {
    if (this.#paired & (1 << column)) return this.#text(buffer, start, column);
    return this.#repeated.of(buffer, start + this.#starts[column]!, start + this.#ends[column]!);
  }
}
