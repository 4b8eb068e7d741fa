import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster, ConnectionConfig } from '../../../src/cluster/cluster.js';
import { createRouter } from '../../../src/router/index.js';
import { startWithSchema, withConnection } from '../../servers.js';
import { seededNumbers } from './as-new.js';
import { PlainSide } from './plain-side.js';
import { RoutedSide } from './routed-side.js';
import { ROLES, SCHEMA, START_OVER } from './schema.js';
import type { Side } from './side.js';
import type { Tally } from './tally.js';

const ROUTED = 'sessions';
const PLAIN = 'sessions_plain';
const APPLICATION = 'sessions-test';
export const POOL_SIZE = 3;

/** Two databases that are alike, on a primary and its standby: one for plain `pg`, one for the router. */
export interface Pair extends AsyncDisposable {
  plain: ConnectionConfig;
  /** Makes both databases what they were at first. Nobody else may be connected. */
  startOver(): Promise<void>;
  /** What is proved. */
  openRouted(policy: string, tally: Tally): Promise<Side>;
  /** Plain `pg` on the router's database: it shows that the proof itself finds nothing where nothing is. */
  openControl(): Promise<Side>;
  /** Resolves when nobody holds an advisory lock whose first key this is; false if somebody goes on to. */
  lockIsFree(key: number): Promise<boolean>;
}

export async function startPair(): Promise<Pair> {
  const cluster = await startWithSchema(ROUTED, ROLES + SCHEMA, {
    // No snapshot of a reader on the standby ever stands in the way of what it replays.
    hot_standby_feedback: 'on',
  });
  try {
    return await pairOn(cluster);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

async function pairOn(cluster: Cluster): Promise<Pair> {
  const primary = { ...cluster.primary.admin, application_name: APPLICATION };
  const replica = { ...cluster.replicas[0]!.admin, application_name: APPLICATION };
  await withConnection({ ...primary, database: 'postgres' }, (client) =>
    client.query(`CREATE DATABASE ${PLAIN} TEMPLATE ${ROUTED}`),
  );
  const plain = { ...primary, database: PLAIN };
  const sides = [plain, primary].map((config) => observer(config));
  const standby = observer(replica);
  const observers = [...sides, standby];
  await Promise.all(observers.map((client) => client.connect()));
  const [, routed] = sides as [pg.Client, pg.Client];
  const caughtUp = async () => {
    const { rows } = await routed.query('SELECT pg_current_wal_flush_lsn() AS lsn');
    const sql = `SELECT pg_last_wal_replay_lsn() >= '${rows[0].lsn}'::pg_lsn AS ok`;
    while (!(await standby.query(sql)).rows[0].ok) await sleep(1);
  };
  const seeded = await seededNumbers((sql) => sides[0]!.query(sql));
  return {
    plain,
    async startOver() {
      await Promise.all(sides.map((client) => client.query(START_OVER)));
      await caughtUp();
    },
    async openRouted(policy, tally) {
      const router = await createRouter({
        primary,
        replicas: [replica],
        policy,
        poolSize: POOL_SIZE,
        acquireTimeoutMs: 2000,
        protection: { reservedForWrites: 0 },
        maxLagMs: 60_000,
        applicationName: APPLICATION,
      });
      return new RoutedSide(router, primary.user!, seeded, tally);
    },
    openControl: async () => new PlainSide(primary),
    async lockIsFree(key) {
      const deadline = performance.now() + 1000;
      const sql = `SELECT count(*)::int AS n FROM pg_locks JOIN pg_database d ON d.oid = database
        WHERE locktype = 'advisory' AND classid = $1 AND datname = $2`;
      for (;;) {
        const { rows } = await routed.query(sql, [key, ROUTED]);
        if (rows[0].n === 0) return true;
        if (performance.now() > deadline) return false;
        await sleep(2);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(observers.map((client) => client.end()));
      await cluster[Symbol.asyncDispose]();
    },
  };
}

function observer(config: ConnectionConfig): pg.Client {
  const client = new pg.Client({ ...config, application_name: 'sessions-observer' });
  client.on('error', () => {});
  return client;
}
