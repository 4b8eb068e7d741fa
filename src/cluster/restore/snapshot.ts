import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { Preparation, SnapshotDataset } from '../provider.js';
import { ensureDataDirectory, type Template } from '../template/template.js';
import { custom } from './custom.js';
import { directory } from './directory.js';
import type { SnapshotKind } from './kind.js';
import { plain } from './plain.js';

/**
 * The template for a captured workload: restored or copied from the user's snapshot once and kept in the cache. The
 * snapshot itself is only read.
 *
 * @returns it, with the identity of the snapshot
 * @throws BenchError if it can't be used, in words that say why; or the signal's reason
 */
export async function ensureSnapshotTemplate(
  options: Omit<SnapshotDataset, 'kind'> & Preparation,
): Promise<Template & { sha256: string }> {
  const path = resolve(options.path);
  const kind = await kindOf(path);
  const { identityFile, recipe }: SnapshotKind = SNAPSHOT_KINDS[kind];
  options.onProgress?.('reading the snapshot');
  const identity = createReadStream((await identityFile?.(path)) ?? path, { highWaterMark: 1 << 20 });
  const hash = createHash('sha256');
  await pipeline(identity, hash, { signal: options.signal });
  const sha256 = hash.digest('hex');
  try {
    const template = await ensureDataDirectory({
      ...options,
      label: 'snapshot',
      key: { kind, sha256, database: options.database ?? '' },
      appIsSuperuser: true,
      ...recipe(path, options.database),
    });
    return { ...template, sha256 };
  } catch (error) {
    if (error instanceof BenchError || options.signal.aborted) throw error;
    throw new BenchError(
      'SNAPSHOT_FAILED',
      `The snapshot ${path} could not be made ready: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

const SNAPSHOT_KINDS = { custom, plain, directory } satisfies Record<string, SnapshotKind>;

/** Enough of a file to tell SQL text from what isn't. */
const START_BYTES = 64 << 10;

async function kindOf(path: string): Promise<keyof typeof SNAPSHOT_KINDS> {
  const refuse = (why: string): never => {
    throw new BenchError(
      'NOT_A_SNAPSHOT',
      `${path} ${why}: give a dump by pg_dump (custom format or plain SQL), or the data directory of a stopped server.`,
    );
  };
  try {
    if (statSync(path).isDirectory()) {
      return existsSync(join(path, 'PG_VERSION')) ? 'directory' : refuse('is a folder without a PG_VERSION');
    }
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(START_BYTES));
    const start = buffer.subarray(0, bytesRead);
    if (start.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom';
    if (start.length === 0) refuse('is empty');
    if (start[0] === 0x1f && start[1] === 0x8b) refuse('is compressed with gzip: unzip it first');
    if (start.includes(0)) refuse('is neither a custom-format dump nor SQL text');
    return 'plain';
  } catch (error) {
    if (error instanceof BenchError) throw error;
    return refuse(`can't be read (${messageOf(error)})`);
  }
}
