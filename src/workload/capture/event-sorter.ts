import { readSync, writeSync } from 'node:fs';

/** A statement on its way into the trace. */
export interface CapturedStatement {
  /** When it started, in µs on the log's scale. */
  startUs: number;
  /** The place of its record among the log's: it comes before those that started together with it and stand behind it. */
  place: number;
  /** Index of its session in the list that its part of the log gives. */
  session: number;
  /** Index of its category in CATEGORIES. */
  category: number;
  /** Its text and values, as the trace has them. */
  sql: { text: string; values: (string | null)[] | undefined };
}

/** That a statement has failed. */
export interface CapturedFailure {
  /** Those of the statement. */
  startUs: number;
  place: number;
  session: number;
  sqlState: string;
}

/** Stands for the category of a statement in what tells that the next one has failed. */
export const FAILURE = 0xff;

/** Statements in order, in a file. */
export interface SortedRun {
  at: number;
  bytes: number;
}

/** Where the fields of an entry stand: the length of all of it, start, place, session, category; then its SQL as JSON. */
const START = 4;
const PLACE = 12;
const SESSION = 20;
const CATEGORY = 24;
const SQL = 25;

const NOTHING = Buffer.alloc(0);
/** How many beginnings are remembered, each of them short. */
const MOST_HEADS = 2000;
const LONGEST_HEAD = 2000;

/**
 * Puts statements in order of their start, the first half of an external merge sort: whenever `memoryBytes` of them have
 * come together they are sorted and written to a file as a run. A log is ordered by the ends of its statements, so one
 * that ran for an hour belongs an hour before its line, further than memory should reach.
 *
 * Statements are kept as bytes, outside of the JavaScript heap, and as the trace will have them.
 */
export class EventSorter {
  readonly #memory: Buffer;
  #used = 0;
  /** Of the last in memory, and whether all in memory are in order. */
  #startUs = Number.NEGATIVE_INFINITY;
  #place = 0;
  #isSorted = true;
  readonly #heads = new Map<string, Buffer>();
  #fileBytes = 0;
  readonly #runs: SortedRun[] = [];

  /** @param file open to be written, and empty */
  constructor(
    private readonly file: number,
    memoryBytes = 4 << 20,
  ) {
    this.#memory = Buffer.allocUnsafe(memoryBytes);
  }

  /** @throws the file system's error if the file can't be written */
  push({ startUs, place, session, category, sql: { text, values } }: CapturedStatement): void {
    const head = values ? this.#head(text) : NOTHING;
    const rest = values ? `${JSON.stringify(values)}}` : JSON.stringify({ text });
    this.#push({ startUs, place, session, category }, head, rest);
  }

  /**
   * A failure shows after its statement, which may be in the file by then: it is an entry of its own, and comes out just
   * before that of the statement.
   */
  fail({ startUs, place, session, sqlState }: CapturedFailure): void {
    this.#push({ startUs, place: place - 0.5, session, category: FAILURE }, NOTHING, sqlState);
  }

  #push(
    { startUs, place, session, category }: Omit<CapturedStatement, 'sql'>,
    head: Buffer,
    rest: string,
  ): void {
    // In UTF-8 a text has at most three bytes for each of its units; long ones are worth measuring.
    const guess = SQL + head.length + rest.length * 3;
    const most = guess < this.#memory.length / 8 ? guess : SQL + head.length + Buffer.byteLength(rest);
    if (this.#used + most > this.#memory.length) this.#spill();
    const fits = most <= this.#memory.length;
    const target = fits ? this.#memory : Buffer.allocUnsafe(most);
    const at = fits ? this.#used : 0;
    head.copy(target, at + SQL);
    const bytes = SQL + head.length + target.write(rest, at + SQL + head.length);
    target.writeUInt32LE(bytes, at);
    target.writeDoubleLE(startUs, at + START);
    target.writeDoubleLE(place, at + PLACE);
    target.writeUInt32LE(session, at + SESSION);
    target.writeUInt8(category, at + CATEGORY);
    if (!fits) {
      this.#append(target.subarray(0, bytes));
      return;
    }
    this.#isSorted &&= startUs > this.#startUs || (startUs === this.#startUs && place > this.#place);
    this.#startUs = startUs;
    this.#place = place;
    this.#used += bytes;
  }

  /** What the JSON of a statement with values begins with: such a text is prepared, and comes again and again. */
  #head(text: string): Buffer {
    const known = this.#heads.get(text);
    if (known) return known;
    const head = Buffer.from(`{"text":${JSON.stringify(text)},"values":`);
    if (this.#heads.size === MOST_HEADS) this.#heads.clear();
    if (head.length < LONGEST_HEAD) this.#heads.set(text, head);
    return head;
  }

  /** Call it once, after the last push. @returns the runs in the file that hold all statements */
  end(): SortedRun[] {
    this.#spill();
    return this.#runs;
  }

  #spill(): void {
    if (this.#used === 0) return;
    const unsorted = this.#memory.subarray(0, this.#used);
    this.#append(this.#isSorted ? unsorted : sorted(unsorted));
    this.#used = 0;
    this.#startUs = Number.NEGATIVE_INFINITY;
    this.#isSorted = true;
  }

  #append(run: Buffer): void {
    this.#runs.push({ at: this.#fileBytes, bytes: run.length });
    for (let done = 0; done < run.length; ) {
      done += writeSync(this.file, run, done, run.length - done, this.#fileBytes + done);
    }
    this.#fileBytes += run.length;
  }
}

