import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { BenchError, messageOf } from '../../errors.js';
import { LogClock } from './log-time.js';
import { COLUMN, RecordReader } from './records.js';

/** Enough to hold a first record after whatever torn text a rotated file begins with. */
const PEEK_BYTES = 1 << 20;

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
  for (const path of paths) files.push(await inspect(path, clock));
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
    throw new BenchError('LOG_UNREADABLE', `Cannot read the log ${path}: ${messageOf(cause)}.`, { cause });
  }
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
  if (/^\s*\{.*"(timestamp|error_severity)"/.test(text)) return "in PostgreSQL's jsonlog format";
  if (/\b(LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL|HINT): {2}/.test(text))
    return "in PostgreSQL's stderr format";
  return 'something else than a PostgreSQL log';
}

/**
 * The text of a log, chunk by chunk. A compressed file that breaks off gives what can be had of it.
 * @param onBytes told how many bytes of the file have been read
 * @param onBroken told why a compressed file ended early
 */
export async function* readLog(
  file: Pick<LogFile, 'path' | 'compressed'>,
  onBytes?: (bytes: number) => void,
  onBroken?: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: 1 << 16 });
  if (onBytes) raw.on('data', (chunk) => onBytes(chunk.length));
  if (!file.compressed) return yield* raw as AsyncIterable<Buffer>;
  const gunzip = createGunzip({ chunkSize: 1 << 16 });
  raw.on('error', (error) => gunzip.destroy(error));
  try {
    yield* raw.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw error;
    onBroken?.(`the compressed file ${basename(file.path)} breaks off`);
  } finally {
    raw.destroy();
  }
}
