import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import {
  type ClassificationReason,
  createPool,
  createRouter,
  type Decision,
  queuedMsOf,
  type Router,
  type RouterOptions,
  type RouterWarning,
} from '../../src/router/index.js';
import { Link } from './link.js';
import { startServers, withConnection } from './servers.js';

let cluster: Cluster;
const routers: Router[] = [];
const links: Link[] = [];

beforeAll(async () => {
  cluster = await startServers();
});

afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.end()));
  await Promise.all(links.splice(0).map((link) => link[Symbol.asyncDispose]()));
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

async function open(
  options: Partial<RouterOptions> = {},
): Promise<{ router: Router; warnings: RouterWarning[] }> {
  const warnings: RouterWarning[] = [];
  const router = await createRouter({
    primary: cluster.primary.admin,
    replicas: [cluster.replicas[0]!.admin],
    policy: 'rails',
    health: { intervalMs: 100 },
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  routers.push(router);
  return { router, warnings };
}

async function openWithLink(
  options: Partial<RouterOptions> = {},
): Promise<{ router: Router; warnings: RouterWarning[]; link: Link }> {
  const link = new Link(cluster.replicas[0]!.admin);
  links.push(link);
  const replica = await link.mend();
  return { ...(await open({ replicas: [replica], ...options })), link };
}

const until = (what: () => boolean) => expect.poll(what, { interval: 10 }).toBe(true);

const untilClassified = (router: Router, sql: string, reason: ClassificationReason) =>
  expect.poll(async () => (await router.classify(sql)).reason).toBe(reason);

/** What the server itself says: the router's word is not enough. */
const WHERE = 'select pg_is_in_recovery() as standby';

test('a wait for connections that are all taken is told apart from the opening of one, of failures too', async () => {
  const primary = { ...cluster.primary.admin, options: '-c post_auth_delay=1' };
  const { router } = await open({ primary, replicas: [], poolSize: 2 });
  const first = await router.query('select 1');
  expect(first.routing.waitedMs).toBeGreaterThan(900);
  expect(first.routing.queuedMs).toBeLessThan(first.routing.waitedMs / 2);

  const holders = await Promise.all([router.connect(), router.connect()]);
  const error = router.query('select 1 / 0').catch((reason) => reason);
  const waited = router.query('select 2');
  await until(() => router.stats().pools[0]!.waiting === 2);
  await sleep(50);
  for (const holder of holders) holder.release();
  const { queuedMs, waitedMs } = (await waited).routing;
  expect(queuedMs).toBeGreaterThanOrEqual(50);
  expect(queuedMs).toBeLessThanOrEqual(waitedMs);
  expect(queuedMsOf(await error)).toBeGreaterThanOrEqual(50);
});

test('reads are answered by the replica and writes by the primary', async () => {
  const { router } = await open();
  const read = await router.query(WHERE);
  expect(read.rows).toEqual([{ standby: true }]);
  expect(read.routing).toMatchObject({
    node: 'replica',
    category: 'read',
    reason: 'policy-replica',
    fallback: false,
  });
  expect(read.routing.stalenessMs).toBeGreaterThanOrEqual(0);
  const write = await router.query(
    'insert into audit (note) values ($1) returning pg_is_in_recovery() as standby',
    ['a'],
  );
  expect(write.rows).toEqual([{ standby: false }]);
  expect(write.routing).toMatchObject({
    node: 'primary',
    category: 'write',
    reason: 'write',
    stalenessMs: 0,
  });
});

test('a session that wrote reads from the primary for the delay, also if the write failed', async () => {
  const { router } = await open();
  const session = router.session();
  expect(session.token()).toBe('');
  await expect(router.query('insert into audit (id) values (null)', [], { session })).rejects.toThrow(
    /null value/,
  );
  expect(session.token()).not.toBe('');
  expect((await router.query(WHERE, [], { session })).routing).toMatchObject({
    node: 'primary',
    reason: 'sticky',
  });
  const carried = router.session(session.token());
  expect((await router.query(WHERE, [], { session: carried })).routing.reason).toBe('sticky');
  expect((await router.query(WHERE, [], { session: router.session() })).routing.reason).toBe(
    'policy-replica',
  );
  expect((await router.query(WHERE)).routing.reason).toBe('policy-replica');
});

test('the delay ends', async () => {
  const rule = { target: 'replica', consistency: 'delay', delayMs: 1000 } as const;
  const policy = {
    name: 'short',
    description: 'A short delay.',
    categories: { read: rule, analytics: rule, realtime: rule },
  };
  const { router } = await open({ policy });
  const session = router.session();
  await router.query('update items set price = price where id = 1', [], { session });
  const read = async () => (await router.query(WHERE, [], { session })).routing.reason;
  expect(await read()).toBe('sticky');
  await expect.poll(read).toBe('policy-replica');
  expect(session.token()).toBe('');
});

test('balanced keeps every other plain read, and nothing of reports, history and jobs', async () => {
  const { router } = await open({ policy: 'balanced' });
  const reads: string[] = [];
  for (let i = 0; i < 6; i++) reads.push((await router.query(WHERE)).routing.reason);
  expect(reads.sort()).toEqual([...Array(3).fill('policy-replica'), ...Array(3).fill('primary-share')]);
  for (const options of [{ category: 'analytics' }, { group: 'history' }, { group: 'jobs' }] as const) {
    expect((await router.query(WHERE, [], options)).routing.reason).toBe('policy-replica');
  }
  const realtime = await router.query(WHERE, [], { category: 'realtime' });
  expect(realtime.routing).toMatchObject({ node: 'primary', category: 'realtime', reason: 'realtime' });
});

test('a comment names what a policy may rule by, the finest that has a rule', async () => {
  const primary = { target: 'primary' } as const;
  const replica = { target: 'replica' } as const;
  const { router } = await open({
    policy: {
      ...{
        name: 'by-tags',
        description: 'by tags',
        categories: { read: primary, analytics: primary, realtime: primary },
      },
      groups: { orders: replica, 'orders#edit': primary, NightlyReport: replica },
    },
  });
  const nodeOf = async (tags: string) => (await router.query(`${WHERE} /*${tags}*/`)).routing.node;
  expect(await nodeOf("action='show',controller='orders'")).toBe('replica');
  expect(await nodeOf('controller:orders,action:edit')).toBe('primary');
  expect(await nodeOf('job:NightlyReport')).toBe('replica');
  expect(await nodeOf("action='show',controller='menus'")).toBe('primary');
  // What has no rule makes no row of its own, however many actions an application has.
  const groups = router.stats().requests.map(({ group }) => group);
  expect(new Set(groups)).toEqual(new Set(['orders', 'orders#edit', 'NightlyReport', '']));
});

test('what is declared never overrides a detected write, and what is unsafe stays on the primary', async () => {
  const { router, warnings } = await open();
  const write = await router.query("insert into audit (note) values ('secret')", [], {
    category: 'analytics',
  });
  expect(write.routing).toMatchObject({ node: 'primary', category: 'write', reason: 'misdeclared-write' });
  expect(router.stats().misdeclaredWrites).toBe(1);
  const { message } = warnings.find(({ code }) => code === 'misdeclared-write')!;
  expect(message).toContain('insert into audit (note) values ($1)');
  expect(message).not.toContain('secret');
  const lock = await router.query('select 1 from items where id = 1 for update', [], { category: 'read' });
  expect(lock.routing).toMatchObject({ node: 'primary', category: 'read', reason: 'unsafe' });
  const declared = await router.query('select 1', [], { category: 'write' });
  expect(declared.routing).toMatchObject({ node: 'primary', category: 'write', reason: 'write' });
});

test('a write that no text shows is refused by the standby, run on the primary and remembered', async () => {
  const { router, warnings } = await open();
  const session = router.session();
  // Changed by somebody else, after the router read the catalog.
  const change = (body: string) =>
    withConnection(cluster.primary.admin, (client) =>
      client.query(
        `create or replace function plus_tax(p numeric) returns numeric language sql immutable return ${body}`,
      ),
    );
  await change(`p * 1.2 + 0 * nextval('tickets')`);
  await withConnection(cluster.replicas[0]!.admin, async (standby) => {
    const body = `select pg_get_functiondef('plus_tax'::regproc) ~ 'nextval' as changed`;
    while (!(await standby.query(body)).rows[0].changed) await sleep(10);
  });
  const first = await router.query('select plus_tax(10) as v', [], { session });
  expect(first.rows).toEqual([{ v: '12.0' }]);
  expect(first.routing).toMatchObject({ node: 'primary', reason: 'learned' });
  const other = await router.query('select plus_tax(20) as v');
  expect(other.routing).toMatchObject({ node: 'primary', reason: expect.stringMatching(/learned|write/) });
  expect((await router.query(WHERE, [], { session })).routing.reason).toBe('sticky');
  // A refusal shows that the catalog is out of date.
  await untilClassified(router, 'select plus_tax(30)', 'writing-function');
  await change('p * 1.2');
  expect(router.stats().learnedStatements).toBe(1);
  expect(warnings.filter(({ code }) => code === 'learned-primary')).toHaveLength(1);
});

test('DDL is answered while a relation is locked, and what it made is known once it no longer is', async () => {
  const { router } = await open();
  await router.query('create view locked_one as select 1 as id');
  const locker = await router.connect();
  try {
    await locker.query('begin');
    await locker.query('drop view locked_one');
    await router.query('do $$ begin end $$');
    await router.query('create function made_meanwhile() returns int stable language sql as $$ select 1 $$');
    expect(await router.classify('select made_meanwhile()')).toMatchObject({ reason: 'unknown-function' });
    await locker.query('rollback');
    await untilClassified(router, 'select made_meanwhile()', 'select');
  } finally {
    locker.release();
  }
  await router.query('drop view locked_one; drop function made_meanwhile()');
});

test('what DDL makes is known to the next statement, also out of a transaction', async () => {
  const { router } = await open();
  const create = 'create or replace view mine as select nextval($$tickets$$) as n';
  try {
    await router.query(create);
    expect((await router.query('select * from mine')).routing.reason).toBe('write');
    await router.transaction({}, (client) => client.query('create view mine_too as select * from mine'));
    expect(await router.classify('select * from mine_too')).toMatchObject({
      target: 'primary',
      culprit: 'nextval',
      through: 'mine_too',
    });
  } finally {
    await router.query('drop view if exists mine cascade');
  }
});

test('a relation that the catalog does not know keeps a statement on the primary', async () => {
  const { router } = await open();
  await withConnection(cluster.primary.admin, (client) => client.query('create table fresh (a int)'));
  try {
    expect((await router.query('select * from fresh')).routing).toMatchObject({
      node: 'primary',
      reason: 'unsafe',
    });
    await expect(router.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
  } finally {
    await router.query('drop table fresh');
  }
  expect(await router.classify('select * from fresh')).toMatchObject({ reason: 'unknown-relation' });
});

test('a hint in a comment keeps a statement on the primary, or says what it is', async () => {
  const { router } = await open();
  const kept = await router.query(`/*target='primary'*/ ${WHERE}`);
  expect(kept.routing).toMatchObject({ node: 'primary', reason: 'hint' });
  const report = await router.query(`${WHERE} /*category='analytics',group='reports'*/`);
  expect(report.routing).toMatchObject({ node: 'replica', category: 'analytics' });
  expect(router.stats().requests.map(({ group }) => group)).toContain('reports');
  const write = await router.query("/*category='read'*/ update items set price = price where id = 1");
  expect(write.routing).toMatchObject({ node: 'primary', reason: 'misdeclared-write' });
});

test('every request can be followed to where it was answered', async () => {
  const { router } = await open();
  const seen: Decision[] = [];
  router.on('decision', (decision) => seen.push(decision));
  await router.query(WHERE, [], { group: 'menu' });
  await router.query('select 1 / 0').catch(() => {});
  await router.transaction({}, (client) => client.query('select 1'));
  expect(seen).toMatchObject([
    { text: WHERE, group: 'menu', node: 'replica', role: 'replica', ok: true, failures: [] },
    { text: 'select 1 / 0', ok: false, node: 'replica' },
    { text: 'select 1', node: 'primary', reason: 'transaction', ok: true },
  ]);
  for (const { durationMs } of seen) expect(durationMs).toBeGreaterThan(0);
});

test('an error that both nodes give is passed on and not learned', async () => {
  const { router } = await open();
  await expect(router.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
  // 0A000, which a standby also uses to refuse.
  await expect(router.query("select json_to_record('{}')")).rejects.toMatchObject({ code: '0A000' });
  expect(router.stats()).toMatchObject({ learnedStatements: 0, fallbacks: 0 });
});

test('a lost replica is replaced by the primary, counted and warned about, and comes back', async () => {
  const { router, warnings, link } = await openWithLink();
  expect((await router.query(WHERE)).routing.node).toBe('replica');
  await link.cut();
  const fallen = await router.query(WHERE);
  expect(fallen.rows).toEqual([{ standby: false }]);
  expect(fallen.routing).toMatchObject({ node: 'primary', reason: 'fallback-error', fallback: true });
  await until(() => !router.stats().replicas[0]!.healthy);
  expect((await router.query(WHERE)).routing).toMatchObject({ reason: 'fallback-unhealthy', fallback: true });
  expect(router.stats().replicas[0]!.lastError).toMatch(/ECONNREFUSED|terminated|ECONNRESET/);
  expect(router.stats().fallbacks).toBe(2);
  expect(warnings.map(({ code }) => code)).toEqual(expect.arrayContaining(['fallback', 'replica-out']));
  await link.mend();
  await until(() => router.stats().replicas[0]!.healthy);
  expect(warnings.map(({ code }) => code)).toContain('replica-back');
  await until(() => router.stats().replicas[0]!.breaker === 'half-open');
  expect((await router.query(WHERE)).rows).toEqual([{ standby: true }]);
});

test('a replica that is down at the start is a warning, a primary that is down or a standby an error', async () => {
  const nowhere = { ...cluster.primary.admin, port: 1 };
  const { router, warnings } = await open({ replicas: [nowhere] });
  expect(warnings).toMatchObject([{ code: 'replica-out', node: 'replica' }]);
  expect((await router.query(WHERE)).routing.reason).toBe('fallback-unhealthy');
  await expect(open({ primary: nowhere })).rejects.toMatchObject({ code: 'PRIMARY_DOWN' });
  await expect(open({ primary: cluster.replicas[0]!.admin })).rejects.toMatchObject({
    code: 'PRIMARY_IS_STANDBY',
  });
});

test('a replica that is late is not used until it has caught up', async () => {
  const { router } = await open({ maxLagMs: 200 });
  await withConnection(cluster.replicas[0]!.admin, async (standby) => {
    await standby.query('select pg_wal_replay_pause()');
    try {
      await router.query('update items set price = price where id = 1');
      await until(() => !router.stats().replicas[0]!.healthy);
      const [status] = router.stats().replicas;
      expect(status!.lagMs).toBeGreaterThan(200);
      expect(status!.lagBytes).toBeGreaterThan(0);
      expect((await router.query(WHERE)).routing.reason).toBe('fallback-lag');
    } finally {
      await standby.query('select pg_wal_replay_resume()');
    }
  });
  await until(() => router.stats().replicas[0]!.healthy);
  await until(() => router.stats().replicas[0]!.lagMs! < 100);
});

test('an idle primary makes no replica late', async () => {
  const { router } = await open({ maxLagMs: 100 });
  await sleep(600);
  expect(router.stats().replicas[0]).toMatchObject({ healthy: true, lagMs: 0, lastError: null });
});

test('transactions run on the primary, read-only ones where the policy sends reads', async () => {
  const { router } = await open();
  const session = router.session();
  const written = await router.transaction({ session }, async (client) => {
    expect(client.routing).toMatchObject({ node: 'primary', reason: 'transaction' });
    await client.query("insert into audit (note) values ('in a transaction')");
    return (await client.query("select count(*)::int as n from audit where note = 'in a transaction'"))
      .rows[0].n;
  });
  expect(written).toBe(1);
  expect((await router.query(WHERE, [], { session })).routing.reason).toBe('sticky');
  await router.transaction({ readOnly: true }, async (client) => {
    expect(client.routing).toMatchObject({ node: 'replica', category: 'read', reason: 'policy-replica' });
    expect((await client.query(WHERE)).rows).toEqual([{ standby: true }]);
    expect((await client.query('show transaction_read_only')).rows).toEqual([
      { transaction_read_only: 'on' },
    ]);
  });
});

test('a transaction whose function throws is rolled back, and one that can not commit says so', async () => {
  const { router } = await open();
  const count = async () =>
    (await router.query('select count(*)::int as n from audit', [], { category: 'realtime' })).rows[0].n;
  const before = await count();
  const insert = "insert into audit (note) values ('never')";
  await expect(
    router.transaction({}, async (client) => {
      await client.query(insert);
      throw new Error('second thoughts');
    }),
  ).rejects.toThrow('second thoughts');
  await expect(
    router.transaction({}, async (client) => {
      await client.query(insert);
      await client.query('select 1 / 0').catch(() => {});
    }),
  ).rejects.toMatchObject({ code: 'ROLLED_BACK' });
  expect(await count()).toBe(before);
});

test('a held connection keeps its state, and one given back in a transaction is closed', async () => {
  const { router } = await open({ poolSize: 1 });
  const client = await router.connect();
  await client.query("set application_name = 'mine'");
  expect((await client.query('show application_name')).rows).toEqual([{ application_name: 'mine' }]);
  await client.query('begin');
  client.release();
  client.release();
  const { rows } = await router.query('show application_name', [], { category: 'realtime' });
  expect(rows[0].application_name).not.toBe('mine');
});

test('a statement that fails after another began a transaction leaves none behind', async () => {
  const { router } = await open({ poolSize: 1 });
  await expect(router.query('begin; select 1 / 0')).rejects.toMatchObject({ code: '22012' });
  const { rows } = await router.query(
    'insert into audit (note) values (1) returning pg_current_xact_id() is not null as ok',
  );
  expect(rows).toEqual([{ ok: true }]);
});

test('named prepared statements and row modes pass through untouched', async () => {
  const { router } = await open();
  // Two of the names are of what JavaScript's objects have, too.
  for (const name of ['by-id', 'constructor', '__proto__']) {
    const config = { name, text: 'select $1::int as id', values: [7], rowMode: 'array' as const };
    for (let i = 0; i < 3; i++) expect((await router.query(config)).rows).toEqual([[7]]);
  }
  const { rows } = await router.query('select name from pg_prepared_statements');
  expect(rows).toEqual([]);
});

test('pools know how busy they were, and a request waits no longer than it may', async () => {
  const { router } = await open({ poolSize: 2, acquireTimeoutMs: 600 });
  const pool = () => router.stats().pools[0]!;
  expect(pool()).toMatchObject({ node: 'primary', size: 2, busy: 0, available: 2, waiting: 0 });
  const first = await router.connect();
  const second = await router.connect();
  const start = performance.now();
  const before = pool().busySeconds;
  const starved = router.query('select 1', [], { category: 'realtime' });
  const third = expect(starved).rejects.toMatchObject({ code: 'ACQUIRE_TIMEOUT' });
  await until(() => pool().waiting === 1);
  expect(pool()).toMatchObject({ open: 2, busy: 2, available: 0 });
  await third;
  const busySeconds = pool().busySeconds - before;
  const elapsed = (performance.now() - start) / 1000;
  expect(busySeconds).toBeGreaterThan(1.1);
  expect(busySeconds).toBeLessThanOrEqual(2 * elapsed);
  first.release();
  second.release();
  const after = pool();
  await sleep(50);
  expect(pool().busySeconds).toBe(after.busySeconds);
  expect(after).toMatchObject({ busy: 0, available: 2, acquires: 2, acquireTimeouts: 1 });
});

test('reads that find no free connection on the replica go to the primary', async () => {
  const { router } = await open({ poolSize: 1, acquireTimeoutMs: 600 });
  const held = await router.connect({ readOnly: true });
  expect(held.routing.node).toBe('replica');
  expect((await router.query(WHERE)).routing).toMatchObject({ node: 'primary', reason: 'fallback-error' });
  held.release();
});

test('every request is counted once, where it was answered', async () => {
  const { router } = await open();
  await router.query(WHERE, [], { group: 'menu' });
  await router.query(WHERE, [], { group: 'menu' });
  await router.query('select 1 / 0').catch(() => {});
  await router.query('update items set price = price where id = 1');
  const rows = router.stats().requests;
  expect(rows).toHaveLength(3);
  expect(rows).toEqual(
    expect.arrayContaining([
      { category: 'read', group: 'menu', node: 'replica', reason: 'policy-replica', ok: 2, failed: 0 },
      { category: 'read', group: '', node: 'replica', reason: 'policy-replica', ok: 0, failed: 1 },
      { category: 'write', group: '', node: 'primary', reason: 'write', ok: 1, failed: 0 },
    ]),
  );
});

test('without replicas everything is answered by the primary and nothing is a fallback', async () => {
  const { router } = await open({ replicas: [] });
  expect((await router.query(WHERE)).routing).toMatchObject({
    node: 'primary',
    reason: 'no-replica',
    fallback: false,
  });
  expect(router.stats()).toMatchObject({ fallbacks: 0, replicas: [] });
});

test('health checks connect as the monitors that are given', async () => {
  const { router } = await open({
    monitors: { primary: cluster.primary.monitor, replicas: [cluster.replicas[0]!.monitor] },
    applicationName: 'monitored',
  });
  const { rows } = await router.query(
    "select usename from pg_stat_activity where application_name = 'monitored' and query like '%flush_lsn%' and pid <> pg_backend_pid()",
  );
  expect(rows).toEqual([{ usename: cluster.primary.monitor.user }]);
});

test('the primary given once more as a replica is read as no replica, and written to as ever', async () => {
  const { admin } = cluster.primary;
  const { router, warnings } = await open({ replicas: [admin, cluster.replicas[0]!.admin] });
  const written = await router.query('update items set price = price where id = 1');
  expect(written.routing).toMatchObject({ node: 'primary', reason: 'write' });
  expect((await router.query(WHERE)).routing).toMatchObject({ node: 'replica-2', role: 'replica' });
  expect(warnings).toMatchObject([
    { code: 'replica-out', message: 'replica is not used: it is not a standby.' },
  ]);
});

test.each([
  [{ poolSize: 0 }, 'poolSize must be a whole number from 1, not 0.'],
  [{ poolSize: Number('') / 0 }, 'poolSize must be a whole number from 1, not NaN.'],
  [
    { acquireTimeoutMs: -1 },
    'acquireTimeoutMs must be a number of milliseconds from 0 to 2147483647, not -1.',
  ],
  [{ failoverWaitMs: Number.POSITIVE_INFINITY }, 'failoverWaitMs must be a number of milliseconds'],
  [{ health: { intervalMs: 0 } }, 'health.intervalMs must be a number of milliseconds from 1'],
  [{ health: { timeoutMs: Number.NaN } }, 'health.timeoutMs must be'],
  [{ maxLagMs: Number.NaN }, 'maxLagMs must be a number, 0 or more, not NaN.'],
  [{ maxLagBytes: -1 }, 'maxLagBytes must be'],
  [{ replicas: [{ connection: '', weight: -1 }] }, "a replica's weight must be"],
])('an option that can not be meant is refused by name: %j', async (options, message) => {
  await expect(open(options)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining(message),
  });
});

test('what is no query, and a category or isolation level that there is not, are refused with what to give instead', async () => {
  const { router } = await open();
  for (const query of [undefined, null, {}, { text: 5 }] as never[]) {
    await expect(router.query(query)).rejects.toThrow('A query must have a text');
    await expect(createPool(router).query(query)).rejects.toThrow('A query must have a text');
  }
  const reads = { category: 'reads' as 'read' };
  const unknown = { code: 'UNKNOWN_CATEGORY', message: expect.stringContaining('use one of write, read') };
  await expect(router.query('select 1', [], reads)).rejects.toMatchObject(unknown);
  await expect(router.connect({ ...reads, readOnly: true })).rejects.toMatchObject(unknown);
  const isolation = 'SERIALIZABLE; drop table items' as 'serializable';
  await expect(router.transaction({ isolation }, async () => {})).rejects.toMatchObject({
    code: 'UNKNOWN_ISOLATION',
    message: expect.stringContaining('use one of read committed, repeatable read, serializable'),
  });
});

test('a listener that throws makes no request fail', async () => {
  const { router } = await open();
  router.on('decision', () => {
    throw new Error('of the listener');
  });
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
  const update = 'update items set price = price where id = 1';
  expect((await router.query(update)).rowCount).toBe(1);
  expect(await thrown).toMatchObject({ message: 'of the listener' });
});

test('end() has all that was asked before it answered, whatever that waits for', async () => {
  const { router } = await open({ policy: 'primary-only', poolSize: 2 });
  const asked = Array.from({ length: 5 }, () => router.query('select pg_sleep(0.1)'));
  const written = router.transaction({}, (client) => client.query('select pg_sleep(0.1)'));
  const client = await createPool(router).connect();
  const queued = ['select pg_sleep(0.1)', 'update items set price = price where id = 1'];
  const inLine = queued.map((text) => client.query(text));
  const ended = router.end();
  await expect(router.query('select 1')).rejects.toMatchObject({ code: 'CLOSED' });
  client.release();
  await Promise.all([...asked, written, ...inLine]);
  await ended;
});

test('end() leaves no connection on a server and no timer or socket here, whatever still runs', async () => {
  const used = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).length;
  const before = used();
  const { router } = await open({ applicationName: 'leak-test' });
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      router.query(i % 3 ? WHERE : 'update items set price = price where id = 1'),
    ),
  );
  const running = router.query('select pg_sleep(0.2)');
  const ended = router.end();
  await running;
  await ended;
  await expect(router.query('select 1')).rejects.toMatchObject({ code: 'CLOSED' });
  await router.end();
  const count = `select count(*)::int as n from pg_stat_activity where application_name = 'leak-test'`;
  for (const node of [cluster.primary, cluster.replicas[0]!]) {
    await withConnection(node.admin, (client) =>
      expect.poll(async () => (await client.query(count)).rows[0].n).toBe(0),
    );
  }
  await until(() => used() <= before);
});

// The last test: the cluster can't start it again.
test('no read fails when the replica is killed', async () => {
  // As many as there are readers: on a busy machine one would be shed.
  const { router } = await open({ protection: { fallbackConcurrency: 3 } });
  const pid = cluster.replicas[0]!.pid!;
  const errors: unknown[] = [];
  let stop = false;
  const reader = async () => {
    while (!stop) {
      await router.query(WHERE).catch((error) => errors.push(error));
      await sleep(2);
    }
  };
  const readers = [reader(), reader(), reader()];
  await sleep(100);
  process.kill(pid, 'SIGKILL');
  await until(() => !router.stats().replicas[0]!.healthy);
  await sleep(100);
  stop = true;
  await Promise.all(readers);
  expect(errors).toEqual([]);
  expect(router.stats().fallbacks).toBeGreaterThan(0);
});