/** The same entries in order. */
function sorted(entries: Buffer): Buffer {
  const at: number[] = [];
  for (let i = 0; i < entries.length; i += entries.readUInt32LE(i)) at.push(i);
  const field = (offset: number) => Float64Array.from(at, (i) => entries.readDoubleLE(i + offset));
  const [starts, places] = [field(START), field(PLACE)];
  const order = Uint32Array.from(at.keys()).sort(
    (a, b) => starts[a]! - starts[b]! || places[a]! - places[b]!,
  );
  const result = Buffer.allocUnsafe(entries.length);
  let filled = 0;
  for (const i of order)
    filled += entries.copy(result, filled, at[i]!, at[i]! + entries.readUInt32LE(at[i]!));
  return result;
}

/** The runs of one sorter. */
export interface SortedPart {
  file: number;
  runs: SortedRun[];
}

/** A statement of a sorted part, or that the next one has failed; as long as the next one isn't asked for. */
export interface SortedStatement {
  startUs: number;
  /** Which of the parts it is of. */
  part: number;
  session: number;
  category: number;
  /** Its text and values in JSON stand there, or a failure's SQLSTATE. */
  buffer: Buffer;
  sqlStart: number;
  sqlEnd: number;
}

/** What the buffers of all runs take together. */
const READ_BYTES = 16 << 20;

/** The statements of all parts in order of their start: the second half of the merge sort. */
export function* merge(parts: SortedPart[]): Generator<SortedStatement> {
  const runs = parts.flatMap(({ file, runs }, part) => runs.map((run) => ({ file, part, ...run })));
  const bufferBytes = Math.min(1 << 16, Math.max(4096, Math.floor(READ_BYTES / (runs.length + 1))));
  const readers = runs.map((run) => new RunReader(run, bufferBytes));
  const open = readers.filter((reader) => reader.next()).sort(before);
  while (open.length > 0) {
    const first = open[0]!;
    yield first;
    if (!first.next()) {
      open.shift();
      continue;
    }
    // Runs of one part hardly overlap: the one that was first mostly still is, or comes next.
    let i = 1;
    for (; i < open.length && before(first, open[i]!) > 0; i++) open[i - 1] = open[i]!;
    open[i - 1] = first;
  }
}

function before(a: RunReader, b: RunReader): number {
  return a.startUs - b.startUs || a.place - b.place;
}

/** Reads one run through a small buffer. */
class RunReader implements SortedStatement {
  readonly part: number;
  startUs = 0;
  place = 0;
  session = 0;
  category = 0;
  sqlStart = 0;
  sqlEnd = 0;
  buffer: Buffer;
  /** How much of the buffer is filled, and what the file holds beyond that. */
  #filled = 0;
  #file: number;
  #at: number;
  #bytes: number;

  constructor({ file, part, at, bytes }: SortedRun & { file: number; part: number }, bufferBytes: number) {
    this.part = part;
    this.#file = file;
    this.#at = at;
    this.#bytes = bytes;
    this.buffer = Buffer.allocUnsafe(bufferBytes);
  }

  /** Moves to the next statement; false at the end of the run. */
  next(): boolean {
    let start = this.sqlEnd;
    if (this.#filled - start < SQL) start = this.#fill(start, SQL);
    if (this.#filled === start) return false;
    const bytes = this.buffer.readUInt32LE(start);
    if (this.#filled - start < bytes) start = this.#fill(start, bytes);
    this.startUs = this.buffer.readDoubleLE(start + START);
    this.place = this.buffer.readDoubleLE(start + PLACE);
    this.session = this.buffer.readUInt32LE(start + SESSION);
    this.category = this.buffer[start + CATEGORY]!;
    this.sqlStart = start + SQL;
    this.sqlEnd = start + bytes;
    return true;
  }

  /** Has what stands from `start` on, and `bytes` of it if the run has as many, at the buffer's start: returned. */
  #fill(start: number, bytes: number): number {
    const rest = this.buffer.subarray(start, this.#filled);
    if (bytes > this.buffer.length) this.buffer = Buffer.allocUnsafe(bytes);
    rest.copy(this.buffer);
    this.#filled = rest.length;
    while (this.#filled < bytes && this.#bytes > 0) {
      const want = Math.min(this.buffer.length - this.#filled, this.#bytes);
      const got = readSync(this.#file, this.buffer, this.#filled, want, this.#at);
      if (got === 0) throw new Error('the spill file ended early');
      this.#filled += got;
      this.#at += got;
      this.#bytes -= got;
    }
    return 0;
  }
}
