import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { BenchError, whyNotRead } from '../../machine/pure.js';
import { LOG_FORMATS } from './log-formats.js';
import type { LogFormat, LogReader } from './log-record.js';
import { LogClock } from './log-time.js';

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
  /** Time of its first records, in µs on the clock's scale; infinite if there is none near its start. */
  firstUs: number;
  /** What it is written in, or looks like; null if it is none that is known. */
  format: LogFormat | null;
  content: 'records' | 'no records' | 'nothing';
  /** The `log_line_prefix` of its lines, given or as they look; undefined if its format has none. */
  prefix?: string;
}

/**
 * Looks into every file, and puts them in the order in which they were written.
 * @param prefix the server's `log_line_prefix`, where that is known
 * @throws BenchError LOG_UNREADABLE
 */
export async function inspectLogFiles(paths: string[], prefix?: string): Promise<LogFile[]> {
  const clock = new LogClock();
  const files: LogFile[] = [];
  for (const path of new Set(paths.map((path) => resolve(path))))
    files.push(await inspect(path, clock, prefix));
  return files.sort((a, b) => a.firstUs - b.firstUs);
}

async function inspect(path: string, clock: LogClock, prefix: string | undefined): Promise<LogFile> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new Error('it is a directory');
    const file = { path, bytes: info.size, compressed: await isGzip(path) };
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
      const firstUs = timesUs.sort((a, b) => a - b)[timesUs.length >> 1] ?? Number.POSITIVE_INFINITY;
      const { prefix } = readers!.find((one) => one.format === format)!.reader;
      return { ...file, format, firstUs, content: 'records', prefix };
    }
    const alike = LOG_FORMATS.find(({ looksLike }) => looksLike(start));
    return {
      ...file,
      format: alike ?? null,
      firstUs: Number.POSITIVE_INFINITY,
      content: start.trim() === '' ? 'nothing' : 'no records',
    };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): BenchError {
  if (cause instanceof BenchError) return cause;
  return new BenchError('LOG_UNREADABLE', `Cannot read the log ${path}: ${whyNotRead(cause)}.`, { cause });
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
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
export function looksLike({ content, format }: LogFile): string {
  if (content === 'nothing') return 'is empty';
  const what = format ? `PostgreSQL's ${format.name} format` : 'something else than a PostgreSQL log';
  return `${NO_RECORD} (it looks like ${what})`;
}

/** Large enough for a read to cost little beside what is read, small enough for what is made of a chunk to die young. */
const CHUNK_BYTES = 1 << 18;

/**
 * The text of a log, chunk by chunk. A compressed file that breaks off gives what can be had of it.
 * @param onBytes told how many bytes of the file have been read
 * @param onBroken told why a compressed file ended early
 * @throws BenchError LOG_UNREADABLE
 */
export async function* readLog(
  file: Pick<LogFile, 'path' | 'compressed'>,
  onBytes?: (bytes: number) => void,
  onBroken?: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
  const gunzip = file.compressed ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  try {
    if (gunzip) {
      raw.on('data', (chunk) => onBytes?.(chunk.length));
      raw.on('error', (error) => gunzip.destroy(error));
    }
    for await (const chunk of (gunzip ? raw.pipe(gunzip) : raw) as AsyncIterable<Buffer>) {
      if (!gunzip) onBytes?.(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw unreadable(file.path, error);
    onBroken?.(`the compressed file ${basename(file.path)} breaks off`);
  } finally {
    raw.destroy();
  }
}
