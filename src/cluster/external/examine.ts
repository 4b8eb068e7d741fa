import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { parentOf, titleOf } from '../../machine/index.js';
import { BenchError, formatCount, formatSeconds } from '../../machine/pure.js';
import type { PlannedNode } from '../../record/pure.js';
import { parseLsn, visibleAt } from '../../router/nodes/index.js';
import { withClient } from '../client.js';
import type { ConnectionConfig } from '../cluster.js';
import { type Address, hostOf } from './address.js';
import { toDatabase } from './connect.js';
import { MAINTENANCE_DATABASE } from './own-database.js';

/** A server that others run, as it was found. */
export interface Found {
  node: PlannedNode;
  address: Address;
  connection: ConnectionConfig;
  facts: Facts;
  /** Of its postmaster, where that is a process of this machine. */
  pid: number | null;
}

/** What a server says of itself. */
interface Facts {
  versionNumber: number;
  version: string;
  standby: boolean;
  systemId: string;
  timeline: number;
  /** Connections that are left to others than superusers, and how many of them to this role. */
  free: number;
  /** Whether what others do, and where replicas are, is shown to this role. */
  seesStatistics: boolean;
  /** Whether pg_stat_statements is loaded. */
  countsStatements: boolean;
  /** Names of the standbys that stream from it, and its own name where it streams; as far as the role may see them. */
  standbys: string[];
  standbyName: string | null;
  backendPid: number;
  clientPort: number | null;
  settings: Record<string, string>;
}

/** PostgreSQL releases that the bench knows. */
const VERSIONS = { oldest: 14, newest: 18 };
/** Of the observers, the health checks, the probe of consistency, and the setting up. */
const OWN_CONNECTIONS = 14;

/** Settings that decide what a run shows: the ones that the bench sets on servers of its own, and those beside them. */
const TOLD_SETTINGS = [
  ...['shared_buffers', 'work_mem', 'max_connections', 'wal_level', 'synchronous_commit', 'fsync', 'jit'],
  ...['hot_standby_feedback', 'checkpoint_timeout', 'max_wal_size', 'max_parallel_workers_per_gather'],
  'pg_stat_statements.max',
];

// Views are named with their schema: a function of the same name in another one would be run as this role.
const FACTS = `
  SELECT pg_catalog.current_setting('server_version_num')::int AS "versionNumber",
    pg_catalog.current_setting('server_version') AS version,
    pg_catalog.pg_is_in_recovery() AS standby,
    (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS "systemId",
    CASE WHEN pg_catalog.pg_is_in_recovery()
      THEN greatest((SELECT received_tli FROM pg_catalog.pg_stat_wal_receiver),
        (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()),
        (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()))
      ELSE ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
    least(pg_catalog.current_setting('max_connections')::int
        - pg_catalog.current_setting('superuser_reserved_connections')::int
        - (SELECT count(*)::int FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
      nullif((SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user), -1)) AS free,
    pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage') AS "seesStatistics",
    pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL AS "countsStatements",
    (SELECT coalesce(pg_catalog.json_agg(application_name), '[]') FROM pg_catalog.pg_stat_replication
      WHERE state = 'streaming') AS standbys,
    (SELECT coalesce((pg_catalog.regexp_match(conninfo, ' application_name=(\\S+)'))[1],
        (pg_catalog.regexp_match(conninfo, 'fallback_application_name=(\\S+)'))[1])
      FROM pg_catalog.pg_stat_wal_receiver) AS "standbyName",
    pg_catalog.pg_backend_pid() AS "backendPid", pg_catalog.inet_client_port() AS "clientPort",
    (SELECT pg_catalog.json_object_agg(name, pg_catalog.current_setting(name))
      FROM pg_catalog.pg_settings WHERE name = ANY ($1)) AS settings`;

/**
 * Asks a server what it is.
 * @param through one of its databases
 * @throws BenchError where this bench can't use it
 */
export async function examine(
  server: Pick<Found, 'node' | 'address' | 'connection'>,
  through: string,
): Promise<Found> {
  const { node, address, connection } = server;
  const where = hostOf(address);
  return withClient(toDatabase(connection, through), async (client) => {
    await requireKnownVersion(client, where);
    const facts: Facts = (await client.query(FACTS, [TOLD_SETTINGS])).rows[0];
    if (facts.standby !== (node.role === 'replica')) {
      const is = facts.standby ? 'a standby, which takes no writes' : 'no standby: it takes writes itself';
      throw new BenchError('SERVER_ROLE', `${where} is given as the ${node.role}, but it is ${is}.`);
    }
    return { ...server, facts, pid: postmasterHere(facts) };
  });
}

/**
 * @param where as sentences name the server
 * @throws BenchError SERVER_VERSION where it is of a release that the bench doesn't know
 */
