import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { builtPath } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import { loadParser } from '../../router/sql/index.js';
import type { LogFile } from './log-files.js';
import { type PartOfLog, type PartRequest, readPart, type Wanted } from './read-part.js';

/** What a thread is given: what it reads, and for which sessions. */
export interface PartJob extends PartRequest {
  files: (Omit<LogFile, 'format'> & { format: string })[];
}

/** What it says: now and then how much it has read, then what came of it. */
export type PartMessage = { type: 'read'; bytes: number } | { type: 'part'; part: PartOfLog };

interface Hooks {
  signal: AbortSignal | undefined;
  /** Told how many bytes of the files were read since it was told last. */
  onBytes(bytes: number): void;
}

/** Less than that is read in the time that a thread takes to begin. */
const BYTES_WORTH_A_THREAD = 16 << 20;
/** Each thread cuts the whole log into records, over a quarter of the work of one that reads it alone: more would gain little. */
const MOST_THREADS = 4;

/** In how many parts a log is read best. What is compressed would be unpacked by each. */
export function partsFor(files: LogFile[]): number {
  if (files.some(({ compressed }) => compressed)) return 1;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const worth = Math.floor(bytes / BYTES_WORTH_A_THREAD);
  return Math.max(1, Math.min(worth, availableParallelism(), MOST_THREADS));
}

/** What is made of a record is garbage with the next one: a young generation of this size, in MB, loses no time over it. */
const YOUNG_MB = 8;

/**
 * Reads a log in parts, each for a share of its sessions, and in a thread of its own if there are several.
 * @param spills a file for the statements of each part
 * @throws as {@link readPart}, or the signal's reason
 */
export async function readParts(
  files: LogFile[],
  { wanted, spills }: { wanted: Wanted; spills: number[] },
  hooks: Hooks,
): Promise<PartOfLog[]> {
  const requests = spills.map((spill, part) => ({ share: { part, of: spills.length }, wanted, spill }));
  if (requests.length === 1) {
    await loadParser();
    return [await readPart(files, requests[0]!, hooks)];
  }
  const named = files.map((file) => ({ ...file, format: file.format!.name }));
  // They read the same: one tells for all how far they are.
  const threads = requests.map((request, i) =>
    startThread({ files: named, ...request }, i === 0 ? hooks : { ...hooks, onBytes() {} }),
  );
  try {
    return await Promise.all(threads.map(({ part }) => part));
  } finally {
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(job: PartJob, { signal, onBytes }: Hooks) {
  const worker = new Worker(builtPath('workload/capture/part-thread.js'), {
    workerData: job,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const part = new Promise<PartOfLog>((resolve, reject) => {
    const abort = () => reject(signal!.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: PartMessage) => {
      if (message.type === 'part') resolve(message.part);
      else onBytes(message.bytes);
    });
    worker.once('error', (error) => reject(fromThread(error)));
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', abort);
      reject(new BenchError('IMPORT_FAILED', `A thread of the import ended with ${code}.`, { exitCode: 4 }));
    });
  });
  return { worker, part };
}

/** Between threads an error keeps its fields, not its class. */
function fromThread(error: Error): Error {
  if (error.name !== 'BenchError') return error;
  const { code, message, exitCode, cause } = error as BenchError;
  return new BenchError(code, message, { exitCode, cause });
}
