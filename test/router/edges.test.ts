import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPool, createRouter, type Router, type RouterOptions } from '../../src/router/index.js';
import { Monitor } from '../../src/router/nodes/monitor.js';
import { Link } from './link.js';
import { startTestbed, type Testbed } from './testbed.js';

/** Where things happen at once, or half. */

let testbed: Testbed;
const routers: Router[] = [];

beforeAll(async () => {
  // A commit with synchronous_commit off stays unflushed for long.
  testbed = await startTestbed({ standbys: 1, settings: { wal_writer_delay: '10s' } });
  await testbed.primary.query('create table notes (id int primary key, version int not null)');
  await testbed.primary.query('insert into notes values (1, 0)');
  await testbed.standbys[0]!.catchUpWith(testbed.primary);
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.end()));
  await testbed.standbys[0]!.resumeReplay();
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

async function open(options: Partial<RouterOptions> = {}): Promise<Router> {
  const read = { target: 'replica', consistency: 'lsn', maxWaitMs: 10 } as const;
  const router = await createRouter({
    primary: testbed.primary.connection,
    replicas: testbed.standbys.map(({ connection }) => connection),
    policy: {
      name: 'test',
      description: 'Every read to the replica, by position.',
      categories: { read, analytics: read, realtime: { target: 'primary' } },
    },
    health: { intervalMs: 200 },
    maxLagMs: 60_000,
    ...options,
  });
  routers.push(router);
  return router;
}

const WRITE = 'update notes set version = version + 1 where id = 1 returning version';
const READ = 'select version from notes where id = 1';
const committed = async () => (await testbed.primary.query(READ))[0].version;

test('a monitor that is asked several things at once asks one after the other, each with its own time', async () => {
  const monitor = new Monitor('primary', testbed.primary.connection, 'asked-at-once');
  const texts = ['select pg_sleep(0.3)::text as a', "select 'b' as a", "select 'c' as a", "select 'd' as a"];
  const answers = await Promise.all(texts.map((text) => monitor.ask(text, 5000)));
  expect(answers.map(([result]) => result!.rows[0].a)).toEqual(['', 'b', 'c', 'd']);
  const [late, ...others] = await Promise.allSettled(
    ['select pg_sleep(20)', "select 'b' as a", "select 'c' as a"].map((text) => monitor.ask(text, 3000)),
  );
  expect(late).toMatchObject({ status: 'rejected', reason: { code: 'HEALTH_TIMEOUT' } });
  expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  await monitor.close();
});

test('a monitor that is asked twice when its connection breaks leaves none behind', async () => {
  const monitor = new Monitor('primary', testbed.primary.connection, 'asked-twice');
  const one = monitor.ask('select pg_sleep(2)', 5000).catch(() => monitor.ask('select 1', 5000));
  await sleep(200);
  const other = monitor.ask('select 2', 5000).catch((error) => error);
  await testbed.primary.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'asked-twice'",
  );
  await Promise.all([one, other]);
  await monitor.close();
  await expect.poll(() => testbed.primary.connections('asked-twice')).toBe(0);
  await expect(monitor.ask('select 1', 1000)).rejects.toMatchObject({ code: 'CLOSED' });
});

test.each(['select pg_sleep(20)', 'select pg_sleep(20); select 1'])(
  'a statement that its caller gives up keeps nobody waiting for where it was: %s',
  async (text) => {
    const router = await open();
    const session = router.session();
    const startedMs = performance.now();
    const limited = { text, query_timeout: 100 };
    await expect(router.query(limited, [], { session })).rejects.toThrow(/timeout/);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(session.token()).toMatch(/!$/);
  },
);

test('a value that can not be sent fails its statement, and no other on that connection', async () => {
  const router = await open({ poolSize: 1 });
  const session = router.session();
  const bad = {
    toPostgres() {
      throw new Error('bad value');
    },
  };
  await expect(router.query('select $1::text as a', [bad], { session })).rejects.toThrow('bad value');
  for (const value of ['a', 'b', 'c']) {
    const { rows } = await router.query('select $1::text as a', [value], { session });
    expect(rows).toEqual([{ a: value }]);
  }
});

