import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunAs, type RunDir, runTool, writeOwned } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { PgBinaries } from './binaries.js';

/** The superuser of every server that the bench runs. */
export const ADMIN_ROLE = 'splitbench';

/**
 * Makes a data directory: UTF-8, sorted by code point and with Unicode's letter cases from the server itself where it
 * has them (17 and later), so that the same data behaves alike on every machine.
 *
 * @throws Error with initdb's own words
 */
export async function initDataDirectory(
  binaries: PgBinaries,
  dataDir: string,
  password: string,
  signal: AbortSignal,
  run: RunDir,
): Promise<void> {
  const passwordFile = `${dataDir}.password`;
  await writeOwned(passwordFile, password, binaries.runAs);
  const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const { code, stderr, stdout } = await runTool(
    join(binaries.binDir, 'initdb'),
    [
      ...['-D', dataDir, '-U', ADMIN_ROLE, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--locale=C', ...locale, '--no-sync'],
    ],
    { runAs: binaries.runAs, cwd: join(dataDir, '..'), signal, runId: run.id },
  );
  await rm(passwordFile);
  if (code !== 0) throw new Error(`initdb failed: ${stderr.trim() || stdout.trim()}`);
}

/** Writes a data directory to the disk for good: what was loaded with fsync off must survive a power cut once it is kept. */
export async function syncDataDirectory(
  binaries: PgBinaries,
  dataDir: string,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['--sync-only', '-D', dataDir];
  const options = { runAs: binaries.runAs, cwd: dataDir, signal };
  const { code, stderr } = await runTool(join(binaries.binDir, 'initdb'), args, options);
  if (code !== 0) throw new Error(`initdb --sync-only failed: ${stderr.trim()}`);
}

/** Gives a server of unknown superusers one that is ours, in single-user mode, which asks for no password. */
export async function createAdminRole(
  binaries: PgBinaries,
  dataDir: string,
  password: string,
  signal?: AbortSignal,
): Promise<void> {
  const { code, stderr } = await runTool(
    join(binaries.binDir, 'postgres'),
    ['--single', '-D', dataDir, 'template1'],
    {
      runAs: binaries.runAs,
      cwd: dataDir,
      signal,
      // One statement a line; if the role is there already, the first one's error does no harm.
      input: `CREATE ROLE ${ADMIN_ROLE}\nALTER ROLE ${ADMIN_ROLE} SUPERUSER LOGIN REPLICATION PASSWORD '${password}'\n`,
    },
  );
  if (code !== 0) throw new Error(`postgres --single failed: ${stderr.trim()}`);
}

/**
 * Refuses a data directory that a copy of could not be started from: of another major version, of a server that runs
 * or was not stopped cleanly, or with parts outside of it that two copies would share.
 *
 * @throws BenchError
 */
export function requireCleanDataDirectory(dir: string, binaries: PgBinaries): void {
  const refuse = (code: string, why: string): never => {
    throw new BenchError(code, `The data directory ${dir} ${why}`);
  };
  try {
    const major = readFileSync(join(dir, 'PG_VERSION'), 'utf8').trim();
    if (major !== String(binaries.major)) {
      refuse(
        'DATA_DIRECTORY_VERSION',
        `is of PostgreSQL ${major} and the server here is ${binaries.version}: set BENCH_PG_BIN to the bin folder of PostgreSQL ${major}, or give a dump.`,
      );
    }
    if (existsSync(join(dir, 'postmaster.pid'))) {
      refuse(
        'DATA_DIRECTORY_UNCLEAN',
        'is in use or its server crashed (it has a postmaster.pid): stop the server cleanly (pg_ctl stop -m fast) first.',
      );
    }
    const state = clusterState(dir);
    if (state !== 'shut down') {
      refuse(
        'DATA_DIRECTORY_UNCLEAN',
        state === 'shut down in recovery'
          ? 'is that of a standby: give the primary’s, or promote and stop it first.'
          : `was not stopped cleanly (state: ${state}): start its server and stop it with pg_ctl stop -m fast first.`,
      );
    }
  } catch (error) {
    if (error instanceof BenchError) throw error;
    throw new BenchError(
      'DATA_DIRECTORY_UNREADABLE',
      `The data directory ${dir} can't be read: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

/** DBState in PostgreSQL's pg_control.h, the same since 9.2. */
const CLUSTER_STATES = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const;

/** ControlFileData starts with an 8-byte system identifier and two 4-byte versions; the state follows. */
const STATE_OFFSET = 16;

function clusterState(dir: string): (typeof CLUSTER_STATES)[number] | 'unknown' {
  const control = readFileSync(join(dir, 'global', 'pg_control'));
  return CLUSTER_STATES[control.readInt32LE(STATE_OFFSET)] ?? 'unknown';
}

export interface ServerConfig {
  port: number;
  settings: Record<string, string>;
  runAs: RunAs | null;
}

/** Settings that the bench relies on, whatever a user sets. */
const FIXED_SETTINGS = {
  listen_addresses: '127.0.0.1',
  // No socket files: their path may be too long for the kernel, and two ways in would be one too many.
  unix_socket_directories: '',
  logging_collector: 'off',
  shared_preload_libraries: 'pg_stat_statements',
  // Counters start at zero in every run.
  'pg_stat_statements.save': 'off',
  // English, in order that the reason of a failed start can be recognised.
  lc_messages: 'C',
};

/** What initdb would have taken from the machine's surroundings. */
const NEUTRAL_SETTINGS = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  default_text_search_config: 'pg_catalog.english',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

/** Replaces a data directory's configuration by the bench's own: only clients on this machine, by password. */
export async function configureDataDirectory(
  dataDir: string,
  { port, settings, runAs }: ServerConfig,
): Promise<void> {
  const all = { ...NEUTRAL_SETTINGS, ...settings, ...FIXED_SETTINGS, port: String(port) };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  const rules = ['all', 'replication'].map((what) => `host ${what} all 127.0.0.1/32 scram-sha-256\n`);
  await writeOwned(join(dataDir, 'postgresql.conf'), lines.join(''), runAs);
  await writeOwned(join(dataDir, 'postgresql.auto.conf'), '', runAs);
  await writeOwned(join(dataDir, 'pg_hba.conf'), rules.join(''), runAs);
  await writeOwned(join(dataDir, 'pg_ident.conf'), '', runAs);
}
