import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { createRouter, type Router, type RouterOptions } from '../../../src/router/index.js';
import { startServers, withConnection } from '../servers.js';

let cluster: Cluster;
const routers: Router[] = [];

beforeAll(async () => {
  cluster = await startServers();
  await withConnection(cluster.primary.admin, (client) =>
    client.query(`
      CREATE ROLE somebody;
      CREATE ROLE reader LOGIN PASSWORD 'reader';
      CREATE TABLE numbered (id serial, other serial);
      CREATE SEQUENCE unused;
      CREATE TABLE tenants_secrets (tenant text, secret text);
      INSERT INTO tenants_secrets VALUES ('a', 'of a'), ('b', 'of b');
      ALTER TABLE tenants_secrets ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON tenants_secrets USING (tenant = current_setting('app.tenant', true));
      GRANT SELECT ON tenants_secrets TO reader`),
  );
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.end()));
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** With one connection to each server, so that all users share it. */
async function open(options: Partial<RouterOptions> = {}): Promise<Router> {
  const router = await createRouter({
    primary: cluster.primary.admin,
    replicas: [cluster.replicas[0]!.admin],
    policy: 'rails',
    poolSize: 1,
    ...options,
  });
  routers.push(router);
  return router;
}

/** All that a session can show of what was left in it. */
const STATE = `SELECT
  (SELECT json_object_agg(name, setting ORDER BY name) FROM pg_settings
    WHERE source = 'session' AND name NOT LIKE 'transaction_%' OR name IN ('role', 'session_authorization')) AS settings,
  current_setting('app.tenant', true) AS tenant, current_user::text AS role, session_user::text AS login,
  (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
  (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
  (SELECT count(*)::int FROM pg_cursors WHERE is_holdable) AS cursors,
  (SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql) AS prepared,
  (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary`;

const LEFT: Record<string, string[]> = {
  'a setting': [`SET statement_timeout = '1min'`],
  'a setting of several': [`SET work_mem = '8MB'; SET search_path = nowhere`],
  'a custom setting': [`SET app.tenant = 'a'`],
  'a custom setting that was reset': [`SET app.tenant = 'a'`, 'RESET app.tenant'],
  'a custom setting and RESET ALL': [`SET app.tenant = 'a'; RESET ALL`],
  'a role': ['SET ROLE somebody'],
  'a role and RESET ALL': ['SET ROLE somebody; RESET ALL'],
  'a role set in a transaction': ['BEGIN', 'SET ROLE somebody', 'COMMIT'],
  'a role whose reset was rolled back': ['SET ROLE somebody', 'BEGIN', 'RESET ROLE', 'ROLLBACK'],
  'a setting whose reset was rolled back in one text': [`SET work_mem = '8MB'`, 'BEGIN; RESET ALL; ROLLBACK'],
  'a user': ['SET SESSION AUTHORIZATION somebody'],
  'a setting of a failed text': [`SET statement_timeout = '1min'; COMMIT; SELECT 1 / 0`],
  'read only transactions': ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'],
  'a temporary table': ['CREATE TEMP TABLE mine AS SELECT 1'],
  'a prepared statement': ['PREPARE mine AS SELECT 1'],
  'a cursor': ['BEGIN', 'DECLARE mine CURSOR WITH HOLD FOR SELECT 1', 'COMMIT'],
  'a channel': ['LISTEN mine'],
  'a lock': ['SET statement_timeout = 0', 'SELECT pg_advisory_lock(42)'],
};

test.for(Object.entries(LEFT))('%s is gone for the next user', async ([, statements]) => {
  const router = await open();
  const held = await router.connect();
  const asNew = (await held.query(STATE)).rows[0];
  for (const statement of statements) await held.query(statement).catch(() => {});
  held.release();
  const next = await router.connect();
  expect((await next.query(STATE)).rows[0]).toEqual(asNew);
  next.release();
});
