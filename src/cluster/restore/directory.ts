import { existsSync, readFileSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree, treeBytes } from '../../machine/index.js';
import { BenchError, type ErrorCode, whyNotRead } from '../../machine/pure.js';
import { withClient } from '../client.js';
import { type PgBinaries, resolveBinaries } from '../embedded/binaries.js';
import {
  ADMIN_ROLE,
  configureDataDirectory,
  type NewDataDirectory,
  runServerProgram,
  stateOf,
} from '../embedded/data-directory.js';
import type { Connect } from '../template/template.js';
import { biggestDatabase, databasesBySize, type SnapshotKind } from './kind.js';

/** The data directory of a cleanly stopped server, which is copied as it is. */
export const directory: SnapshotKind = {
  // It changes with every checkpoint.
  async identityFile(path) {
    requireCleanDataDirectory(path, await resolveBinaries());
    return join(path, 'global', 'pg_control');
  },
  recipe: (path, { database: wanted, captured }) => ({
    bytes: () => treeBytes(path),
    areFiles: true,
    seed: (making) => copyDataDirectory(path, making),
    async fill(connect) {
      const names = await databasesBySize(connect);
      if (wanted !== undefined && !names.includes(wanted)) {
        throw new BenchError(
          'NO_SUCH_DATABASE',
          `The data directory ${path} has no database ${wanted}: name one of ${names.join(', ')} with --database.`,
        );
      }
      const known = captured !== undefined && names.includes(captured) ? captured : undefined;
      const database = wanted ?? known ?? (await biggestDatabase(connect));
      return { database, warnings: await collationWarnings(connect, database) };
    },
  }),
};

async function copyDataDirectory(source: string, making: NewDataDirectory): Promise<void> {
  const { binaries, dataDir, run, signal } = making;
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
  // A server of unknown superusers gets one that is ours, in single-user mode, which asks for no password.
  // One statement a line; if the role is there already, the first one's error does no harm.
  const input = `CREATE ROLE ${ADMIN_ROLE}\nALTER ROLE ${ADMIN_ROLE} SUPERUSER LOGIN REPLICATION PASSWORD '${making.password}'\n`;
  await runServerProgram('postgres', ['--single', '-D', dataDir, 'template1'], { ...making, input });
}

/**
 * Refuses a data directory that a copy of could not be started from: of another major version, of a server that runs
 * or was not stopped cleanly, or with parts outside of it that two copies would share.
 *
 * @throws BenchError
 */
function requireCleanDataDirectory(dir: string, binaries: PgBinaries): void {
  const refuse = (code: ErrorCode, why: string): never => {
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
    const state = stateOf(dir);
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
      `The data directory ${dir} can't be read: ${whyNotRead(error)}.`,
      { cause: error },
    );
  }
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