test.each(['commit and chain', 'commit; begin'])('what %s commits is not missed', async (text) => {
  const router = await open();
  await testbed.standbys[0]!.pauseReplay();
  const session = router.session();
  const held = await router.connect({ session });
  await held.query('begin');
  const { version } = (await held.query(WRITE)).rows[0];
  await held.query(text);
  expect((await router.query(READ, [], { session })).rows).toEqual([{ version }]);
  held.release(true);
});

test('what a transaction saw that was never ended is not missed', async () => {
  const router = await open();
  await testbed.standbys[0]!.pauseReplay();
  await testbed.primary.query(WRITE);
  const session = router.session();
  const held = await router.connect({ session });
  await held.query('begin');
  const { rows } = await held.query(READ);
  held.release();
  expect((await router.query(READ, [], { session })).rows).toEqual(rows);
});

test('a connection given back answers no more', async () => {
  const router = await open();
  const held = await router.connect();
  held.release();
  await expect(held.query('select 1')).rejects.toMatchObject({ code: 'CLIENT_RELEASED' });
});

test('a commit that is not flushed is not missed: in one text, and where its answer could not be waited for', async () => {
  const router = await open();
  const session = router.session();
  const pool = createPool(router, { session: () => session, keepRouter: true });
  const read = async () => (await router.query(READ, [], { session })).rows[0].version;
  for (let i = 0; i < 5; i++) {
    const text = `begin; set local synchronous_commit = off; ${WRITE}; commit`;
    await router.query(text, [], { session });
    expect(await read()).toBe(await committed());
    const client = await pool.connect();
    await client.query('set synchronous_commit = off');
    await new Promise<void>((resolve, reject) => {
      const callback = (error: Error | null) => (error ? reject(error) : resolve());
      client.query(Object.assign(new pg.Query(WRITE), { callback }));
    });
    client.release();
    expect(await read()).toBe(await committed());
  }
});

test('end() keeps no write waiting for a primary', async () => {
  const link = new Link(testbed.primary.connection);
  const router = await open({ primary: await link.mend(), failoverWaitMs: 30_000 });
  await link.cut();
  const write = router.query(WRITE).catch((error) => error);
  while (router.stats().primary !== null) await sleep(10);
  await router.end();
  expect(await write).toMatchObject({ code: 'CLOSED' });
});

test('a primary with no room for the monitor is still the primary', async () => {
  await testbed.primary.query("create role watcher login password 'x' connection limit 1");
  await testbed.standbys[0]!.catchUpWith(testbed.primary);
  const [primary, replica] = [testbed.primary, testbed.standbys[0]!].map(({ connection }) => ({
    ...connection,
    user: 'watcher',
    password: 'x',
  }));
  const router = await open({
    monitors: { primary: primary!, replicas: [replica!] },
    health: { intervalMs: 50 },
    failoverWaitMs: 0,
  });
  await testbed.primary.query('alter role watcher connection limit 0');
  await testbed.primary.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'watcher'",
  );
  await sleep(500);
  expect((await router.query(WRITE)).rowCount).toBe(1);
  await testbed.primary.query('alter role watcher connection limit 10');
});

test('DDL in a transaction needs no second connection', async () => {
  const router = await open({ poolSize: 1, acquireTimeoutMs: 30_000 });
  await router.transaction({}, (client) =>
    client.query('create view doubled as select version * 2 as v from notes'),
  );
  expect(await router.classify('select * from doubled')).toMatchObject({ target: 'replica' });
}, 10_000);

test('a replica that is 300 ms late is known to be that late, and used', async () => {
  const [standby] = testbed.standbys;
  await standby!.delayReplay(300);
  const router = await open({ health: { intervalMs: 1000 }, maxLagMs: 10_000 });
  try {
    const lags: (number | null)[] = [];
    for (let i = 0; i < 60; i++) {
      await router.query(WRITE);
      await sleep(50);
      const [replica] = router.stats().replicas;
      if (i > 30) expect(replica).toMatchObject({ healthy: true });
      if (i > 30) lags.push(replica!.lagMs);
    }
    expect(lags.every((lag) => lag !== null && lag > 200)).toBe(true);
    // Some may be more where others use the machine.
    expect(lags.filter((lag) => lag! < 900).length).toBeGreaterThan(lags.length / 2);
  } finally {
    await standby!.delayReplay(0);
  }
});
