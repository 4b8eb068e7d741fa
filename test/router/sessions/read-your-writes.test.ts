import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type ConsistencyMode,
  createPool,
  createRouter,
  type Router,
  type RouterOptions,
  type RoutingPolicy,
  withSession,
} from '../../../src/router/index.js';
import { startTestbed, type Testbed } from '../testbed.js';

let testbed: Testbed;
const routers: Router[] = [];

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 2 });
  await testbed.primary.query('create table notes (id int primary key, version int not null)');
  await testbed.primary.query('insert into notes values (1, 0)');
  for (const standby of testbed.standbys) await standby.catchUpWith(testbed.primary);
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.end()));
  for (const standby of testbed.standbys) await standby.resumeReplay();
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

function everyRead(consistency: ConsistencyMode, maxWaitMs?: number): RoutingPolicy {
  const read = { target: 'replica', consistency, maxWaitMs } as const;
  const categories = { read, analytics: read, realtime: { target: 'primary' } as const };
  return { name: consistency, description: 'Every read to a replica.', categories };
}

async function open(options: Partial<RouterOptions> = {}): Promise<Router> {
  const router = await createRouter({
    primary: testbed.primary.connection,
    replicas: testbed.standbys.map(({ connection }) => connection),
    policy: everyRead('lsn'),
    health: { intervalMs: 200 },
    maxLagMs: 60_000,
    ...options,
  });
  routers.push(router);
  return router;
}

const [WRITE, READ] = [
  'update notes set version = version + 1 where id = 1 returning version',
  'select version, pg_is_in_recovery() as standby from notes where id = 1',
];

test('a session reads what it wrote from a replica, as soon as that has replayed it', async () => {
  const router = await open({ policy: everyRead('lsn', 2000) });
  const session = router.session();
  for (let i = 0; i < 50; i++) {
    const { version } = (await router.query(WRITE, [], { session })).rows[0];
    const read = await router.query(READ, [], { session });
    expect(read.rows).toEqual([{ version, standby: true }]);
  }
  expect(router.stats().consistency).toMatchObject({ timeouts: 0 });
});

test('from the primary, if no replica replays it in time, and others still read from replicas', async () => {
  const router = await open({ policy: everyRead('lsn', 30) });
  for (const standby of testbed.standbys) await standby.pauseReplay();
  const session = router.session();
  const { version } = (await router.query(WRITE, [], { session })).rows[0];
  const own = await router.query(READ, [], { session });
  expect(own.rows).toEqual([{ version, standby: false }]);
  expect(own.routing).toMatchObject({ node: 'primary', reason: 'fallback-behind', fallback: true });
  expect(own.routing.waitedMs).toBeGreaterThan(20);
  const others = await router.query(READ, [], { session: router.session() });
  expect(others.rows).toEqual([{ version: version - 1, standby: true }]);
  expect(router.stats().consistency).toMatchObject({ waits: 1, timeouts: 1 });
});

test("what is asked inside of withSession is its session's, with no word of it", async () => {
  const router = await open();
  for (const standby of testbed.standbys) await standby.pauseReplay();
  await withSession(router.session(), async () => {
    const { version } = (await router.query(WRITE)).rows[0];
    const now = [{ version, standby: false }];
    expect((await router.query(READ)).rows).toEqual(now);
    expect(await router.transaction({ readOnly: true }, (client) => client.query(READ))).toMatchObject({
      rows: now,
    });
    const client = await router.connect({ readOnly: true });
    expect((await client.query(READ)).rows).toEqual(now);
    client.release();
    const others = await router.query(READ, [], { session: router.session() });
    expect(others.rows).toEqual([{ version: version - 1, standby: true }]);
    // A pool that is told whose its statements are goes by that alone.
    const nobodys = createPool(router, { session: () => undefined, keepRouter: true });
    expect((await nobodys.query(READ)).rows).toEqual(others.rows);
  });
});

test('sessions that read every 50 ms have their share on the primary and never go back in time, though others commit all the time', async () => {
  const half = { target: 'replica', consistency: 'lsn', primaryShare: 0.5 } as const;
  const categories = { read: half, analytics: half, realtime: { target: 'primary' } as const };
  const router = await open({ policy: { name: 'half', description: 'Half of the reads.', categories } });
  const until = performance.now() + 3000;
  const write = async () => {
    while (performance.now() < until) await router.query(WRITE, [], { session: router.session() });
  };
  const counts = { stayed: 0, all: 0 };
  const read = async () => {
    const session = router.session();
    for (let seen = 0; performance.now() < until; counts.all++) {
      const { rows, routing } = await router.query(READ, [], { session });
      expect(rows[0].version).toBeGreaterThanOrEqual(seen);
      seen = rows[0].version;
      if (routing.reason === 'primary-share') counts.stayed++;
      await sleep(40 + ((counts.all * 7) % 20));
    }
  };
  await Promise.all([write(), write(), ...Array.from({ length: 8 }, read)]);
  expect(counts.stayed / counts.all).toBeGreaterThan(0.2);
});

