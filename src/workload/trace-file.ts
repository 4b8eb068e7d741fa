import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { writeWhole } from '../machine/index.js';
import { BenchError, whyNotRead } from '../machine/pure.js';
import { CATEGORIES, type Category, type TraceKind } from '../record/pure.js';
import { LOG_FORMATS } from './capture/log-formats.js';
import { kindOfFile } from './file-kind.js';
import { type HttpEvent, type SqlEvent, TRACE_SCHEMA, type TraceEvent, type TraceHeader } from './trace.js';

/** What is gathered before it is written: a write of its own for each event would take longer than the event. */
const BATCH_CHARACTERS = 65_536;
/** What is read at once: split into lines in a tenth of a millisecond, so that no event is late for it. */
const READ_BYTES = 65_536;

/** What is known of a trace after reading it once. */
export interface TraceSummary {
  header: TraceHeader;
  /** Of the file's bytes. */
  sha256: string;
  events: number;
  sessions: number;
  /** The largest number of sessions between their first and last event at any one time. */
  peakSessions: number;
  /** Due time of the last event, in µs. */
  durationUs: number;
  /** The longest time without an event, in µs, and the line of the event that ends it. */
  longestPause: { us: number; line: number };
  eventsByCategory: Record<Category, number>;
  /** By the user that sessions were logged as; '' for those of whom the trace tells none. */
  users: ReadonlyMap<string, UserSummary>;
}

/** What one user's sessions are in a trace. */
export interface UserSummary {
  events: number;
  /** As of the whole trace. */
  peakSessions: number;
}

/** A captured trace has the literals of its log in it, which may be readable by few. */
const OWNER_ONLY = 0o600;

/**
 * Writes a trace whole or not at all, as a stream: memory stays flat whatever its length. Its owner alone may read it.
 * @param events in order of `dueUs`
 * @returns the SHA-256 of the bytes written
 */
export async function writeTrace(
  path: string,
  header: TraceHeader,
  events: Iterable<TraceEvent> | AsyncIterable<TraceEvent>,
): Promise<{ sha256: string; events: number }> {
  let count = 0;
  async function* batches() {
    let batch = '';
    for await (const event of events) {
      count++;
      batch += `${JSON.stringify(event)}\n`;
      if (batch.length < BATCH_CHARACTERS) continue;
      yield batch;
      batch = '';
    }
    yield batch;
  }
  const { sha256 } = await writeTraceLines(path, header, batches());
  return { sha256, events: count };
}

/**
 * As {@link writeTrace}, of events that are JSON already.
 * @param lines whole lines, any number at a time; none is looked at after the next is asked for
 */
