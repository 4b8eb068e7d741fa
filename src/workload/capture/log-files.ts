import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { BenchError, whyNotRead } from '../../machine/pure.js';
import { type FileKind, kindOfFile } from '../file-kind.js';
import { BrokenCompression, CHUNK_BYTES, decompressed, isCompressed, MAGIC_BYTES } from './decompress.js';
import { LOG_FORMATS } from './log-formats.js';
import type { LogFormat, LogReader } from './log-record.js';
import { LogClock } from './log-time.js';
import { keptInput, STANDARD_INPUT } from './standard-input.js';

/** Enough to hold a first record, however long, after whatever torn text a rotated file begins with. */
const PEEK_BYTES = 64 << 20;
/** Of its first records, whose middle time it is placed by: one damaged time doesn't put it elsewhere. */
const FIRST_RECORDS = 3;
/** How much of a file's start is looked at to tell its format. */
const LOOK_BYTES = 1 << 16;

export interface LogFile {
  path: string;
  /** On disk, compressed or not. */
  bytes: number;
  compressed: boolean;
  /** A file that is open already; undefined: the path's. */
  file?: number;
  /** Time of its first records, in µs on the clock's scale; infinite if there is none near its start. */
  firstUs: number;
  /** What it is written in, or looks like; null if it is none that is known. */
  format: LogFormat | null;
  /** What it is if not a log, where that is known. */
  kind?: FileKind;
  content: 'records' | 'no records' | 'nothing';
  /** The `log_line_prefix` of its lines, given or as they look; undefined if its format has none. */
  prefix?: string;
}

/**
 * Looks into every file, and puts them in the order in which they were written.
 * @param given.prefix the server's `log_line_prefix`, where that is known
 * @param given.standardInput a file with what came in there, if that is one of them
 * @throws BenchError LOG_UNREADABLE, LOG_PREFIX
 */
export async function inspectLogFiles(paths: string[], given: Given): Promise<LogFile[]> {
  const clock = new LogClock();
  const files: LogFile[] = [];
  const names = new Set(paths.map((path) => (path === STANDARD_INPUT ? path : resolve(path))));
  for (const name of names) files.push(await inspect(name, clock, given));
  return files.sort((a, b) => a.firstUs - b.firstUs);
}

interface Given {
  prefix?: string;
  standardInput?: number;
}

async function inspect(name: string, clock: LogClock, given: Given): Promise<LogFile> {
  const isFile = name !== STANDARD_INPUT;
  const path = isFile ? name : 'standard input';
  const { prefix, standardInput } = given;
  try {
    const info = isFile ? statSync(path) : fstatSync(standardInput!);
    if (info.isDirectory()) throw new Error('it is a directory');
    if (!info.isFile())
      throw new Error(`it can be read only once: let it come in by "bench import ${STANDARD_INPUT}"`);
    const file = {
      ...{ path, bytes: info.size, file: isFile ? undefined : standardInput },
      compressed: isFile ? isCompressedFile(path) : isCompressed(startOf(standardInput!)),
    };
    let start = '';
    let found: { format: LogFormat; timesUs: number[] } | undefined;
    const isEnough = () => found?.timesUs.length === FIRST_RECORDS;
    const see = (format: LogFormat, time: string) => {
      if (isEnough()) return;
      const us = clock.toUs(time);
      found ??= { format, timesUs: [] };
      if (found.format === format && !Number.isNaN(us)) found.timesUs.push(us);
    };
    let readers: { format: LogFormat; reader: LogReader }[] | undefined;
    let bytes = 0;
    for await (const chunk of readLog(file)) {
      if (start.length < LOOK_BYTES) start += chunk.toString('latin1');
      readers ??= candidates(start).map((format) => ({
        format,
        reader: format.reader({ record: ({ time }) => see(format, time), torn() {} }, prefix),
      }));
      for (const { reader } of readers) reader.push(chunk);
      bytes += chunk.length;
      if (isEnough() || bytes >= PEEK_BYTES) break;
    }
    if (bytes < PEEK_BYTES && !isEnough()) for (const { reader } of readers ?? []) reader.end();
    if (found) {
      const { format, timesUs } = found;
      const firstUs = timesUs.sort((a, b) => a - b)[(timesUs.length - 1) >> 1] ?? Number.POSITIVE_INFINITY;
      const { prefix } = readers!.find((one) => one.format === format)!.reader;
      return { ...file, format, firstUs, content: 'records', prefix };
    }
    return {
      ...file,
      format: LOG_FORMATS.find(({ looksLike }) => looksLike(start)) ?? null,
      kind: kindOfFile(start),
      firstUs: Number.POSITIVE_INFINITY,
      content: start.trim() === '' ? 'nothing' : 'no records',
    };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function isCompressedFile(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    return isCompressed(startOf(file));
  } finally {
    closeSync(file);
  }
}

function startOf(file: number): Buffer {
  const start = Buffer.alloc(MAGIC_BYTES);
  return start.subarray(0, readSync(file, start, 0, MAGIC_BYTES, 0));
}

function unreadable(path: string, cause: unknown): BenchError {
  if (cause instanceof BenchError) return cause;
  return new BenchError('LOG_UNREADABLE', `Cannot read the log ${path}: ${whyNotRead(cause)}.`, { cause });
}

/** The formats whose readers are tried on a file: those that it looks like, else all of them. */
function candidates(start: string): readonly LogFormat[] {
  const alike = LOG_FORMATS.filter(({ looksLike }) => looksLike(start));
  return alike.length > 0 ? alike : LOG_FORMATS;
}

/** What is said of files in which not one record was found. */
export const NO_RECORD = `holds no ${LOG_FORMATS.map(({ name }) => name)
  .join(', ')
  .replace(/, (\w+)$/, ' or $1')} record`;

/** What is said of a file that holds no record. */
export function withoutRecords({ content, kind, format }: LogFile): string {
  if (content === 'nothing') return 'is empty';
  if (kind) return `is ${kind.is}`;
  return format ? `looks like PostgreSQL's ${format.name} format, but ${NO_RECORD}` : NO_RECORD;
}

/**
 * The text of a log, chunk by chunk, each of which is good until the next one is asked for. A compressed file that breaks off gives what can be had of it.
 * @param onBytes told how many bytes of the file have been read
 * @param onBroken told why a compressed file ended early
 * @throws BenchError LOG_UNREADABLE
 */
export async function* readLog(
  { path, file, compressed }: Pick<LogFile, 'path' | 'file' | 'compressed'>,
  onBytes?: (bytes: number) => void,
  onBroken?: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const raw =
    file !== undefined
      ? keptInput(file, CHUNK_BYTES)
      : compressed
        ? createReadStream(path, { highWaterMark: CHUNK_BYTES })
        : plain(path);
  try {
    yield* decompressed(counted(raw, onBytes));
  } catch (error) {
    if (!(error instanceof BrokenCompression)) throw unreadable(path, error);
    onBroken?.(`the compressed file ${basename(path)} breaks off`);
  }
}

/** What a file holds. Each chunk is written over by the next: no garbage is left of them. */
async function* plain(path: string): AsyncGenerator<Buffer> {
  await using file = await open(path);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes?: (bytes: number) => void) {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}
