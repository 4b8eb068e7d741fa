import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { Preparation, SnapshotDataset } from '../provider.js';
import { ensureDataDirectory, type Template } from '../template/template.js';
import { custom } from './custom.js';
import { directory } from './directory.js';
import type { SnapshotKind } from './kind.js';
import { plain } from './plain.js';

export type SnapshotOptions = Omit<SnapshotDataset, 'kind'> & Preparation;

export interface SnapshotTemplate extends Template {
  /** Identity of the snapshot. */
  sha256: string;
}

/**
 * The template for a captured workload: restored or copied from the user's snapshot once and kept in the cache. The
 * snapshot itself is only read.
 *
 * @throws BenchError if it can't be used, in words that say why; or the signal's reason
 */
export async function ensureSnapshotTemplate(options: SnapshotOptions): Promise<SnapshotTemplate> {
  const path = resolve(options.path);
  const { signal, onProgress } = options;
  const kind = kindOf(path);
  const { identityFile, recipe }: SnapshotKind = SNAPSHOT_KINDS[kind];
  onProgress?.('reading the snapshot');
  const identity = createReadStream((await identityFile?.(path)) ?? path, { highWaterMark: 1 << 20 });
  const hash = createHash('sha256');
  await pipeline(identity, hash, { signal });
  const sha256 = hash.digest('hex');
  try {
    const template = await ensureDataDirectory({
      label: 'snapshot',
      key: { kind, sha256, database: options.database ?? '' },
      appIsSuperuser: true,
      ...recipe(path, options.database),
      signal,
      onProgress,
    });
    return { ...template, sha256 };
  } catch (error) {
    if (error instanceof BenchError || signal.aborted) throw error;
    throw new BenchError(
      'SNAPSHOT_FAILED',
      `The snapshot ${path} could not be made ready: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

const SNAPSHOT_KINDS = { custom, plain, directory } satisfies Record<string, SnapshotKind>;

function kindOf(path: string): keyof typeof SNAPSHOT_KINDS {
  const refuse = (why: string): never => {
    throw new BenchError(
      'NOT_A_SNAPSHOT',
      `${path} ${why}: give a dump by pg_dump (custom format or plain SQL), or the data directory of a stopped server.`,
    );
  };
  let start: Buffer;
  try {
    if (statSync(path).isDirectory()) {
      return existsSync(join(path, 'PG_VERSION')) ? 'directory' : refuse('is a folder without a PG_VERSION');
    }
    start = readStart(path);
  } catch (error) {
    if (error instanceof BenchError) throw error;
    return refuse(`can't be read (${messageOf(error)})`);
  }
  if (start.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom';
  if (start.length === 0) refuse('is empty');
  if (start[0] === 0x1f && start[1] === 0x8b) refuse('is compressed with gzip: unzip it first');
  if (start.includes(0)) refuse('is neither a custom-format dump nor SQL text');
  return 'plain';
}

function readStart(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(64 << 10);
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
