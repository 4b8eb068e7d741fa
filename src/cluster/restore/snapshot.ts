import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BenchError, whyNotRead, wordsOf } from '../../machine/pure.js';
import type { Preparation, SnapshotDataset } from '../provider.js';
import { ensureDataDirectory, type Template } from '../template/template.js';
import { custom } from './custom.js';
import { directory } from './directory.js';
import { requireGlobals, restoreGlobals } from './globals.js';
import type { SnapshotKind } from './kind.js';
import { stopLogging } from './logging.js';
import { plain } from './plain.js';
import { letRolesLogIn } from './roles.js';

/** A template, and the identities of what it was made of. */
export type SnapshotTemplate = Template & Identities;

interface Identities {
  sha256: string;
  globalsSha256: string | null;
}

/** Raised when templates made of snapshots by an older bench no longer serve. */
const SNAPSHOT_FORMAT = 3;

/**
 * The template for a captured workload: restored or copied from the user's snapshot once and kept in the cache, with the
 * roles of its globals, if there are any. The files themselves are only read.
 * @throws BenchError if they can't be used, in words that say why; or the signal's reason
 */
export async function ensureSnapshotTemplate(
  options: Omit<SnapshotDataset, 'kind'> & Preparation,
): Promise<SnapshotTemplate> {
  const { signal, database, capturedDatabase: captured } = options;
  const path = resolve(options.path);
  const globals = options.globals === undefined ? null : resolve(options.globals);
  const kind = await kindOf(path);
  if (globals !== null) await requireGlobals(globals);
  const { identityFile, recipe }: SnapshotKind = SNAPSHOT_KINDS[kind];
  options.onProgress?.('reading the snapshot');
  const sha256 = await sha256Of((await identityFile?.(path)) ?? path, signal);
  const globalsSha256 = globals === null ? null : await sha256Of(globals, signal);
  const { fill, ...made } = recipe(path, { database, captured, hasRoles: globals !== null });
  try {
    const template = await ensureDataDirectory({
      ...options,
      label: 'snapshot',
      key: {
        format: SNAPSHOT_FORMAT,
        ...{ kind, sha256, database: database ?? '', captured: captured ?? '', globals: globalsSha256 ?? '' },
      },
      appIsSuperuser: true,
      ...made,
      async fill(connect, making) {
        const warnings = globals === null ? [] : await restoreGlobals(globals, connect, making);
        const filled = await fill(connect, making);
        await stopLogging(connect);
        const roles = await letRolesLogIn(connect, filled.database);
        return { ...filled, warnings: [...warnings, ...filled.warnings], roles };
      },
    });
    return { ...template, sha256, globalsSha256 };
  } catch (error) {
    if (error instanceof BenchError || options.signal.aborted) throw error;
    throw new BenchError(
      'SNAPSHOT_FAILED',
      `The snapshot ${path} could not be made ready: ${wordsOf(error)}.`,
      { cause: error },
    );
  }
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
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
    return refuse(`can't be read (${whyNotRead(error)})`);
  }
}
