import { normalizeSql } from '../sql/normalise.js';
import { formatLsn } from './lsn.js';

/** What the router asks its servers. Positions are answered as bytes from 0/0. */

/**
 * Where a node is. On the primary: up to where its WAL is flushed, which covers every commit that was answered before;
 * with synchronous_commit = off that is the insert position, since such a commit is visible before it is flushed.
 * (Always to take the insert position would include what others are still writing, and make replicas seem late.)
 */
const WHERE = `(case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
  when pg_catalog.current_setting('synchronous_commit') = 'off' then pg_catalog.pg_current_wal_insert_lsn()
  else pg_catalog.pg_current_wal_flush_lsn() end operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::pg_catalog.float8`;

/**
 * A transaction id: all that the primary doesn't show yet have it or a higher one; all that a standby shows have a lower one.
 * (These names are older than pg_snapshot_xmin, and mean the same.)
 */
const HORIZON = `(case when pg_catalog.pg_is_in_recovery()
  then pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())
  else pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) end)::pg_catalog.float8`;

/** What a node is, where, and what it shows. */
export const POSITION = `select pg_catalog.pg_is_in_recovery() as standby, ${WHERE} as position, ${HORIZON} as horizon`;

/** Where the primary is for a connection that has synchronous_commit off, or had for its last transaction. */
export const INSERT_POSITION = `select (pg_catalog.pg_current_wal_insert_lsn()
  operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::pg_catalog.float8 as position`;

/** Since when a server runs, which tells it from any other. */
const STARTED = "pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) as started";

/** What is asked first on each new connection: where the node is, since when it runs, and how this connection commits. */
export const NEW_CONNECTION = `${POSITION}, ${STARTED},
  pg_catalog.current_setting('synchronous_commit') = 'off' as "commitsUnflushed"`;

/**
 * What a node is and where. A primary's timeline is that of the WAL it writes. A standby's is the highest that it is
 * known to have reached; what it receives (`receiving`) is the newest word of it, and hidden from unprivileged roles.
 */
export const NODE_CHECK = `select standby,
  (case when standby then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_flush_lsn() end
    operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::pg_catalog.float8 as lsn,
  case when standby
    then greatest(receiving, (select min_recovery_end_timeline from pg_catalog.pg_control_recovery()),
      (select timeline_id from pg_catalog.pg_control_checkpoint()))
    else ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
  receiving, ${WHERE} as position, ${HORIZON} as horizon, ${STARTED},
  (select system_identifier::text from pg_catalog.pg_control_system()) as "systemId"
  from (select pg_catalog.pg_is_in_recovery() as standby,
    (select received_tli from pg_catalog.pg_stat_wal_receiver) as receiving offset 0) as node`;

/**
 * Whether a statement is one that the router sends along with the application's, on its connections: for telling
 * them apart in pg_stat_statements, which has put `$n` for constants. `loadParser()` must have been awaited.
 */
export function isRouterStatement(sql: string): boolean {
  if (!/\bpg_(current_wal|last_wal)_/.test(sql)) return false;
  own ??= new Set([POSITION, INSERT_POSITION, NEW_CONNECTION].map(normalizeSql));
  return own.has(normalizeSql(sql));
}

let own: Set<string> | undefined;

/** Waits on a standby of PostgreSQL 19 or newer until it has replayed a position: answers `success` or `timeout`. */
export function waitForLsn(lsn: number, timeoutMs: number): string {
  return `WAIT FOR LSN '${formatLsn(lsn)}' WITH (TIMEOUT '${Math.ceil(timeoutMs)}ms', NO_THROW)`;
}
