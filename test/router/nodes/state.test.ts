import fc from 'fast-check';
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
  const first = await router.connect();
  const asNew = (await first.query(STATE)).rows[0];
  first.release();
  await leave(router, ...statements);
  const next = await router.connect();
  expect((await next.query(STATE)).rows[0]).toEqual(asNew);
  next.release();
});

test('what can be reset is, and the connection is used again with its named queries', async () => {
  const router = await open();
  const pid = await pidOf(router);
  const named = { name: 'one', text: 'SELECT 1 AS one' };
  await router.query(named, [], { category: 'realtime' });
  await leave(
    router,
    `SET work_mem = '8MB'`,
    'SET ROLE somebody',
    'CREATE TEMP TABLE mine ()',
    'LISTEN mine',
  );
  expect(await pidOf(router)).toBe(pid);
  const { rows } = await onPrimary(router, 'SELECT name FROM pg_prepared_statements');
  expect(rows).toEqual([]);
  expect((await router.query(named, [], { category: 'realtime' })).rows).toEqual([{ one: 1 }]);
});

test.for([
  [`SET app.tenant = 'a'`],
  [`SET seed = 0.5`],
  ['SELECT setseed(0.5)'],
  ['BEGIN'],
  [`SELECT set_config('app.tenant', 'a', false)`],
])('a connection is closed after %s, and makes room for whoever waits', async ([statement]) => {
  const router = await open();
  const pid = await pidOf(router);
  const held = await router.connect();
  await held.query(statement!);
  const waiting = Promise.all([1, 2, 3].map(() => pidOf(router)));
  held.release();
  const [next, ...others] = await waiting;
  expect(next).not.toBe(pid);
  expect(others).toEqual([next, next]);
});

test('a connection that carries nothing is given back as it is, and nothing is sent for that', async () => {
  const router = await open();
  const pid = await pidOf(router);
  await leave(
    router,
    'SELECT 1',
    'BEGIN',
    'SET LOCAL work_mem = 64',
    `INSERT INTO numbered VALUES (1)`,
    'ROLLBACK',
  );
  await router.query('INSERT INTO numbered DEFAULT VALUES');
  await router.transaction({}, (client) => client.query('SELECT 1'));
  await withConnection(cluster.primary.admin, async (client) => {
    const { rows } = await client.query('SELECT query FROM pg_stat_activity WHERE pid = $1', [pid]);
    expect(rows).toEqual([{ query: 'COMMIT' }]);
  });
  expect(await pidOf(router)).toBe(pid);
});

test.for([
  ['the primary', undefined],
  ['the replica', { readOnly: true }],
] as const)('nothing is left by any way to %s', async ([, options]) => {
  const router = await open();
  const state = async () => {
    const client = await router.connect(options);
    const { rows } = await client.query(STATE);
    client.release();
    return rows[0];
  };
  const asNew = await state();
  for (const set of [
    `SET work_mem = '8MB'`,
    `SET app.tenant = 'a'`,
    'SET ROLE somebody',
    'PREPARE p AS SELECT 1',
  ]) {
    await router.transaction({ ...options }, (client) => client.query(set));
    expect(await state()).toEqual(asNew);
    const fails = router.transaction({ ...options }, async (client) => {
      await client.query(set);
      throw new Error('no more');
    });
    await expect(fails).rejects.toThrow('no more');
    expect(await state()).toEqual(asNew);
    await router.query(set, undefined, options && { category: 'read' });
    expect(await state()).toEqual(asNew);
    const held = await router.connect(options);
    await held.query(set);
    await expect(held.query('SELECT nothing')).rejects.toThrow();
    held.release();
    expect(await state()).toEqual(asNew);
    const hasty = await router.connect(options);
    const answers = hasty.query(set);
    hasty.release();
    await answers.catch(() => {});
    expect(await state()).toEqual(asNew);
  }
});

test('row security: no tenant sees rows of the one before', async () => {
  const { host, port, database } = cluster.primary.admin;
  const primary = { host, port, database, user: 'reader', password: 'reader' };
  const router = await open({
    primary,
    replicas: [],
    monitors: { primary: cluster.primary.admin, replicas: [] },
  });
  const secrets = async () => (await router.query('SELECT secret FROM tenants_secrets')).rows;
  expect(await secrets()).toEqual([]);
  await leave(router, `SET app.tenant = 'a'`);
  expect(await secrets()).toEqual([]);
  const own = await router.transaction({}, async (client) => {
    await client.query(`SELECT set_config('app.tenant', $1, false)`, ['b']);
    return (await client.query('SELECT secret FROM tenants_secrets')).rows;
  });
  expect(own).toEqual([{ secret: 'of b' }]);
  expect(await secrets()).toEqual([]);
});

test('named queries outlive DISCARD ALL, DEALLOCATE and failures, whoever sent those', async () => {
  const router = await open();
  const [a, b] = ['a', 'b'].map((name) => ({
    name,
    text: `SELECT '${name}' AS name FROM numbered WHERE $1::int > 0`,
  }));
  const held = await router.connect();
  for (const text of [
    'DISCARD ALL',
    'DEALLOCATE ALL',
    'DEALLOCATE a',
    'DEALLOCATE b; SELECT 1 / 0',
    'BEGIN; DEALLOCATE ALL; ROLLBACK',
  ]) {
    for (const client of [held, held]) {
      await client.query(a!, [1]);
      await client.query(b!, [1]);
    }
    await held.query(text).catch(() => {});
  }
  await held.query(a!, [1]);
  // In a transaction that failed, too.
  await held.query('BEGIN');
  await expect(held.query('DEALLOCATE ALL; SELECT 1 / 0')).rejects.toThrow('division by zero');
  await expect(held.query(a!, [1])).rejects.toThrow('current transaction is aborted');
  await held.query({ name: 'c', text: 'ROLLBACK' });
  await held.query(a!, [1]);
  held.release();
  await leave(router, 'PREPARE c AS SELECT 1', 'DEALLOCATE ALL');
  await leave(router, 'PREPARE a AS SELECT 1');
  for (const query of [a!, b!]) await router.query(query, [1], { category: 'realtime' });
});

