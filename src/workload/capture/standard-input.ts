import { read, writeSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { promisify } from 'node:util';

/** What stands for it among the files of a log. */
export const STANDARD_INPUT = '-';

/**
 * Keeps what comes in, for a log is looked into before it is read.
 * @param file open for reading and writing, and empty
 * @throws the signal's reason if it is aborted; the file system's error if the file can't be written
 */
export async function keepStandardInput(file: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    const input = signal ? addAbortSignal(signal, process.stdin) : process.stdin;
    for await (const chunk of input as AsyncIterable<Buffer>) {
      for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

const readAt = promisify(read);

/** What was kept, from its beginning; it stays open. */
export async function* keptInput(file: number, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await readAt(file, Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
