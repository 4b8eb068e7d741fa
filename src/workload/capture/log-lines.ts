import type { LineReader, LogLine } from './line-reader.js';
import type { LogFormat, LogHandlers, LogLack, LogReader, PrefixChange } from './log-record.js';
import { openerFor } from './wrappings.js';

/** A format of which each record begins on a line of its own. */
export interface LineFormat {
  /** As PostgreSQL names it: `jsonlog`. */
  name: string;
  /** See LogFormat. */
  looksLike(start: string): boolean;
  /**
   * @param sample the first lines of the file, which it is given again to read
   * @param prefix the server's `log_line_prefix`, where that is known
   * @throws BenchError LOG_PREFIX
   */
  reader(handlers: LogHandlers, sample: readonly LogLine[], prefix?: string): LineReader;
}

/** So much of a file shows how it is written: the first records of a server that starts are all of one kind. */
const SAMPLE_BYTES = 1 << 18;
/** A line longer than this is taken for damage: it would not leave memory flat. */
const MAX_LINE_BYTES = 32 << 20;
/** No statement is longer than a GB. Where no record begins for so long, the rest is no log. */
const MAX_DAMAGE_BYTES = 1 << 30;
const NEWLINE = 0x0a;

/** Makes a log format of one that is read line by line, in whatever wrapping. */
export function byLines(format: LineFormat): LogFormat {
  return {
    name: format.name,
    looksLike(start) {
      const { sample } = openerFor(start.split('\n').map((text, i) => ({ text, number: i + 1 })));
      return format.looksLike(sample.map(({ text }) => text).join('\n'));
    },
    reader: (handlers, prefix) => new LinesReader(format, handlers, prefix),
  };
}

/** Cuts a file into lines, and has them read once there are enough to tell how they are written. */
class LinesReader implements LogReader {
  line = 1;
  gaveUp = false;
  /** Takes the file's lines; and what takes them once their wrappings are open. */
  #reader: LineReader | undefined;
  #innermost: LineReader | undefined;
  #sample: LogLine[] = [];
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
    return this.#innermost?.lacks;
  }

  get prefix(): string | undefined {
    return this.#innermost?.prefix;
  }

  get prefixChanges(): readonly PrefixChange[] | undefined {
    return this.#innermost?.prefixChanges;
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
    // A copy: the chunk is written over.
    this.#gather(Buffer.from(chunk.subarray(start)));
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

  #read(text: string): void {
    if (this.#reader) {
      this.#reader.read({ text: this.#cut(text), number: this.line });
      return;
    }
    this.#sample.push({ text, number: this.line });
    this.#sampleBytes += text.length;
    if (this.#sampleBytes >= SAMPLE_BYTES) this.#begun();
  }

  #cut(text: string): string {
    return this.#isOfWindows && text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  /** The reader, which has read the sample. */
  #begun(): LineReader {
    if (this.#reader) return this.#reader;
    this.#isOfWindows = this.#sample.length > 0 && this.#sample.every(({ text }) => text.endsWith('\r'));
    const lines = this.#sample.map(({ text, number }) => ({ text: this.#cut(text), number }));
    this.#sample = [];
    const { sample, open } = openerFor(lines);
    this.#innermost = this.format.reader(
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
        wants: this.handlers.wants,
        sessions: this.handlers.sessions,
      },
      sample,
      this.givenPrefix,
    );
    const reader = open(this.#innermost);
    this.#reader = reader;
    for (const line of lines) reader.read(line);
    return reader;
  }
}
