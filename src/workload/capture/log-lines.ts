import type { LogFormat, LogHandlers, LogLack, LogReader } from './log-record.js';

/** A format of which each record begins on a line of its own. */
export interface LineFormat {
  /** As PostgreSQL names it: `jsonlog`. */
  name: string;
  /** See LogFormat. */
  looksLike(start: string): boolean;
  /**
   * @param sample the first lines of the file, which it is given again to read
   * @param prefix the server's `log_line_prefix`, where that is known
   */
  reader(handlers: LogHandlers, sample: readonly string[], prefix?: string): LineReader;
}

/** What is known of a line besides what stands in it. */
export interface Origin {
  /** The process that wrote it; '' if unknown. */
  process: string;
  /** When it was written, as in a csvlog. */
  time: string;
}

/** Makes records of lines. Damage that goes on from line to line need not be told more than once. */
export interface LineReader {
  readonly lacks?: ReadonlySet<LogLack>;
  /** See LogReader. */
  readonly prefix?: string;
  /** @param number the file's line, from 1 */
  read(line: string, number: number, origin?: Origin): void;
  /** A line that could not be had. */
  lost(number: number, reason: string): void;
  /** Call it once, after the last line. */
  end(): void;
}

/** So much of a file shows how it is written: the first records of a server that starts are all of one kind. */
const SAMPLE_BYTES = 1 << 20;
/** A line longer than this is taken for damage: it would not leave memory flat. */
const MAX_LINE_BYTES = 32 << 20;
/** No statement is longer than a GB. Where no record begins for so long, the rest is no log. */
const MAX_DAMAGE_BYTES = 1 << 30;
const NEWLINE = 0x0a;

/** Makes a log format of one that is read line by line. */
export function byLines(format: LineFormat): LogFormat {
  return {
    name: format.name,
    looksLike: format.looksLike,
    reader: (handlers, prefix) => new LinesReader(format, handlers, prefix),
  };
}

/** Cuts a file into lines, and has them read once there are enough to tell how they are written. */
class LinesReader implements LogReader {
  line = 1;
  gaveUp = false;
  #reader: LineReader | undefined;
  #sample: string[] = [];
  #sampleBytes = 0;
  /** The pieces of the line that has not ended. */
  #pieces: Buffer[] = [];
  #lineBytes = 0;
  /** Its lines end in CRLF. Elsewhere a carriage return at the end of a line is a statement's own. */
  #isOfWindows = false;
  /** What has come in since a record was read. */
  #barrenBytes = 0;
  /** Damage has been told and no record has been read since. */
  #inDamage = false;

  constructor(
    private readonly format: LineFormat,
    private readonly handlers: LogHandlers,
    private readonly givenPrefix: string | undefined,
  ) {}

  get lacks(): ReadonlySet<LogLack> | undefined {
    return this.#reader?.lacks;
  }

  get prefix(): string | undefined {
    return this.#reader?.prefix;
  }

  push(chunk: Buffer): void {
    if (this.gaveUp) return;
    this.#barrenBytes += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#gather(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#gather(chunk.subarray(start));
    if (this.#barrenBytes <= MAX_DAMAGE_BYTES) return;
    this.gaveUp = true;
    const size = `${MAX_DAMAGE_BYTES >> 30} GiB`;
    this.handlers.torn(this.line, `no record begins for ${size} before it: the rest of the file is left out`);
  }

  end(): void {
    if (this.gaveUp) return;
    if (this.#lineBytes > 0) this.#endLine();
    this.#begun().end();
  }

  #gather(piece: Buffer): void {
    this.#lineBytes += piece.length;
    // What is too long is measured, not kept.
    if (this.#lineBytes <= MAX_LINE_BYTES) this.#pieces.push(piece);
    else this.#pieces.length = 0;
  }

  #endLine(): void {
    if (this.#lineBytes > MAX_LINE_BYTES) {
      this.#begun().lost(this.line, `a record longer than ${MAX_LINE_BYTES >> 20} MiB`);
    } else {
      const line = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#read(line.toString('utf8'));
    }
    this.#pieces.length = this.#lineBytes = 0;
    this.line++;
  }

  #read(line: string): void {
    if (this.#reader) {
      this.#reader.read(this.#cut(line), this.line);
      return;
    }
    this.#sample.push(line);
    this.#sampleBytes += line.length;
    if (this.#sampleBytes >= SAMPLE_BYTES) this.#begun();
  }

  #cut(line: string): string {
    return this.#isOfWindows && line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** The reader, which has read the sample. */
  #begun(): LineReader {
    if (this.#reader) return this.#reader;
    this.#isOfWindows = this.#sample.length > 0 && this.#sample.every((line) => line.endsWith('\r'));
    const sample = this.#sample.map((line) => this.#cut(line));
    const reader = this.format.reader(
      {
        record: (record, line) => {
          this.#inDamage = false;
          this.#barrenBytes = 0;
          this.handlers.record(record, line);
        },
        torn: (line, reason) => {
          if (!this.#inDamage) this.handlers.torn(line, reason);
          this.#inDamage = true;
        },
      },
      sample,
      this.givenPrefix,
    );
    this.#reader = reader;
    sample.forEach((line, i) => {
      reader.read(line, i + 1);
    });
    this.#sample = [];
    return reader;
  }
}