export async function requireKnownVersion(client: Client, where: string): Promise<void> {
  const asked = `SELECT pg_catalog.current_setting('server_version') AS version`;
  const { version } = (await client.query<{ version: string }>(asked)).rows[0]!;
  const major = Number.parseInt(version, 10);
  if (major >= VERSIONS.oldest && major <= VERSIONS.newest) return;
  throw new BenchError(
    'SERVER_VERSION',
    `${where} is PostgreSQL ${version}: the bench works with ${VERSIONS.oldest} to ${VERSIONS.newest}.`,
  );
}

/** @throws BenchError TOO_FEW_CONNECTIONS where a pool and what watches beside it find no room */
export function refuseFull({ address, facts: { free } }: Found, poolSize: number): void {
  const needed = poolSize + OWN_CONNECTIONS;
  if (free >= needed) return;
  throw new BenchError(
    'TOO_FEW_CONNECTIONS',
    `${hostOf(address)} has ${formatCount(Math.max(0, free))} connections left for "${address.user}", and a run needs ${needed}: raise max_connections or the role's limit, or lower DB_POOL_SIZE.`,
  );
}

/**
 * Whether a replica is one of this primary, by what both say of themselves; that it follows it is seen in `untilReplayed`.
 * @throws BenchError NOT_ITS_REPLICA
 */
export function refuseStrangers(primary: Found, replicas: readonly Found[]): void {
  for (const replica of replicas) {
    const [its, that] = [replica.facts, primary.facts];
    const why =
      its.systemId !== that.systemId
        ? `it comes from another cluster (system identifier ${its.systemId}, not ${that.systemId})`
        : its.timeline !== that.timeline
          ? `it is on timeline ${its.timeline}, and the primary on ${that.timeline}`
          : null;
    if (why === null) continue;
    throw new BenchError(
      'NOT_ITS_REPLICA',
      `${hostOf(replica.address)} is no replica of ${hostOf(primary.address)}: ${why}.`,
    );
  }
}

const REPLAY_PATIENCE_MS = 60_000;
const POLL_MS = 50;

/**
 * Until each replica has replayed what the primary has written so far.
 * @throws BenchError REPLICA_BEHIND, or the signal's reason
 */
export async function untilReplayed(
  primary: Found,
  replicas: readonly Found[],
  { signal, patienceMs = REPLAY_PATIENCE_MS }: { signal: AbortSignal; patienceMs?: number },
): Promise<void> {
  if (replicas.length === 0) return;
  const goal = await withClient(primary.connection, async (client) => {
    const { rows } = await client.query('SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn');
    return visibleAt(parseLsn(rows[0].lsn));
  });
  const deadline = performance.now() + patienceMs;
  await Promise.all(
    replicas.map(({ connection, address }) =>
      // The database may be so new that the replica has yet to hear of it.
      withClient(toDatabase(connection, MAINTENANCE_DATABASE), async (client) => {
        for (let at = await replayed(client); at.position < goal; at = await replayed(client)) {
          signal.throwIfAborted();
          if (at.paused) throw pausedReplay(address);
          if (performance.now() > deadline) {
            throw new BenchError(
              'REPLICA_BEHIND',
              `${hostOf(address)} has not replayed within ${formatSeconds(patienceMs / 1000)} what ${hostOf(primary.address)} had written: it doesn't follow it, or is far behind.`,
              { exitCode: 4 },
            );
          }
          await sleep(POLL_MS, undefined, { signal });
        }
      }),
    ),
  );
}

async function replayed(client: Client): Promise<{ position: number; paused: boolean }> {
  const { rows } = await client.query(
    'SELECT pg_catalog.pg_last_wal_replay_lsn() AS lsn, pg_catalog.pg_is_wal_replay_paused() AS paused',
  );
  const [{ lsn, paused }] = rows;
  return { position: lsn === null ? 0 : parseLsn(lsn), paused };
}

/** No waiting would help: somebody has to let it go on. */
function pausedReplay(address: Address): BenchError {
  return new BenchError(
    'REPLICA_BEHIND',
    `${hostOf(address)} replays nothing, for somebody has paused it: "SELECT pg_wal_replay_resume()" there lets it go on.`,
    { exitCode: 4 },
  );
}

/**
 * The process that a server's backends are children of, where it is one of this machine: a backend tells its id, and on this
 * machine a process with that id must call itself a backend of ours. (In a container ids mean something else.)
 */
function postmasterHere({ backendPid, clientPort }: Facts): number | null {
  const title = titleOf(backendPid);
  const isOurs = title?.startsWith('postgres') && (clientPort === null || title.includes(`(${clientPort})`));
  return isOurs ? parentOf(backendPid) : null;
}