test('a replica that has replayed it is chosen, whatever the other has', async () => {
  const router = await open();
  const [late, recent] = testbed.standbys;
  await late!.pauseReplay();
  const session = router.session();
  for (let i = 0; i < 20; i++) {
    const { version } = (await router.query(WRITE, [], { session })).rows[0];
    await recent!.catchUpWith(testbed.primary);
    const read = await router.query(READ, [], { session });
    expect(read.rows).toEqual([{ version, standby: true }]);
    expect(read.routing.node).toBe('replica-2');
  }
});

test('no session goes back in time: not to a later replica, not from the primary', async () => {
  const router = await open({ policy: everyRead('lsn', 10) });
  const [late, recent] = testbed.standbys;
  await late!.pauseReplay();
  const { version } = (await router.query(WRITE)).rows[0];
  await recent!.catchUpWith(testbed.primary);
  for (const how of ['read', 'realtime'] as const) {
    const session = router.session();
    let seen = 0;
    // Until it has seen the new version, either replica may answer; after that only the recent one.
    for (let i = 0; i < 40; i++) {
      const category = i === 20 ? how : 'read';
      const carried = router.session(session.token());
      const now = (await router.query(READ, [], { session: i % 2 ? session : carried, category })).rows[0]
        .version;
      expect(now).toBeGreaterThanOrEqual(i % 2 ? seen : 0);
      if (i % 2) seen = now;
    }
    // Plain reads may all have been answered by the late one.
    if (how === 'realtime') expect(seen).toBe(version);
  }
});

test('a token holds at another router', async () => {
  const [one, other] = [await open(), await open({ policy: everyRead('lsn', 10) })];
  for (const standby of testbed.standbys) await standby.pauseReplay();
  const session = one.session();
  const { version } = (await one.query(WRITE, [], { session })).rows[0];
  const read = await other.query(READ, [], { session: other.session(session.token()) });
  expect(read.rows[0].version).toBe(version);
  expect(read.routing.reason).toBe('fallback-behind');
});

test('strict sees what anybody committed before', async () => {
  const router = await open({ policy: everyRead('strict', 20) });
  for (const standby of testbed.standbys) await standby.pauseReplay();
  const [row] = await testbed.primary.query(WRITE);
  const read = await router.query(READ);
  expect(read.rows[0].version).toBe(row!.version);
  expect(read.routing.reason).toBe('fallback-behind');
  for (const standby of testbed.standbys) await standby.resumeReplay();
  for (let i = 0; i < 20; i++) {
    const [row] = await testbed.primary.query(WRITE);
    expect((await router.query(READ)).rows[0].version).toBe(row!.version);
  }
});

test('what a transaction wrote counts, also with synchronous_commit off, and a failed write is in doubt', async () => {
  const router = await open({ policy: everyRead('lsn', 10) });
  for (const standby of testbed.standbys) await standby.pauseReplay();
  for (const setting of ['', 'set local synchronous_commit = off']) {
    const session = router.session();
    const version = await router.transaction({ session }, async (client) => {
      if (setting) await client.query(setting);
      return (await client.query(WRITE)).rows[0].version;
    });
    const carried = router.session(session.token());
    expect((await router.query(READ, [], { session: carried })).rows[0].version).toBe(version);
  }
  const session = router.session();
  await expect(router.query("insert into notes values (1, 'x')", [], { session })).rejects.toThrow();
  expect((await router.query(READ, [], { session })).routing.node).toBe('primary');
});

test('a read-only transaction waits for what its session wrote, and is remembered as read', async () => {
  const router = await open({ policy: everyRead('lsn', 2000) });
  const session = router.session();
  const { version } = (await router.query(WRITE, [], { session })).rows[0];
  await router.transaction({ session, readOnly: true }, async (client) => {
    expect(client.routing.role).toBe('replica');
    expect((await client.query(READ)).rows).toEqual([{ version, standby: true }]);
  });
  await router.transaction({ session, readOnly: true, isolation: 'serializable' }, async (client) => {
    expect(client.routing.role).toBe('primary');
  });
});

test('sessions are told nothing where no rule goes by positions', async () => {
  const router = await open({ policy: everyRead('none') });
  const session = router.session();
  await router.query(WRITE, [], { session });
  await router.query(READ, [], { session });
  expect(session.token()).toBe('');
});

test('an idle primary keeps nobody waiting, wherever its WAL ends', async () => {
  const router = await open({ policy: everyRead('lsn', 2000) });
  for (let i = 0; i < 3; i++) {
    await testbed.primary.query('select pg_switch_wal()');
    const session = router.session();
    await router.query('select 1', [], { session, category: 'realtime' });
    const read = await router.query(READ, [], { session });
    expect(read.routing.reason).toBe('policy-replica');
    await sleep(20);
  }
});
