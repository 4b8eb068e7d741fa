import { closeSync, readSync, writeSync } from 'node:fs';
import { openNameless } from '../../machine/index.js';

/** A statement on its way into the trace. */
export interface CapturedStatement {
  /** When it started, in µs on the log's scale. */
  startUs: number;
  /** Index of its session in the importer's list. */
  session: number;
  /** Index of its category in CATEGORIES. */
  category: number;
  text: string;
  values: (string | null)[] | undefined;
}

/** Size of an entry before its text: length of all, start, session, category, length of the text. */
const HEAD_BYTES = 4 + 8 + 4 + 1 + 4;

/**
 * Puts statements in order of their start: an external merge sort. A log is ordered by the ends of its statements, so
 * one that ran for an hour belongs an hour before its line, further than memory should reach.
 *
 * Statements are kept as bytes outside of the JavaScript heap. Whenever `memoryBytes` of them have come together they
 * are sorted and appended to the spill file as a run. Statements that start together keep the order they came in.
 */
export class EventSorter {
  readonly #folder: string;
  readonly #memory: Buffer;
  #used = 0;
  #starts: number[] = [];
  #offsets: number[] = [];
  #file: number | undefined;
  #fileBytes = 0;
  readonly #runs: { at: number; bytes: number }[] = [];

  /** @param folder where the spill file is, when it is needed. It has no name: a killed importer leaves none behind */
  constructor(folder: string, memoryBytes = 8 << 20) {
    this.#folder = folder;
    this.#memory = Buffer.allocUnsafe(memoryBytes);
  }

  /** @throws the file system's error if the spill file can't be written */
  push(statement: CapturedStatement): void {
    const { startUs, session, category, text, values } = statement;
    const json = values ? JSON.stringify(values) : '';
    // In UTF-8 a text has at most three bytes for each of its units; long ones are worth measuring.
    const guess = HEAD_BYTES + (text.length + json.length) * 3;
    const most =
      guess < this.#memory.length / 8
        ? guess
        : HEAD_BYTES + Buffer.byteLength(text) + Buffer.byteLength(json);
    if (this.#used + most > this.#memory.length) this.#spill();
    const fits = most <= this.#memory.length;
    const target = fits ? this.#memory : Buffer.allocUnsafe(most);
    const at = fits ? this.#used : 0;
    const textBytes = target.write(text, at + HEAD_BYTES);
    const bytes =
      HEAD_BYTES + textBytes + (json === '' ? 0 : target.write(json, at + HEAD_BYTES + textBytes));
    target.writeUInt32LE(bytes, at);
    target.writeDoubleLE(startUs, at + 4);
    target.writeUInt32LE(session, at + 12);
    target.writeUInt8(category, at + 16);
    target.writeUInt32LE(textBytes, at + 17);
    if (!fits) {
      this.#append(target.subarray(0, bytes));
      return;
    }
    this.#starts.push(startUs);
    this.#offsets.push(at);
    this.#used += bytes;
  }

  /** All statements, in order. Call it once, after the last push. */
  *sorted(): Generator<CapturedStatement> {
    const inMemory = this.#sortedMemory();
    const bufferBytes = Math.min(1 << 16, Math.max(4096, Math.floor((16 << 20) / (this.#runs.length + 1))));
    const file = this.#file;
    const runs = this.#runs.map(
      (run, rank) =>
        new RunReader(rank, { ...run, file, buffer: Buffer.allocUnsafe(bufferBytes), filled: 0 }),
    );
    const last = { buffer: inMemory, filled: inMemory.length, file: undefined, at: 0, bytes: 0 };
    runs.push(new RunReader(runs.length, last));
    const open = runs.filter((run) => run.next()).sort(before);
    while (open.length > 0) {
      const first = open[0]!;
      yield first.current();
      if (!first.next()) {
        open.shift();
        continue;
      }
      // Runs of a log hardly overlap: the one that was first mostly still is.
      let i = 1;
      for (; i < open.length && before(first, open[i]!) > 0; i++) open[i - 1] = open[i]!;
      open[i - 1] = first;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #spill(): void {
    if (this.#used === 0) return;
    this.#append(this.#sortedMemory());
    this.#used = 0;
    this.#starts = [];
    this.#offsets = [];
  }

  #sortedMemory(): Buffer {
    const starts = this.#starts;
    const isSorted = starts.every((start, i) => i === 0 || starts[i - 1]! <= start);
    if (isSorted) return this.#memory.subarray(0, this.#used);
    const sorted = Buffer.allocUnsafe(this.#used);
    let at = 0;
    for (const i of starts.map((_, i) => i).sort((a, b) => starts[a]! - starts[b]!)) {
      const from = this.#offsets[i]!;
      at += this.#memory.copy(sorted, at, from, from + this.#memory.readUInt32LE(from));
    }
    return sorted;
  }

  #append(run: Buffer): void {
    this.#file ??= openNameless(this.#folder);
    this.#runs.push({ at: this.#fileBytes, bytes: run.length });
    for (let done = 0; done < run.length; ) {
      done += writeSync(this.#file, run, done, run.length - done, this.#fileBytes + done);
    }
    this.#fileBytes += run.length;
  }
}

function before(a: RunReader, b: RunReader): number {
  return a.startUs - b.startUs || a.rank - b.rank;
}

/** Reads one sorted run through a small buffer. */
class RunReader {
  startUs = 0;
  #at = 0;
  #next = 0;

  /**
   * @param rank earlier runs win between statements of the same start
   * @param run its first `filled` bytes stand in the buffer; the other `bytes` in the file, from `at`
   */
  constructor(
    readonly rank: number,
    private readonly run: {
      buffer: Buffer;
      filled: number;
      file: number | undefined;
      at: number;
      bytes: number;
    },
  ) {}

  /** Moves to the next statement; false at the end of the run. */
  next(): boolean {
    this.#at = this.#next;
    if (!this.#has(4)) return false;
    const bytes = this.run.buffer.readUInt32LE(this.#at);
    this.#has(bytes);
    this.startUs = this.run.buffer.readDoubleLE(this.#at + 4);
    this.#next = this.#at + bytes;
    return true;
  }

  current(): CapturedStatement {
    const text = this.#at + HEAD_BYTES;
    const json = text + this.run.buffer.readUInt32LE(this.#at + 17);
    return {
      startUs: this.startUs,
      session: this.run.buffer.readUInt32LE(this.#at + 12),
      category: this.run.buffer.readUInt8(this.#at + 16),
      text: this.run.buffer.toString('utf8', text, json),
      values:
        json === this.#next ? undefined : JSON.parse(this.run.buffer.toString('utf8', json, this.#next)),
    };
  }

  /** Sees to it that `bytes` of the run stand in the buffer at `#at`. */
  #has(bytes: number): boolean {
    const { run } = this;
    if (run.filled - this.#at >= bytes) return true;
    if (run.file === undefined || run.bytes === 0) return false;
    const rest = run.buffer.subarray(this.#at, run.filled);
    if (bytes > run.buffer.length) run.buffer = Buffer.allocUnsafe(bytes);
    rest.copy(run.buffer, 0);
    run.filled = rest.length;
    this.#at = 0;
    while (run.filled < bytes && run.bytes > 0) {
      const want = Math.min(run.buffer.length - run.filled, run.bytes);
      const got = readSync(run.file, run.buffer, run.filled, want, run.at);
      if (got === 0) throw new Error('the spill file ended early');
      run.filled += got;
      run.at += got;
      run.bytes -= got;
    }
    return run.filled >= bytes;
  }
}
