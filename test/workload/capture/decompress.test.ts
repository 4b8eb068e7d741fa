import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BrokenCompression, decompressed } from '../../../src/workload/capture/decompress.js';

/** `one`, `two` and `three`, a line each, the last in a part of its own: as `cat a.zst b.zst` makes it. */
const COMPRESSED = {
  gzip: Buffer.concat([gzipSync('one\ntwo\n'), gzipSync('three\n')]),
  Zstandard: Buffer.from('KLUv/SQIQQAAb25lCnR3bwrmpg5AKLUv/SQGMQAAdGhyZWUK1wb9KA==', 'base64'),
  bzip2: Buffer.from(
    'QlpoOTFBWSZTWacUK3cAAALBgAAQAgGEgCAAIYAMAjj1G4u5IpwoSFOKFbuAQlpoOTFBWSZTWQHHM2oAAALBgAAQAkAUACAAIYNBmgiwHF3JFOFCQAcczag=',
    'base64',
  ),
};

async function read(bytes: Buffer, chunkSize: number, error?: Error) {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
    if (error) throw error;
  }
  let text = '';
  const ending = (async () => {
    for await (const chunk of decompressed(chunks())) text += chunk;
  })();
  return { failure: await ending.catch((thrown) => thrown), text };
}

describe.each(Object.entries(COMPRESSED))('what was compressed with %s', (_, bytes) => {
  it.each([bytes.length, 5])(
    'is read by its content, all of its parts, in chunks of %d bytes',
    async (size) => {
      expect(await read(bytes, size)).toEqual({ failure: undefined, text: 'one\ntwo\nthree\n' });
    },
  );

  it('and breaks off is told from what cannot be read', async () => {
    const { failure } = await read(bytes.subarray(0, -3), 1000);
    expect(failure).toBeInstanceOf(BrokenCompression);
    const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    expect((await read(bytes, 1000, error)).failure).toBe(error);
  });
});

it('anything else comes as it is', async () => {
  expect(await read(Buffer.from('as it is'), 100)).toEqual({ failure: undefined, text: 'as it is' });
  expect(await read(Buffer.alloc(0), 100)).toEqual({ failure: undefined, text: '' });
});
