import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aborted } from 'node:util';
import { escapeIdentifier } from 'pg';
import {
  cacheFolder,
  copiesShareBlocks,
  explainFullDisk,
  makeOnce,
  makeOwnedDir,
  NOTICE_MS,
  processLost,
  type RunAs,
  type RunDir,
  requireSpace,
  tellsOfFullDisk,
} from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import { withClient } from '../client.js';
import type { ConnectionConfig } from '../cluster.js';
import { resolveBinaries } from '../embedded/binaries.js';
import {
  ADMIN_ROLE,
  configureDataDirectory,
  initDataDirectory,
  type NewDataDirectory,
  runServerProgram,
  stateOf,
} from '../embedded/data-directory.js';
import { startServer } from '../embedded/server.js';
import { giveBackMemory } from '../embedded/shared-memory.js';
import { withFreePorts } from '../free-ports.js';
import type { MadeDataset, Preparation, PreparedData } from '../provider.js';
import { createRoles, prepareDatabase, prepareForCopies } from './prepare-database.js';

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
  const { database, bytes = 0 } = options;
  return ensureDataDirectory({
    ...options,
    key: { ...options.key, database },
    appIsSuperuser: false,
    bytes: () => bytes,
    seed: initDataDirectory,
    fill: (connect) => loadMade(connect, options),
  });
}

/** Brings a workload's own data into a server. */
export async function loadMade(
  connect: Connect,
  { database, load }: Pick<MadeDataset, 'database' | 'load'>,
): Promise<Filled> {
  await createDatabase(connect, database);
  await load(connect(database));
  return { database, warnings: [] };
}

/**
 * Brings data into a new server and readies it for measured runs.
 * @param of.onProgress is told the steps
 */
export async function fillServer(
  connect: Connect,
  { appIsSuperuser, fill, onProgress }: Content & Pick<Preparation, 'onProgress'>,
  filling: Filling,
): Promise<Filled> {
  await createRoles(connect('template1'), appIsSuperuser);
  onProgress?.('loading the data');
  const filled = await fill(connect, filling);
  filling.signal.throwIfAborted();
  onProgress?.('vacuuming and analysing');
  await prepareDatabase(connect(filled.database));
  return filled;
}

/** Data for a server: a workload's own, or a user's snapshot. */
export interface Content {
  appIsSuperuser: boolean;
  /** Brings the data into the running server and says which database holds it. */
  fill(connect: Connect, filling: Filling): Promise<Filled>;
}

/** Whom a server's filling belongs to. */
export interface Filling {
  run: RunDir;
  /** What must not run as root runs as this user, where the bench is root. */
  runAs: RunAs | null;
  signal: AbortSignal;
}

/** How a template comes about: the steps that differ between a workload's data and a user's snapshot. */
export interface Recipe extends Content, Preparation, Pick<MadeDataset, 'label' | 'key'> {
  /** The disk that its data take at least, beside an empty server's. */
  bytes(): number | Promise<number>;
  /** They come as files, which are copied: no WAL is written of them. */
  areFiles?: boolean;
  /** Makes the data directory. */
  seed(making: NewDataDirectory): Promise<void>;
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
const TEMPLATE_FORMAT = 2;

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
    await requireRoom(recipe);
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

/** An empty server with its first WAL. */
const EMPTY_SERVER_BYTES = 65e6;
/**
 * While data are loaded, their WAL is there too: SmartMenu's was seen to take 1.2 times what the data take. Near the
 * max_wal_size of LOAD_SETTINGS a checkpoint frees it again; until it is done, some more is written.
 */
const WAL = { ofData: 1.2, maxBytes: 6e9 };

/** @throws BenchError DISK_FULL if the data and the copies of them to come find no room */
async function requireRoom({ bytes, areFiles = false, copies = 0 }: Recipe): Promise<void> {
  const data = await bytes();
  const copied = copies > 0 && (await copiesShareBlocks()) ? 0 : copies;
  const wal = areFiles ? 0 : Math.min(WAL.ofData * data, WAL.maxBytes);
  const afterwards = (1 + copied) * (EMPTY_SERVER_BYTES + data);
  requireSpace(
    Math.max(EMPTY_SERVER_BYTES + data + wal, afterwards),
    copies > 0 ? 'Loading the data, for each server to have a copy,' : 'Loading the data',
  );
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
  const logFile = join(run.path, 'server.log');
  const { server, port } = await withFreePorts(1, async ([port]) => {
    await configureDataDirectory(dataDir, { port: port!, settings: LOAD_SETTINGS, runAs: binaries.runAs });
    const server = await startServer({ binaries, dataDir, logFile, signal, runId: run.id });
    return { server, port: port! };
  });
  const connect: Connect = (database) => ({ host: '127.0.0.1', port, user: ADMIN_ROLE, password, database });
  const work = async () => {
    const filled = await fillServer(connect, recipe, { run, runAs: binaries.runAs, signal });
    await prepareForCopies(connect(filled.database));
    await server.stop(STOP_PATIENCE_MS);
    requireWhole(dataDir);
    return filled;
  };
  const lost = server.lost.then((how) => processLost('The server that the data were loaded into', how));
  try {
    // What hangs when the server goes away need not be waited for.
    const interrupted = aborted(signal, recipe).then(() => Promise.reject(signal.reason));
    return await Promise.race([work(), interrupted, lost.then((error) => Promise.reject(error))]);
  } catch (error) {
    const cause = signal.aborted ? error : await Promise.race([lost, sleep(NOTICE_MS, error)]);
    // What was loaded is thrown away: the server need not write it out first.
    if (!(await server.stop(0))) await giveBackMemory({ binaries, dataDir });
    throw signal.aborted ? error : (fullDiskIn(logFile) ?? cause);
  }
}

/** @throws BenchError LOAD_UNFINISHED if the server did not get to write all out when it was stopped */
function requireWhole(dataDir: string): void {
  const state = stateOf(dataDir);
  if (state === 'shut down') return;
  throw new BenchError(
    'LOAD_UNFINISHED',
    `PostgreSQL did not write out all that was loaded (its state: ${state}): try again.`,
    { exitCode: 4 },
  );
}

/** A server that finds no room says so again and again. */
const LOG_END_BYTES = 64 << 10;

/** Clients of a server that finds no room may only see it go away; its log tells why. Null where it doesn't. */
function fullDiskIn(logFile: string): unknown {
  const log = readFileSync(logFile).subarray(-LOG_END_BYTES).toString();
  return tellsOfFullDisk(log) ? explainFullDisk(new Error(log)) : null;
}