export async function writeTraceLines(
  path: string,
  header: TraceHeader,
  lines: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<{ sha256: string }> {
  const hash = createHash('sha256');
  async function* hashed() {
    const first = `${JSON.stringify(header)}\n`;
    hash.update(first);
    yield first;
    for await (const some of lines) {
      hash.update(some);
      yield some;
    }
  }
  await writeWhole(path, hashed(), { mode: OWNER_ONLY });
  return { sha256: hash.digest('hex') };
}

/** Writes the events of a trace that are due before `endUs` to another file. */
export async function cutTrace(from: string, to: string, endUs: number): Promise<void> {
  const { header, events } = await readTrace(from);
  async function* before() {
    for await (const event of events) {
      if (event.dueUs >= endUs) return;
      yield event;
    }
  }
  await writeTrace(to, { ...header, meta: { ...header.meta, cutAtUs: endUs } }, before());
}

/**
 * Opens a trace: its header at once, its events as a stream.
 * @throws BenchError TRACE_UNREADABLE, TRACE_INVALID or TRACE_VERSION, naming the file and line; while it is read as well,
 *   where a line is no event or its time isn't in order
 */
export async function readTrace(
  path: string,
): Promise<{ header: TraceHeader; events: AsyncGenerator<TraceEvent> }> {
  const { header, batches } = await readBatches(path);
  return { header, events: each(batches) };
}

async function* each<E>(batches: AsyncIterable<Iterable<E>>): AsyncGenerator<E> {
  for await (const batch of batches) yield* batch;
}

/** Some events on end, each made of its line when it is asked for. Can be gone through once. */
export type Batch<E> = Iterable<E>;

/** As {@link readTrace}, in batches: to wait for each single event would take longer than to read it. */
export function readBatches(
  path: string,
): Promise<{ header: TraceHeader; batches: AsyncGenerator<Batch<TraceEvent>> }> {
  return open(path, parseEvent);
}

/** An event, and its place in the trace, from 0. */
export type PlacedEvent = TraceEvent & { place: number };

/** How this bench begins an event: whose it is shows without the rest being parsed. */
const HEAD = /^\{"dueUs":\d+,"session":(\d+),/;

/** Opens a trace for some of its sessions: the others' events are passed over. Throws as {@link readTrace}. */
export async function readSessions(
  path: string,
  sessions: { has(session: number): boolean },
): Promise<AsyncGenerator<Batch<PlacedEvent>>> {
  let place = -1;
  const { batches } = await open(path, (...line) => {
    place++;
    const [, session] = HEAD.exec(line[2]) ?? [];
    if (session !== undefined && !sessions.has(Number(session))) return undefined;
    const event = parseEvent(...line) as PlacedEvent;
    event.place = place;
    return sessions.has(event.session) ? event : undefined;
  });
  return batches;
}

/** @param take makes an event of a line; undefined: it isn't wanted */
async function open<E extends TraceEvent>(
  path: string,
  take: (path: string, line: number, text: string, kind: TraceKind) => E | undefined,
): Promise<{ header: TraceHeader; batches: AsyncGenerator<Batch<E>> }> {
  const input = linesOf(path);
  const first = await input.next();
  const [header, ...rest] = first.done ? [] : first.value;
  try {
    const parsed = parseHeader(path, header);
    return { header: parsed, batches: batches(parsed.kind) };
  } catch (error) {
    await input.return(undefined);
    throw error;
  }
  async function* batches(kind: TraceKind): AsyncGenerator<Batch<E>> {
    let line = 1;
    let lastUs = 0;
    function* eventsOf(lines: string[]): Generator<E> {
      for (const text of lines) {
        line++;
        const event = text === '' || text === '\r' ? undefined : take(path, line, text, kind);
        if (!event) continue;
        if (event.dueUs < lastUs) throw outOfOrder(path, line, event.dueUs);
        lastUs = event.dueUs;
        yield event;
      }
    }
    try {
      yield eventsOf(rest);
      for await (const lines of input) yield eventsOf(lines);
    } finally {
      await input.return(undefined); // its reader may have stopped before the second batch
    }
  }
}

/** The lines of a file, as many at a time as are read at once. Throws TRACE_UNREADABLE. */
async function* linesOf(path: string): AsyncGenerator<string[]> {
  let rest = '';
  const chunks = openFile(path).setEncoding('utf8')[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value: chunk, done }: IteratorResult<string> = await guard(path, chunks.next());
      if (done) break;
      rest += chunk;
      // A line of many megabytes is put together once, not again with each piece.
      if (!chunk.includes('\n')) continue;
      const lines = rest.split('\n');
      rest = lines.pop()!;
      yield lines;
    }
    if (rest !== '') yield [rest];
  } finally {
    await chunks.return?.(); // its reader may have stopped early
  }
}

