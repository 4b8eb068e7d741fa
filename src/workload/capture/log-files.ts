import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { BenchError, messageOf } from '../../machine/pure.js';
import { LogClock } from './log-time.js';
import { COLUMN, RecordReader } from './records.js';

/** Enough to hold a first record, however long, after whatever torn text a rotated file begins with. */
const PEEK_BYTES = 64 << 20;

export interface LogFile {
  path: string;
  /** On disk, compressed or not. */
  bytes: number;
  compressed: boolean;
  /** Time of its first record, in µs on the clock's scale; infinite if there is none near its start. */
  firstUs: number;
  /** What the file looks like where it isn't a csvlog. */
  looksLike: string | undefined;
}

/**
 * Looks into every file, and puts them in the order in which they were written.
 * @throws BenchError LOG_UNREADABLE
 */
export async function inspectLogFiles(paths: string[]): Promise<LogFile[]> {
  const clock = new LogClock();
  const files: LogFile[] = [];
  for (const path of new Set(paths.map((path) => resolve(path)))) files.push(await inspect(path, clock));
  return files.sort((a, b) => a.firstUs - b.firstUs);
}

async function inspect(path: string, clock: LogClock): Promise<LogFile> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new Error('it is a directory');
    const compressed = await isGzip(path);
    const file: LogFile = {
      path,
      bytes: info.size,
      compressed,
      firstUs: Number.POSITIVE_INFINITY,
      looksLike: undefined,
    };
    let text = '';
    const reader = new RecordReader({
      record(columns) {
        if (file.firstUs === Number.POSITIVE_INFINITY) file.firstUs = clock.toUs(columns[COLUMN.logTime]!);
      },
      torn() {},
    });
    let bytes = 0;
    for await (const chunk of readLog(file)) {
      if (text.length < 1 << 16) text += chunk.toString('latin1');
      reader.push(chunk);
      bytes += chunk.length;
      if (file.firstUs !== Number.POSITIVE_INFINITY || bytes >= PEEK_BYTES) break;
    }
    if (bytes < PEEK_BYTES && file.firstUs === Number.POSITIVE_INFINITY) reader.end();
    file.looksLike = file.firstUs === Number.POSITIVE_INFINITY ? formatOf(text) : undefined;
    return file;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): BenchError {
  if (cause instanceof BenchError) return cause;
  return new BenchError('LOG_UNREADABLE', `Cannot read the log ${path}: ${messageOf(cause)}.`, { cause });
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

function formatOf(text: string): string {
  if (text.trim() === '') return 'empty';
  if (/^\s*\{.*"(timestamp|error_severity)"/.test(text)) return "PostgreSQL's jsonlog format";
  if (/\b(LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL|HINT): {2}/.test(text))
    return "PostgreSQL's stderr format";
  return 'something else than a PostgreSQL log';
}

/** Small enough for what is made of a chunk to die young: larger ones took more memory and no less time. */
const CHUNK_BYTES = 1 << 16;

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
