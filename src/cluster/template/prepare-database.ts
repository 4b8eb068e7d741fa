import { type Client, escapeIdentifier } from 'pg';
import { MOST_REPLICAS } from '../../record/pure.js';
import { withClient } from '../client.js';
import type { ConnectionConfig } from '../cluster.js';
import { ADMIN_ROLE } from '../embedded/data-directory.js';

/** What the service and the player connect as. */
export const APP_ROLE = 'splitbench_app';
/** What observers connect as: sees all statistics, and is itself left out of them. */
export const MONITOR_ROLE = 'splitbench_monitor';
/** The primary keeps WAL for each standby through a slot, however far behind it falls. Unused, it keeps none. */
export const REPLICATION_SLOTS = Array.from({ length: MOST_REPLICAS }, (_, i) => `splitbench_${i + 1}`);

const UNHINDERED = [
  'statement_timeout = 0',
  'lock_timeout = 0',
  'default_transaction_read_only = off',
  `default_transaction_isolation = 'read committed'`,
];

/**
 * Creates the bench's roles, which belong to the whole server and have the admin's password. The app's role reads and writes every table there is
 * or will be, and owns none; `superuser` makes it one, for a captured workload that may do whatever its users could.
 */
export async function createRoles(admin: ConnectionConfig, superuser: boolean): Promise<void> {
  await withClient(admin, async (client) => {
    for (const role of [APP_ROLE, MONITOR_ROLE]) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
      await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD '${admin.password}'`);
    }
    await client.query(`ALTER ROLE ${APP_ROLE} ${superuser ? 'SUPERUSER' : 'NOSUPERUSER'}`);
    // A database's settings are its clients': they must not stop whoever prepares or watches it.
    for (const role of [ADMIN_ROLE, MONITOR_ROLE]) {
      for (const setting of UNHINDERED) await client.query(`ALTER ROLE ${role} SET ${setting}`);
    }
    await client.query(`GRANT pg_read_all_data, pg_write_all_data TO ${APP_ROLE}`);
    await client.query(`GRANT pg_monitor TO ${MONITOR_ROLE}`);
  });
}

/**
 * Readies a filled database for measured runs: statement statistics that leave the monitor's own out, and a state in
 * which a run finds nothing to tidy up.
 */
export async function prepareDatabase(admin: ConnectionConfig): Promise<void> {
  const prepare = async (client: Client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    // A restored or copied database may bring an older version of it, in a schema of its own choice.
    await client.query('ALTER EXTENSION pg_stat_statements UPDATE');
    const { rows } = await client.query<{ schema: string }>(
      `SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = 'pg_stat_statements'`,
    );
    const schema = escapeIdentifier(rows[0]!.schema);
    await client.query(`ALTER ROLE ${MONITOR_ROLE} SET search_path = ${schema}, public`);
    await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${MONITOR_ROLE}`);
    // Its owner may have kept others from it.
    for (const name of ['pg_stat_statements', 'pg_stat_statements_info']) {
      await client.query(`GRANT SELECT ON ${schema}.${name} TO ${MONITOR_ROLE}`);
    }
    await client.query(`
      GRANT EXECUTE ON FUNCTION ${schema}.pg_stat_statements(boolean), ${schema}.pg_stat_statements_info() TO ${MONITOR_ROLE}`);
    await client.query(`ALTER ROLE ${MONITOR_ROLE} SET pg_stat_statements.track = 'none'`);
    await client.query('VACUUM (FREEZE, ANALYZE)');
    await client.query('CHECKPOINT');
  };
  // However long it takes to vacuum a large one, and to write it to the disk.
  await withClient(admin, prepare, { queryTimeoutMs: 0 });
}

/** Readies a server for copies of its data directory: each may become a standby, and carries along what WAL there is. */
export async function prepareForCopies(admin: ConnectionConfig): Promise<void> {
  const prepare = async (client: Client) => {
    await client.query('SELECT pg_create_physical_replication_slot(unnest($1::text[]))', [REPLICATION_SLOTS]);
    // The last checkpoints drop all but a few segments of it.
    await client.query(`ALTER SYSTEM SET min_wal_size = '32MB'`);
    await client.query(`ALTER SYSTEM SET max_wal_size = '32MB'`);
    await client.query('SELECT pg_reload_conf()');
    await client.query('CHECKPOINT');
    await client.query('SELECT pg_switch_wal()');
    await client.query('CHECKPOINT');
  };
  await withClient(admin, prepare, { queryTimeoutMs: 0 });
}