/** Reads a trace once from end to end and tells what is in it. Throws as {@link readTrace}. */
export async function summarizeTrace(path: string): Promise<TraceSummary> {
  const sha256 = await guard(path, sha256Of(path));
  let line = 0;
  const { header, batches } = await open(path, (...of) => {
    line = of[1];
    return parseEvent(...of);
  });
  const eventsByCategory = Object.fromEntries(CATEGORIES.map((c) => [c, 0])) as Record<Category, number>;
  const spans = new Map<number, Span>();
  let count = 0;
  let durationUs = 0;
  let longestPause = { us: 0, line: 0 };
  for await (const batch of batches) {
    for (const event of batch) {
      count++;
      const pauseUs = event.dueUs - durationUs;
      if (pauseUs > longestPause.us) longestPause = { us: pauseUs, line };
      durationUs = event.dueUs;
      eventsByCategory[event.category]++;
      const span = spans.get(event.session);
      if (span) {
        span.toUs = event.dueUs;
        span.events++;
      } else {
        const user = ('user' in event && event.user) || '';
        spans.set(event.session, { user, events: 1, fromUs: event.dueUs, toUs: event.dueUs });
      }
    }
  }
  return {
    header,
    sha256,
    events: count,
    sessions: spans.size,
    peakSessions: peak(spans.values()),
    durationUs,
    longestPause,
    eventsByCategory,
    users: usersOf(spans.values()),
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of openFile(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** A session, from its first event to its last. */
interface Span {
  user: string;
  events: number;
  fromUs: number;
  toUs: number;
}

function usersOf(spans: Iterable<Span>): Map<string, UserSummary> {
  const byUser = new Map<string, Span[]>();
  for (const span of spans) {
    const own = byUser.get(span.user);
    if (own) own.push(span);
    else byUser.set(span.user, [span]);
  }
  return new Map(
    Array.from(byUser, ([user, own]) => {
      const events = own.reduce((sum, span) => sum + span.events, 0);
      return [user, { events, peakSessions: peak(own) }];
    }),
  );
}

/** The largest number of spans that hold one moment. */
function peak(spans: Iterable<Span>): number {
  const edges = [...spans].flatMap(({ fromUs, toUs }) => [
    { atUs: fromUs, step: 1 },
    { atUs: toUs, step: -1 },
  ]);
  edges.sort((a, b) => a.atUs - b.atUs || b.step - a.step);
  let open = 0;
  let most = 0;
  for (const { step } of edges) {
    open += step;
    most = Math.max(most, open);
  }
  return most;
}

function openFile(path: string) {
  return createReadStream(path, { highWaterMark: READ_BYTES }).on('error', () => {});
}

async function guard<T>(path: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw new BenchError('TRACE_UNREADABLE', `Cannot read the trace ${path}: ${whyNotRead(cause)}.`, {
      cause,
    });
  }
}

/** The JSON of a line; undefined where it is none, or there is no line. */
function parse<T>(line: string | undefined): Partial<T> | undefined {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

function parseHeader(path: string, line: string | undefined): TraceHeader {
  const header = parse<TraceHeader>(line);
  if (typeof header?.schema !== 'string' || !header.schema.startsWith('splitbench.trace/')) {
    throw new BenchError('TRACE_INVALID', `${path} ${insteadOfTrace(path)}`);
  }
  if (header.schema !== TRACE_SCHEMA) {
    throw new BenchError(
      'TRACE_VERSION',
      `${path} is a trace of version "${header.schema}", but this bench reads "${TRACE_SCHEMA}": import the log again with this version.`,
    );
  }
  if (header.kind !== 'http' && header.kind !== 'sql') {
    throw new BenchError('TRACE_INVALID', `${path}, line 1: the trace's kind is neither "http" nor "sql".`);
  }
  if (typeof header.meta !== 'object' || header.meta === null) {
    throw new BenchError('TRACE_INVALID', `${path}, line 1: the trace's "meta" is not there, or no object.`);
  }
  return header as TraceHeader;
}

/** What a file is instead of a trace, and what to do with it. */
function insteadOfTrace(path: string): string {
  const start = startOf(path);
  const kind = kindOfFile(start);
  if (kind) return `is ${kind.is}, not a trace: ${kind.cure}.`;
  const format = LOG_FORMATS.find(({ looksLike }) => looksLike(start));
  return format
    ? `is a PostgreSQL log (${format.name}), not a trace: make one of it with "bench import".`
    : 'is not a splitbench trace: its first line is not a trace header. Make one from a PostgreSQL log with "bench import".';
}

/** The first bytes of a file, as latin1. */
function startOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(READ_BYTES);
    return bytes.toString('latin1', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

function parseEvent(path: string, line: number, text: string, kind: TraceKind): TraceEvent {
  const event = parse<TraceEvent>(text);
  if (
    !event ||
    !Number.isSafeInteger(event.dueUs) ||
    !Number.isSafeInteger(event.session) ||
    !CATEGORIES.includes(event.category as Category) ||
    !isPlayable(event, kind)
  ) {
    throw new BenchError(
      'TRACE_INVALID',
      `${path}, line ${line}: not an event of this trace, due in a whole number of microseconds. The file may be cut short or damaged: make it again.`,
    );
  }
  return event as TraceEvent;
}

/** Whether an event has what is played of one of its kind, each as it has to be. */
function isPlayable(event: Partial<HttpEvent & SqlEvent>, kind: TraceKind): boolean {
  const { operation, http, sql, user, failed } = event;
  if (kind === 'http') return isText(operation) && isText(http?.path);
  return isText(sql?.text) && areValues(sql?.values) && [user, failed].every(isTextOrNone);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || isText(value);
}

/** Whether they are what a statement can have, or it has none. */
function areValues(values: unknown): boolean {
  if (values === undefined) return true;
  return Array.isArray(values) && values.every((value) => value === null || isText(value));
}

function outOfOrder(path: string, line: number, dueUs: number): BenchError {
  const what = dueUs < 0 ? 'before the trace begins' : 'before the one in front of it';
  return new BenchError(
    'TRACE_INVALID',
    `${path}, line ${line}: the event is due ${what}. The lines of a trace are in order of their times: import the log again, or correct them.`,
  );
}
