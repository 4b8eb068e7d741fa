import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copyTree, type RunDir } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import { withClient } from '../client.js';
import { type PgBinaries, resolveBinaries } from '../embedded/binaries.js';
import {
  configureDataDirectory,
  createAdminRole,
  initDataDirectory,
  requireCleanDataDirectory,
} from '../embedded/data-directory.js';
import type { Preparation, SnapshotDataset } from '../provider.js';
import {
  type Connect,
  createDatabase,
  ensureDataDirectory,
  type Recipe,
  type Template,
} from '../template/template.js';
import { databasesOf } from './plain-dump.js';
import { requireReadableArchive, requireTool, restoreArchive, restorePlain } from './restore.js';

export type SnapshotOptions = Omit<SnapshotDataset, 'kind'> & Preparation;

export interface SnapshotTemplate extends Template {
  /** Identity of the snapshot: of a dump's bytes; of a data directory's control file, which changes with every checkpoint. */
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
  onProgress?.('reading the snapshot');
  const sha256 = await identityOf(path, kind, signal);
  try {
    const template = await ensureDataDirectory({
      label: 'snapshot',
      key: { kind, sha256, database: options.database ?? '' },
      appIsSuperuser: true,
      ...RECIPES[kind](path, options.database),
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

type Kind = 'custom' | 'plain' | 'directory';

const RECIPES: Record<Kind, (path: string, database?: string) => Pick<Recipe, 'seed' | 'fill'>> = {
  custom: (path, database = DUMP_DATABASE) => ({
    async seed(...args) {
      await requireReadableArchive(path, args[3]);
      await initDataDirectory(...args);
    },
    async fill(connect, context) {
      await createDatabase(connect, database);
      const warnings = await restoreArchive(path, connect(database), context);
      await requireTables(connect, database, path, warnings);
      return { database, warnings };
    },
  }),

  plain: (path, wanted) => ({
    async seed(...args) {
      await requireTool('psql', 'a plain SQL dump');
      await initDataDirectory(...args);
    },
    async fill(connect, context) {
      const first = wanted ?? DUMP_DATABASE;
      for (const name of [first, ...(await databasesOf(path))]) await createDatabase(connect, name);
      const warnings = await restorePlain(path, connect(first), context);
      const database = (await countTables(connect, first)) > 0 ? first : await biggestDatabase(connect);
      await requireTables(connect, database, path, warnings);
      if (wanted !== undefined && database !== wanted) {
        warnings.push(
          `The dump fills the database ${database} and not ${wanted}: ${database} is replayed against.`,
        );
      }
      return { database, warnings };
    },
  }),

  directory: (path, wanted) => ({
    seed: (...args) => copyDataDirectory(path, ...args),
    async fill(connect) {
      const names = await databasesBySize(connect);
      if (wanted !== undefined && !names.includes(wanted)) {
        throw new BenchError(
          'NO_SUCH_DATABASE',
          `The data directory ${path} has no database ${wanted}: name one of ${names.join(', ')} with --database.`,
        );
      }
      const database = wanted ?? (await biggestDatabase(connect));
      return { database, warnings: await collationWarnings(connect, database) };
    },
  }),
};

/** Where a dump goes that names no database of its own. */
const DUMP_DATABASE = 'workload';

function kindOf(path: string): Kind {
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

async function identityOf(path: string, kind: Kind, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  if (kind === 'directory') {
    requireCleanDataDirectory(path, await resolveBinaries());
    return hash.update(readFileSync(join(path, 'global', 'pg_control'))).digest('hex');
  }
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

async function copyDataDirectory(
  source: string,
  binaries: PgBinaries,
  dataDir: string,
  password: string,
  signal: AbortSignal,
  run: RunDir,
): Promise<void> {
  const { runAs } = binaries;
  // Links (tablespaces, a WAL folder elsewhere) become folders of the copy; a server takes either.
  await copyTree(source, dataDir, { runAs, run, follow: true, signal });
  // Its server may have been started meanwhile.
  requireCleanDataDirectory(source, binaries);
  await chmod(dataDir, 0o700);
  for (const name of ['postmaster.opts', 'log', 'pg_log', 'standby.signal', 'recovery.signal']) {
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
  // Its replication slots would keep WAL for subscribers that never come.
  const slots = join(dataDir, 'pg_replslot');
  for (const slot of await readdir(slots)) await rm(join(slots, slot), { recursive: true });
  await configureDataDirectory(dataDir, { port: 5432, settings: {}, runAs });
  await createAdminRole(binaries, dataDir, password, signal);
}

async function databasesBySize(connect: Connect): Promise<string[]> {
  return withClient(connect('template1'), async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate
       ORDER BY pg_database_size(oid) DESC`,
    );
    return rows.map(({ name }) => name);
  });
}

/** The biggest database with a table in it. */
async function biggestDatabase(connect: Connect): Promise<string> {
  const names = await databasesBySize(connect);
  for (const name of names) if ((await countTables(connect, name)) > 0) return name;
  return names[0]!;
}

async function countTables(connect: Connect, database: string): Promise<number> {
  return withClient(connect(database), async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_class
       WHERE relkind IN ('r', 'p', 'm') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
    );
    return rows[0]!.count;
  });
}

async function requireTables(
  connect: Connect,
  database: string,
  path: string,
  warnings: string[],
): Promise<void> {
  if ((await countTables(connect, database)) > 0) return;
  const first = warnings[0] ? ` (${warnings[0]})` : '';
  throw new BenchError(
    'SNAPSHOT_EMPTY',
    `Restoring ${path} brought no table${first}: is it the dump of a whole database?`,
  );
}

/** An index sorted by another C library's rules can miss rows here. */
async function collationWarnings(connect: Connect, database: string): Promise<string[]> {
  return withClient(connect(database), async (client) => {
    const { rows } = await client.query<{ differs: boolean }>(
      `SELECT to_jsonb(d)->>'datcollversion' IS DISTINCT FROM pg_database_collation_actual_version(oid) AS differs
       FROM pg_database d WHERE datname = $1`,
      [database],
    );
    return rows[0]?.differs
      ? [
          'The data directory was made with other sorting rules than this machine’s: indexes on text may miss rows. A dump avoids that.',
        ]
      : [];
  }).catch(() => []); // PostgreSQL 14 keeps no version for a database.
}
