import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunAs, type RunDir, runTool, writeOwned } from '../../machine/index.js';
import type { PgBinaries } from './binaries.js';

/** The superuser of every server that the bench runs. */
export const ADMIN_ROLE = 'splitbench';

/** A data directory in the making. */
export interface NewDataDirectory {
  binaries: PgBinaries;
  /** Where it will be. */
  dataDir: string;
  /** Of its superuser `splitbench`. */
  password: string;
  run: RunDir;
  signal: AbortSignal;
}

/**
 * Makes a data directory: UTF-8, sorted by code point and with Unicode's letter cases from the server itself where it
 * has them (17 and later), so that the same data behaves alike on every machine.
 *
 * @throws Error with initdb's own words
 */
export async function initDataDirectory(making: NewDataDirectory): Promise<void> {
  const { binaries, dataDir, password } = making;
  const passwordFile = `${dataDir}.password`;
  await writeOwned(passwordFile, password, binaries.runAs);
  const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const access = ['-U', ADMIN_ROLE, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const args = ['-D', dataDir, ...access, '--encoding=UTF8', '--locale=C', ...locale, '--no-sync'];
  await runServerProgram('initdb', args, { ...making, cwd: dirname(dataDir) });
  await rm(passwordFile);
}

/** @throws Error with the program's own words */
export async function runServerProgram(
  name: 'initdb' | 'postgres',
  args: string[],
  options: NewDataDirectory & { cwd?: string; input?: string },
): Promise<void> {
  const { binaries, dataDir, run, signal, cwd = dataDir, input } = options;
  const { code, stderr, stdout } = await runTool(join(binaries.binDir, name), args, {
    runAs: binaries.runAs,
    cwd,
    input,
    signal,
    runId: run.id,
  });
  if (code !== 0) throw new Error(`${name} failed: ${stderr.trim() || stdout.trim()}`);
}

/** Settings that the bench relies on, whatever a user sets. */
const FIXED_SETTINGS = {
  listen_addresses: '127.0.0.1',
  // No socket files: their path may be too long for the kernel, and two ways in would be one too many.
  unix_socket_directories: '',
  shared_preload_libraries: 'pg_stat_statements',
  // Counters start at zero in every run.
  'pg_stat_statements.save': 'off',
  // English, in order that the reason of a failed start can be recognised.
  lc_messages: 'C',
};

/** Settings that are the bench's to make, here or where it starts a node. */
export const BENCH_SETTINGS: ReadonlySet<string> = new Set([
  ...Object.keys(FIXED_SETTINGS),
  ...['port', 'cluster_name', 'primary_conninfo', 'primary_slot_name'],
  // Others would have it read elsewhere what stands in the data directory.
  ...['data_directory', 'config_file', 'hba_file', 'ident_file'],
]);

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
  { port, settings, runAs }: { port: number; settings: Record<string, string>; runAs: RunAs | null },
): Promise<void> {
  const all = { ...NEUTRAL_SETTINGS, ...settings, ...FIXED_SETTINGS, port: String(port) };
  const rules = ['all', 'replication'].map((what) => `host ${what} all 127.0.0.1/32 scram-sha-256\n`);
  await writeOwned(join(dataDir, 'postgresql.conf'), configLines(all), runAs);
  await writeOwned(join(dataDir, 'postgresql.auto.conf'), '', runAs);
  await writeOwned(join(dataDir, 'pg_hba.conf'), rules.join(''), runAs);
  await writeOwned(join(dataDir, 'pg_ident.conf'), '', runAs);
}

/** Settings as postgresql.conf has them. */
export function configLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
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

/** How the server of a data directory was left; only one that is `shut down` has all in its files. */
export function stateOf(dataDir: string): (typeof CLUSTER_STATES)[number] | 'unknown' {
  const control = readFileSync(join(dataDir, 'global', 'pg_control'));
  return CLUSTER_STATES[control.readInt32LE(STATE_OFFSET)] ?? 'unknown';
}
