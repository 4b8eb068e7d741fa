import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import unbzip2Stream from 'unbzip2-stream';
import { messageOf } from '../../machine/pure.js';

/** Large enough for a read to cost little beside what is read, small enough for what is made of a chunk to die young. */
export const CHUNK_BYTES = 1 << 18;

type Chunks = AsyncIterable<Buffer>;

/** Ways of compressing files, each with what they begin with. */
const COMPRESSIONS: { magic: number[]; decompress(compressed: Chunks): Chunks }[] = [
  { magic: [0x1f, 0x8b], decompress: gunzip },
  { magic: [0x42, 0x5a, 0x68], decompress: bunzip2 },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], decompress: unzstd },
];

/** So little of what Zstandard compressed becomes 32 MiB at most. */
const ZSTD_PIECE_BYTES = 1 << 10;

/** So many bytes of a file show how it is compressed. */
export const MAGIC_BYTES = 4;

/** @param start its first bytes */
export function isCompressed(start: Buffer): boolean {
  return compressionOf(start) !== undefined;
}

function compressionOf(start: Buffer) {
  return COMPRESSIONS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
}

/** A compressed file is damaged, or breaks off. */
export class BrokenCompression extends Error {}

/**
 * What was compressed with gzip, bzip2 or Zstandard, by its content; anything else as it is.
 * @throws BrokenCompression once all that can be had has been given; what reading the chunks throws
 */
export async function* decompressed(chunks: Chunks): AsyncGenerator<Buffer> {
  const input = chunks[Symbol.asyncIterator]();
  try {
    const { value: first, done } = await input.next();
    if (done) return;
    const compression = compressionOf(first);
    const whole = startingWith(first, input);
    yield* compression ? compression.decompress(whole) : whole;
  } catch (cause) {
    // What is wrong with the file itself, the system tells.
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause;
    throw new BrokenCompression(messageOf(cause), { cause });
  } finally {
    await input.return?.();
  }
}

async function* startingWith(first: Buffer, rest: AsyncIterator<Buffer>): Chunks {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

async function* gunzip(compressed: Chunks): Chunks {
  const input = Readable.from(compressed);
  const decompressor = createGunzip({ chunkSize: CHUNK_BYTES });
  input.on('error', (error) => decompressor.destroy(error));
  try {
    yield* input.pipe(decompressor);
  } finally {
    input.destroy();
    decompressor.destroy();
  }
}

/** It is an old kind of stream, which gives what it has within the call that it is written by. */
async function* bunzip2(compressed: Chunks): Chunks {
  const pieces: Buffer[] = [];
  let failure: Error | undefined;
  const decompressor = unbzip2Stream()
    .on('data', (piece) => pieces.push(piece))
    .on('error', (error) => {
      failure ??= error;
    });
  for await (const chunk of compressed) {
    decompressor.write(chunk);
    yield* pieces.splice(0);
    if (failure) throw failure;
  }
  decompressor.end();
  yield* pieces;
  if (failure) throw failure;
}

async function* unzstd(compressed: Chunks): Chunks {
  const pieces: Uint8Array[] = [];
  const decompressor = new Decompress((piece) => pieces.push(piece));
  for await (const chunk of compressed) {
    for (let at = 0; at < chunk.length; at += ZSTD_PIECE_BYTES) {
      decompressor.push(chunk.subarray(at, at + ZSTD_PIECE_BYTES));
      yield* pieces.splice(0).map(bufferOf);
    }
  }
  decompressor.push(new Uint8Array(0), true);
  yield* pieces.map(bufferOf);
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