test('a name is free for each user, whatever others named so', async () => {
  const router = await open();
  const show = async (text: string) => {
    const { rows } = await router.query({ name: 'mine', text }, [], { category: 'realtime' });
    return rows[0];
  };
  expect(await show('SELECT 1 AS it')).toEqual({ it: 1 });
  expect(await show('SELECT 2 AS it')).toEqual({ it: 2 });
  const held = await router.connect();
  expect((await held.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
  await held.query('PREPARE mine AS SELECT 3 AS it');
  expect((await held.query('EXECUTE mine')).rows).toEqual([{ it: 3 }]);
  held.release();
  expect(await show('SELECT 1 AS it')).toEqual({ it: 1 });
  const other = await router.connect();
  await expect(other.query('EXECUTE mine')).rejects.toMatchObject({ code: '26000' });
  await other.query({ name: 'mine', text: 'SELECT 4' });
  await expect(other.query({ name: 'mine', text: 'SELECT 5' })).rejects.toThrow('must be unique');
  other.release();
});

test('a named query of a table that was changed fails once at most', async () => {
  const router = await open();
  const all = { name: 'all', text: 'SELECT * FROM changing' };
  await leave(router, 'CREATE TABLE changing (a int)');
  await router.query(all, [], { category: 'realtime' });
  await leave(router, 'ALTER TABLE changing ADD b int');
  await router.query(all, [], { category: 'realtime' }).catch(() => {});
  const { fields } = await router.query(all, [], { category: 'realtime' });
  expect(fields.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('nobody is answered with a number that another drew', async () => {
  const router = await open();
  await leave(router, `INSERT INTO numbered (id) VALUES (nextval('numbered_id_seq'))`);
  const asPg = { code: '55000' };
  let held = await router.connect();
  await expect(held.query('SELECT lastval()')).rejects.toMatchObject(asPg);
  await expect(held.query(`SELECT currval('numbered_id_seq')`)).rejects.toMatchObject(asPg);
  const { rows } = await held.query(`SELECT nextval('unused')::int AS number`);
  expect((await held.query('SELECT lastval()::int AS number')).rows).toEqual(rows);
  await expect(held.query(`SELECT currval('numbered_id_seq')`)).rejects.toMatchObject(asPg);
  held.release();
  held = await router.connect();
  await held.query('BEGIN');
  await held.query(`SELECT nextval('numbered_id_seq')`);
  await expect(held.query(`SELECT currval('unused')`)).rejects.toMatchObject(asPg);
  await held.query('ROLLBACK');
  held.release();
});

test('a reset that gets no answer in time closes the connection', async () => {
  const router = await open({ acquireTimeoutMs: 1000 });
  const pid = await pidOf(router);
  const held = await router.connect();
  // Not awaited: its reset comes after it.
  const slow = expect(held.query(`SET work_mem = '8MB'; SELECT pg_sleep(5)`)).rejects.toThrow();
  held.release();
  await slow;
  expect(await pidOf(router)).not.toBe(pid);
});

test('whatever one user did, the next finds a session as new', async () => {
  const router = await open();
  const statements = fc.constantFrom(
    ...Object.values(LEFT).flat(),
    'BEGIN',
    'COMMIT',
    'ROLLBACK',
    'SAVEPOINT s',
    'ROLLBACK TO s',
    'COMMIT AND CHAIN',
    'SELECT 1 / 0',
    'RESET ALL',
    'RESET ROLE',
    'RESET work_mem',
    'UNLISTEN *',
    'CLOSE ALL',
    'DEALLOCATE ALL',
    'DISCARD TEMP',
    'DISCARD ALL',
    'SELECT pg_advisory_unlock_all()',
    'SET LOCAL ROLE somebody',
    'DROP TABLE mine',
    'SELECT pg_advisory_xact_lock(7)',
    'ROLLBACK; DEALLOCATE ALL',
    'RESET ALL; COMMIT',
    'BEGIN; SET work_mem = 64',
  );
  const first = await router.connect();
  const asNew = (await first.query(STATE)).rows[0];
  first.release();
  await fc.assert(
    fc.asyncProperty(fc.array(statements, { maxLength: 8 }), async (texts) => {
      await leave(router, ...texts);
      const next = await router.connect();
      const { rows } = await next.query(STATE);
      next.release();
      expect(rows[0], texts.join('\n')).toEqual(asNew);
    }),
    { numRuns: 200, endOnFailure: true },
  );
});

/** Runs statements on a connection, whether they fail or not, and gives that back. */
async function leave(router: Router, ...statements: string[]): Promise<void> {
  const held = await router.connect();
  for (const statement of statements) await held.query(statement).catch(() => {});
  held.release();
}

const onPrimary = (router: Router, sql: string) => router.query(sql, [], { category: 'realtime' });

async function pidOf(router: Router): Promise<number> {
  return (await onPrimary(router, 'SELECT pg_backend_pid() AS pid')).rows[0].pid;
}
