import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BenchError, whyNotRead, wordsOf } from '../../machine/pure.js';
import type { Dataset, MadeDataset, Preparation, SnapshotDataset } from '../provider.js';
import { ensureDataDirectory, type Recipe, type Template } from '../template/template.js';
import { custom } from './custom.js';
import { directory } from './directory.js';
import { requireGlobals, restoreGlobals } from './globals.js';
import type { SnapshotKind } from './kind.js';
import { stopLogging } from './logging.js';
import { plain } from './plain.js';
import { letRolesLogIn } from './roles.js';

/** What snapshots of one content have in common. */
interface Identities {
  sha256: string;
  globalsSha256: string | null;
}

/** A user's snapshot, with the roles of its globals, if there are any. The files themselves are only read. */
export interface Snapshot
  extends Identities,
    Pick<Recipe, 'appIsSuperuser' | 'bytes' | 'areFiles' | 'seed' | 'fill'> {
  path: string;
  /** All that a server with its data depends on, beside PostgreSQL. */
  key: Recipe['key'];
}

/** Raised when what was made of snapshots by an older bench no longer serves. */
const SNAPSHOT_FORMAT = 3;

/**
 * Looks at a snapshot, and says how a server comes by its data.
 * @throws BenchError if the files can't be used, in words that say why; or the signal's reason
 */
export async function openSnapshot(options: Omit<SnapshotDataset, 'kind'> & Preparation): Promise<Snapshot> {
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
  return {
    ...{ path, sha256, globalsSha256 },
    key: {
      format: SNAPSHOT_FORMAT,
      ...{ kind, sha256, database: database ?? '', captured: captured ?? '', globals: globalsSha256 ?? '' },
    },
    appIsSuperuser: true,
    ...made,
    async fill(connect, filling) {
      const warnings = globals === null ? [] : await restoreGlobals(globals, connect, filling);
      const filled = await fill(connect, filling);
      await stopLogging(connect);
      const roles = await letRolesLogIn(connect, filled.database);
      return { ...filled, warnings: [...warnings, ...filled.warnings], roles };
    },
  };
}

/**
 * The template for a captured workload: restored or copied from the user's snapshot once and kept in the cache.
 * @throws BenchError as openSnapshot, and where it can't be restored
 */
export async function ensureSnapshotTemplate(
  options: Omit<SnapshotDataset, 'kind'> & Preparation,
): Promise<Template & Identities> {
  const snapshot = await openSnapshot(options);
  const { sha256, globalsSha256 } = snapshot;
  const template = await explained(snapshot, options.signal, () =>
    ensureDataDirectory({ ...options, ...snapshot, label: 'snapshot' }),
  );
  return { ...template, sha256, globalsSha256 };
}

/** Makes something of a snapshot. @throws BenchError in words that name the snapshot; or the signal's reason */
export async function explained<T>(
  { path }: Snapshot,
  signal: AbortSignal,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof BenchError || signal.aborted) throw error;
    throw new BenchError(
      'SNAPSHOT_FAILED',
      `The snapshot ${path} could not be made ready: ${wordsOf(error)}.`,
      { cause: error },
    );
  }
}

/** @throws BenchError SNAPSHOT_MISSING */
export function requireSnapshot(dataset: Dataset): asserts dataset is MadeDataset | SnapshotDataset {
  if (dataset.kind !== 'present') return;
  throw new BenchError(
    'SNAPSHOT_MISSING',
    'A captured trace needs the data it ran on: give a dump or a data directory with --snapshot.',
  );
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
