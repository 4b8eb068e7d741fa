import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aborted } from 'node:util';
import { escapeIdentifier } from 'pg';
import { cacheFolder, makeOnce, makeOwnedDir } from '../../machine/index.js';
import { withClient } from '../client.js';
import type { ConnectionConfig } from '../cluster.js';
import { resolveBinaries } from '../embedded/binaries.js';
import {
  ADMIN_ROLE,
  configureDataDirectory,
  initDataDirectory,
  type NewDataDirectory,
  runServerProgram,
} from '../embedded/data-directory.js';
import { startServer, withFreePorts } from '../embedded/server.js';
import type { MadeDataset, Preparation, PreparedData } from '../provider.js';
import { createRoles, prepareDatabase } from './prepare-database.js';

/** A stopped data directory, loaded and at rest, that every node of every run is a copy of. */
export interface Template extends Filled {
  /** The data directory. Never start a server on it. */
  dir: string;
  /** Of the bench's three roles. */
  password: string;
}

/**
 * The template for a workload's data: made once and kept in the cache, found there afterwards.
 *
 * @throws BenchError (a full disk among the reasons), what `load` throws, or the signal's reason
 */
export async function ensureTemplate(options: Omit<MadeDataset, 'kind'> & Preparation): Promise<Template> {
  const { database, load } = options;
  return ensureDataDirectory({
    ...options,
    key: { ...options.key, database },
    appIsSuperuser: false,
    seed: initDataDirectory,
    async fill(connect) {
      await createDatabase(connect, database);
      await load(connect(database));
      return { database, warnings: [] };
    },
  });
}

/** How a template comes about: the steps that differ between a workload's data and a user's snapshot. */
export interface Recipe extends Preparation, Pick<MadeDataset, 'label' | 'key'> {
  appIsSuperuser: boolean;
  /** Makes the data directory. */
  seed(making: NewDataDirectory): Promise<void>;
  /** Brings the data into the running server and says which database holds it. */
  fill(connect: Connect, making: NewDataDirectory): Promise<Filled>;
}

/** The superuser's connection to a database of the server being filled. */
export type Connect = (database: string) => ConnectionConfig;

/** What is said of a data directory with data in it. */
export interface Filled extends Pick<PreparedData, 'database' | 'warnings'> {
  roles?: PreparedData['roles'];
}

export async function createDatabase(connect: Connect, database: string): Promise<void> {
  await withClient(connect('template1'), async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
  });
}

/** Raised when templates made by an older bench no longer serve. */
const TEMPLATE_FORMAT = 1;

export async function ensureDataDirectory(recipe: Recipe): Promise<Template> {
  const binaries = await resolveBinaries();
  const server = { version: binaries.version, source: binaries.source, user: binaries.runAs?.user ?? null };
  const key = Object.entries(recipe.key).sort(([a], [b]) => (a < b ? -1 : 1));
  const identity = JSON.stringify([TEMPLATE_FORMAT, server, key, recipe.appIsSuperuser]);
  const hash = createHash('sha256').update(identity).digest('hex');
  const home = join(cacheFolder('templates'), `${recipe.label}-${hash.slice(0, 16)}`);
  const manifestIn = (dir: string) => join(dir, 'template.json');
  const dataDirIn = (dir: string) => join(dir, 'data');
  await makeOnce(home, async (draft, run) => {
    const { signal, onProgress } = recipe;
    await makeOwnedDir(draft, 0o711, binaries.runAs);
    const password = randomBytes(16).toString('hex');
    const making = { binaries, dataDir: dataDirIn(draft), password, run, signal };
    onProgress?.('preparing an empty server');
    await recipe.seed(making);
    const filled = await fillDataDirectory(making, recipe);
    onProgress?.('writing it to the disk');
    // What was loaded with fsync off must survive a power cut once it is kept.
    await runServerProgram('initdb', ['--sync-only', '-D', making.dataDir], making);
    const manifest = JSON.stringify({ ...filled, password }, null, 2);
    writeFileSync(manifestIn(draft), manifest, { mode: 0o600, flush: true });
  });
  const manifest = JSON.parse(readFileSync(manifestIn(home), 'utf8')) as Omit<Template, 'dir'>;
  return { ...manifest, dir: dataDirIn(home) };
}

/**
 * Nothing needs to survive a crash while loading. But the WAL must be that of a server which may have a standby
 * (a standby refuses to start from wal_level = minimal), and no limit that a standby compares with its own may be
 * above what a run sets.
 */
const LOAD_SETTINGS = {
  cluster_name: 'splitbench-template',
  wal_level: 'replica',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '256MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  max_connections: '16',
};

/** A shutdown writes out all that was loaded: it is given time. */
const STOP_PATIENCE_MS = 120_000;

async function fillDataDirectory(making: NewDataDirectory, recipe: Recipe): Promise<Filled> {
  const { binaries, dataDir, password, run, signal } = making;
  const { server, port } = await withFreePorts(1, async ([port]) => {
    await configureDataDirectory(dataDir, { port: port!, settings: LOAD_SETTINGS, runAs: binaries.runAs });
    const logFile = join(run.path, 'server.log');
    const server = await startServer({ binaries, dataDir, logFile, signal, runId: run.id });
    return { server, port: port! };
  });
  const connect: Connect = (database) => ({ host: '127.0.0.1', port, user: ADMIN_ROLE, password, database });
  const work = async () => {
    await createRoles(connect('template1'), recipe.appIsSuperuser);
    recipe.onProgress?.('loading the data');
    const filled = await recipe.fill(connect, making);
    signal.throwIfAborted();
    recipe.onProgress?.('vacuuming and analysing');
    await prepareDatabase(connect(filled.database));
    return filled;
  };
  try {
    // What hangs when the server goes away need not be waited for.
    const interrupted = aborted(signal, recipe).then(() => Promise.reject(signal.reason));
    return await Promise.race([work(), interrupted]);
  } finally {
    await server.stop(signal.aborted ? 0 : STOP_PATIENCE_MS);
  }
}
