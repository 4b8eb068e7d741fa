import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type BreakerState,
  createRouter,
  type Decision,
  type ReplicaStatus,
  type RequestCategory,
  type RoutedResult,
  type Router,
  RouterError,
  type RouterOptions,
  type RouterWarning,
} from '../../../src/router/index.js';
import { NAME_SETTING, startTestbed, type TestbedOptions, type TestServer } from '../testbed.js';

const APP = 'failover-test';

/** Undone after each test, the last first. */
const releasers: (() => unknown)[] = [];
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeAll(() => void process.on('unhandledRejection', noteUnhandled));

afterEach(async () => {
  for (const release of releasers.splice(0).reverse()) await release();
  expect(unhandled.splice(0)).toEqual([]);
});

afterAll(() => void process.off('unhandledRejection', noteUnhandled));

interface Stand {
  primary: TestServer;
  standbys: TestServer[];
  router: Router;
  warnings: RouterWarning[];
  decisions: Decision[];
  /** Inserts the next row; its answer says which server took it. */
  write: () => Promise<RoutedResult>;
}

/** A testbed of its own for each test, and a router that sends every read to a replica and looks often. */
async function open(
  { standbys, ...testbedOptions }: TestbedOptions,
  options: Partial<RouterOptions> = {},
): Promise<Stand> {
  const testbed = await serversFor({ standbys, ...testbedOptions });
  await testbed.primary.query('CREATE TABLE note (id int PRIMARY KEY)');
  await Promise.all(testbed.standbys.map((standby) => standby.catchUpWith(testbed.primary)));
  const warnings: RouterWarning[] = [];
  const decisions: Decision[] = [];
  const router = await createRouter({
    primary: testbed.primary.connection,
    replicas: testbed.standbys.map((standby) => standby.connection),
    policy: 'everything-to-replica',
    health: { intervalMs: 100 },
    applicationName: APP,
    onWarning: (warning) => void warnings.push(warning),
    ...options,
  });
  releasers.push(() => router.end());
  router.on('decision', (decision) => void decisions.push(decision));
  let id = 0;
  const write = () => router.query(WRITE, [++id]);
  return { ...testbed, router, warnings, decisions, write };
}

async function serversFor(options: TestbedOptions): Promise<{ primary: TestServer; standbys: TestServer[] }> {
  const testbed = await startTestbed(options);
  releasers.push(() => testbed[Symbol.asyncDispose]());
  return { primary: testbed.primary, standbys: testbed.standbys };
}

/** The server's own word on who it is. */
const NAME = `current_setting('${NAME_SETTING}')`;
const WHO = `select ${NAME} as server`;
const WRITE = `insert into note (id) values ($1) returning id, ${NAME} as server`;

/** As long as a write may wait for a primary by default; and where a busy machine may take longer to promote or start one. */
const USUAL_WAIT_MS = 5000;
const PATIENT_MS = 30_000;

/** What became of one request. */
interface Outcome {
  result?: RoutedResult;
  error?: unknown;
  ms: number;
}

/** Keeps so many requests going, each with a short pause before the next. */
class Load {
  readonly outcomes: Outcome[] = [];
  readonly #loops: Promise<void>[];
  #on = true;

  constructor(concurrency: number, request: () => Promise<RoutedResult>) {
    this.#loops = Array.from({ length: concurrency }, async () => {
      while (this.#on) {
        this.outcomes.push(await outcomeOf(request));
        await sleep(5);
      }
    });
    releasers.push(() => this.stop());
  }

  /** Resolves when everything that was asked is answered. */
  async stop(): Promise<Outcome[]> {
    this.#on = false;
    await Promise.all(this.#loops);
    return this.outcomes;
  }
}

async function outcomeOf(request: () => Promise<RoutedResult>): Promise<Outcome> {
  const startedMs = performance.now();
  try {
    const result = await request();
    return { result, ms: performance.now() - startedMs };
  } catch (error) {
    return { error, ms: performance.now() - startedMs };
  }
}

const answers = (outcomes: Outcome[]) => outcomes.flatMap(({ result }) => result ?? []);
const errors = (outcomes: Outcome[]) => outcomes.flatMap(({ error }) => error ?? []);
const serversOf = (outcomes: Outcome[]) => new Set(answers(outcomes).map(({ rows }) => rows[0].server));

/** So many requests, one after another. */
async function several(count: number, request: () => Promise<RoutedResult>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < count; i++) outcomes.push(await outcomeOf(request));
  return outcomes;
}

const until = (what: () => boolean | Promise<boolean>) =>
  expect.poll(what, { interval: 5, timeout: PATIENT_MS }).toBe(true);

const replica = (router: Router, node: string): ReplicaStatus =>
  router.stats().replicas.find((status) => status.node === node)!;

/** Ends a router and waits until the servers know of no connection of it. */
async function endWithoutLeak(router: Router, servers: TestServer[]): Promise<void> {
  await router.end();
  for (const server of servers) await until(async () => (await server.connections(APP)) === 0);
}

/** Each state of a node's breaker, in order. */
function watchBreaker(router: Router, node: string): BreakerState[] {
  const seen: BreakerState[] = [];
  const timer = setInterval(() => {
    const { breaker } = replica(router, node);
    if (seen.at(-1) !== breaker) seen.push(breaker);
  }, 2);
  releasers.push(() => clearInterval(timer));
  return seen;
}

test('a replica is promoted under load: writes go on there, none is lost or hangs, and no read fails', async () => {
  const { primary, standbys, router, warnings, write } = await open(
    { standbys: 2 },
    { protection: { fallbackConcurrency: 8 }, failoverWaitMs: PATIENT_MS },
  );
  const writers = new Load(4, write);
  const readers = new Load(4, () => router.query(WHO));
  await sleep(300);
  await primary.stop();
  await sleep(300);
  await standbys[0]!.promote();
  await until(() => router.stats().primary === 'replica');
  const switched = writers.outcomes.length;
  await until(() => writers.outcomes.length > switched + 100);
  const written = await writers.stop();

  expect(errors(await readers.stop())).toEqual([]);
  expect(router.stats().promotions).toBe(1);
  expect(warnings.filter(({ code }) => code === 'primary-changed')).toMatchObject([{ node: 'replica' }]);
  expect(answers(written).at(-1)!.routing).toMatchObject({ node: 'replica', role: 'primary' });
  const kept = new Set((await standbys[0]!.query('SELECT id FROM note')).map(({ id }) => id));
  expect(answers(written).filter(({ rows }) => !kept.has(rows[0].id))).toEqual([]);
  // The primary was away for less than a write waits: all that can have failed is one write on each of its 10 connections.
  const failed = errors(written);
  expect(failed.length).toBeLessThanOrEqual(10);
  for (const error of failed) {
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ code: 'MAYBE_COMMITTED', maybeCommitted: true });
  }
  await endWithoutLeak(router, standbys);
});

test('of two servers that take writes the one on the higher timeline gets all, the deposed one nothing', async () => {
  const { primary, standbys, router, write } = await open({ standbys: 1 }, { failoverWaitMs: PATIENT_MS });
  const writers = new Load(2, write);
  await standbys[0]!.promote();
  await until(() => router.stats().primary === 'replica');
  // What was under way on the deposed one may be in doubt; nothing else is.
  const failed = errors(await writers.stop());
  expect(failed.length).toBeLessThanOrEqual(2);
  for (const error of failed) expect(error).toMatchObject({ code: 'MAYBE_COMMITTED' });
  expect(serversOf(await several(20, write))).toEqual(new Set(['standby-1']));
  expect(serversOf(await several(20, () => router.query(WHO)))).toEqual(new Set(['standby-1']));
  expect((await primary.query('SELECT pg_is_in_recovery() AS standby'))[0]).toEqual({ standby: false });
});

test('a primary that hung while another was promoted gets nothing when it wakes up', async () => {
  const { primary, standbys, router, write } = await open({ standbys: 1 }, { failoverWaitMs: PATIENT_MS });
  const writers = new Load(2, write);
  await sleep(100);
  await primary.freeze();
  await standbys[0]!.promote();
  await until(() => router.stats().primary === 'replica');
  const switched = writers.outcomes.length;
  await primary.thaw();
  await until(() => writers.outcomes.length > switched + 100);
  const written = await writers.stop();
  expect(serversOf(written.slice(-90))).toEqual(new Set(['standby-1']));
  expect(serversOf(await several(20, () => router.query(WHO)))).toEqual(new Set(['standby-1']));
  for (const error of errors(written)) expect(error).toMatchObject({ maybeCommitted: true });
});

test('writes sent to a primary that hangs are in doubt once another is promoted, those not yet sent are done there', async () => {
  const options = { poolSize: 2, failoverWaitMs: PATIENT_MS };
  const { primary, standbys, router, write } = await open({ standbys: 1 }, options);
  await Promise.all([write(), write()]);
  await primary.freeze();
  const writes = Promise.all(Array.from({ length: 4 }, () => outcomeOf(write)));
  await standbys[0]!.promote();
  // The old primary stays as it is: nothing of this may wait for it.
  const outcomes = await writes;
  expect(serversOf(outcomes)).toEqual(new Set(['standby-1']));
  expect(errors(outcomes)).toHaveLength(2);
  for (const error of errors(outcomes)) expect(error).toMatchObject({ code: 'MAYBE_COMMITTED' });
  expect(router.stats().primary).toBe('replica');
  await primary.thaw();
});

test('what a deposed primary was at work on is in doubt: its commits are not those of the cluster', async () => {
  const { primary, standbys, router } = await open({ standbys: 1 });
  const slow = errorOf(() => router.query('insert into note select 1 from pg_sleep(30)'));
  const transaction = errorOf(() =>
    router.transaction({}, async (client) => {
      await client.query('insert into note values (2)');
      await client.query('select pg_sleep(30)');
    }),
  );
  await until(async () => (await primary.query(SLEEPING))[0].count === 2);
  await standbys[0]!.promote();
  expect(await slow).toMatchObject({ code: 'MAYBE_COMMITTED' });
  expect(await transaction).toBeInstanceOf(Error);
});

test('a primary that hangs keeps no request waiting for ever, and is used again when it wakes up', async () => {
  const { primary, router, write } = await open({ standbys: 1 }, { failoverWaitMs: 500 });
  await write();
  await primary.freeze();
  expect(await errorOf(write)).toMatchObject({ code: 'MAYBE_COMMITTED' });
  await until(() => router.stats().primary === null);
  expect(await errorOf(write)).toMatchObject({ code: 'PRIMARY_UNAVAILABLE' });
  expect(errors(await several(10, () => router.query(WHO)))).toEqual([]);
  await primary.thaw();
  await until(() => router.stats().primary === 'primary');
  expect((await write()).rows[0].server).toBe('primary');
});

test('two standbys promoted side by side are a tie: writes are refused until it is resolved', async () => {
  const { standbys, router, warnings, write } = await open({ standbys: 2 });
  const [one, two] = standbys;
  await Promise.all([one!.promote(), two!.promote()]);
  await until(() => warnings.some(({ code }) => code === 'split-brain'));
  const refused = errors(await several(5, write));
  expect(refused).toHaveLength(5);
  for (const error of refused) expect(error).toMatchObject({ code: 'SPLIT_BRAIN' });
  expect(router.stats().primary).toBeNull();
  const [first, ...others] = standbys.map(({ connection }) => connection);
  await expect(createRouter({ primary: first!, replicas: others })).rejects.toMatchObject({
    code: 'SPLIT_BRAIN',
    message: expect.stringContaining('primary and replica both take writes'),
  });
  await one!.follow(two!);
  await until(() => router.stats().primary === 'replica-2');
  expect(serversOf(await several(5, write))).toEqual(new Set(['standby-2']));
});

test('a server of another cluster in the place of a replica is used for nothing, whatever its timeline', async () => {
  const { primary, standbys, router, write } = await open({ standbys: 1 });
  const [standby] = standbys;
  const foreign = await serversFor({ standbys: 1, identity: 'other' });
  const [stranger] = foreign.standbys;
  await stranger!.promote();
  await standby!.stop();
  await putInPlace(stranger!, standby!);
  await until(() => /system identifier/.test(replica(router, 'replica').lastError ?? ''));
  const requests = [...(await several(20, write)), ...(await several(20, () => router.query(WHO)))];
  expect(errors(requests)).toEqual([]);
  expect(new Set(answers(requests).map(({ routing }) => routing.node))).toEqual(new Set(['primary']));
  expect(replica(router, 'replica')).toMatchObject({ role: 'unknown', healthy: false });
  expect(router.stats()).toMatchObject({ primary: 'primary', promotions: 0 });
  expect(await primary.query('SELECT count(*)::int FROM note')).toEqual([{ count: 20 }]);
});

/** Whoever connects to where `gone` was gets to `server`. */
async function putInPlace(server: TestServer, gone: TestServer): Promise<void> {
  const { user, password } = gone.connection;
  await server.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
  const sockets = new Set<Socket>();
  const door = createServer((near) => {
    const far = connect(server.connection.port, server.connection.host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  }).listen(gone.connection.port, gone.connection.host);
  await once(door, 'listening');
  releasers.push(() => {
    door.close();
    for (const socket of sockets) socket.destroy();
  });
}

test('writes wait for a primary that was killed, and are done when it is back', async () => {
  const { primary, router, write } = await open({ standbys: 1 }, { failoverWaitMs: PATIENT_MS });
  await write();
  await primary.kill();
  const waiting = Promise.all([write(), write(), write()]);
  await until(() => router.stats().primary === null);
  expect(errors(await several(10, () => router.query(WHO)))).toEqual([]);
  await primary.start();
  for (const { rows, routing } of await waiting) {
    expect(rows[0].server).toBe('primary');
    expect(routing.waitedMs).toBeGreaterThan(0);
  }
  expect(router.stats()).toMatchObject({ primary: 'primary', promotions: 0 });
  expect(await primary.query('SELECT count(*)::int FROM note')).toEqual([{ count: 4 }]);
});

test('a write waits for a primary no longer than it may', async () => {
  const failoverWaitMs = 400;
  const { primary, write } = await open({ standbys: 1 }, { failoverWaitMs });
  await primary.kill();
  const outcomes = await Promise.all(Array.from({ length: 3 }, () => outcomeOf(write)));
  for (const { error, ms } of outcomes) {
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ code: 'PRIMARY_UNAVAILABLE' });
    expect(error).not.toMatchObject({ maybeCommitted: true });
    expect(ms).toBeGreaterThanOrEqual(failoverWaitMs - 50);
    expect(ms).toBeLessThan(USUAL_WAIT_MS);
  }
});

test('a commit whose answer was lost with the primary may have been made, and says so', async () => {
  const { primary, standbys, router } = await open({ standbys: 1 });
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
  await primary.query('SELECT pg_reload_conf()');
  await primary.until(`SELECT count(*) > 0 AS ok FROM pg_stat_replication WHERE sync_state = 'sync'`);
  // Commits are written, and answered only when the standby has them too.
  await standbys[0]!.freeze();
  const held = await router.connect();
  await held.query('begin');
  await held.query('insert into note values (3)');
  const commits = [
    () => router.query('insert into note values (1)'),
    () => router.transaction({}, (client) => client.query('insert into note values (2)')),
    () => held.query('commit'),
  ];
  const lost = Promise.all(commits.map(errorOf));
  await until(async () => (await primary.query(WAITING_TO_COMMIT))[0].count === 3);
  await primary.kill();
  for (const error of await lost) {
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ code: 'MAYBE_COMMITTED', maybeCommitted: true });
  }
  held.release();
  await primary.start();
  expect(await primary.query('SELECT id FROM note ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
});

test('a transaction that was lost before its commit was certainly not committed', async () => {
  const { primary, router } = await open({ standbys: 1 });
  const lost = errorOf(() =>
    router.transaction({}, async (client) => {
      await client.query('insert into note values (1)');
      await client.query('select pg_sleep(30)');
    }),
  );
  await until(async () => (await primary.query(SLEEPING))[0].count === 1);
  await primary.kill();
  expect(await lost).toBeInstanceOf(Error);
  expect(await lost).not.toMatchObject({ maybeCommitted: true });
});

const errorOf = (request: () => Promise<unknown>) =>
  request().then(
    () => undefined,
    (error: unknown) => error,
  );
const WAITING_TO_COMMIT = `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
const SLEEPING = `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;

const failures = [
  {
    what: 'hangs',
    fail: (server: TestServer) => server.freeze(),
    mend: (server: TestServer) => server.thaw(),
  },
  {
    what: 'is killed',
    fail: (server: TestServer) => server.kill(),
    mend: (server: TestServer) => server.start(),
  },
];

for (const { what, fail, mend } of failures) {
  test(`a replica that ${what} loses its reads to the other, and comes back slowly`, async () => {
    const { primary, standbys, router, warnings } = await open({ standbys: 2 });
    const [bad] = standbys;
    const slowRead = () => router.query(`${WHO} from pg_sleep(0.5)`);
    const breaker = watchBreaker(router, 'replica');
    const inFlight = Promise.all(Array.from({ length: 8 }, () => outcomeOf(slowRead)));
    await until(async () => (await bad!.query(SLEEPING))[0].count > 0);
    await fail(bad!);
    expect(errors(await inFlight)).toEqual([]);
    expect(serversOf(await inFlight)).not.toContain('standby-1');

    await until(() => replica(router, 'replica').breaker === 'open');
    expect(replica(router, 'replica').healthy).toBe(false);
    expect(serversOf(await several(30, () => router.query(WHO)))).toEqual(new Set(['standby-2']));

    await mend(bad!);
    const readers = new Load(4, () => router.query(WHO));
    await until(() => serversOf(readers.outcomes).has('standby-1') && breaker.at(-1) === 'closed');
    const { ramp } = replica(router, 'replica');
    expect(ramp).toBeGreaterThan(0);
    expect(ramp).toBeLessThan(1);
    expect(errors(await readers.stop())).toEqual([]);
    // While it is down a probe may fail and open it once more.
    expect(breaker.slice(0, 2)).toEqual(['closed', 'open']);
    expect(breaker.slice(-2)).toEqual(['half-open', 'closed']);
    expect(breaker.filter((state) => state === 'closed')).toHaveLength(2);
    const codes = warnings.filter(({ node }) => node === 'replica').map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining(['replica-out', 'replica-back', 'breaker-open', 'breaker-closed']),
    );
    await endWithoutLeak(router, [primary, ...standbys]);
  });
}

test('a read cancelled by replay is answered elsewhere, with no node asked twice', async () => {
  const { primary, standbys, router, decisions } = await open({
    standbys: 2,
    settings: { max_standby_streaming_delay: '0' },
  });
  await primary.query('INSERT INTO note SELECT generate_series(1, 1000)');
  await Promise.all(standbys.map((standby) => standby.catchUpWith(primary)));
  // It takes its time where the rows are still there that it is to be cancelled for.
  const slow = `pg_sleep(case when (select count(*) from note) = 1000 then 20 else 0 end)`;
  const read = router.query(`${WHO}, (select count(*)::int from note) from ${slow}`);
  await until(async () => {
    const asked = await Promise.all(standbys.map((standby) => standby.query(SLEEPING)));
    return asked.some(([{ count }]) => count > 0);
  });
  await primary.query('DELETE FROM note WHERE id > 500');
  await primary.query('VACUUM note');
  expect((await read).rows[0].count).toBe(500);
  const [decision] = decisions;
  expect(decision).toMatchObject({ ok: true, node: (await read).routing.node });
  expect(decision!.failures[0]!.error).toMatch(/conflict with recovery/);
  const asked = [...decision!.failures.map(({ node }) => node), decision!.node];
  expect(new Set(asked).size).toBe(asked.length);
  expect(router.stats().requests.reduce((sum, { ok, failed }) => sum + ok + failed, 0)).toBe(1);
});

test('a read that was cancelled or took too long is not tried again', async () => {
  const { primary, standbys, router, decisions } = await open({ standbys: 2 });
  const acquires = () => router.stats().pools.reduce((sum, pool) => sum + pool.acquires, 0);
  const before = acquires();
  const cancelled = outcomeOf(() => router.query('select pg_sleep(20)'));
  await until(async () => {
    const done = await Promise.all(standbys.map((standby) => standby.query(CANCEL)));
    return done.flat().length > 0;
  });
  expect((await cancelled).error).toMatchObject({ code: '57014' });
  expect(acquires() - before).toBe(1);

  const impatient = await createRouter({
    primary: primary.connection,
    replicas: standbys.map(({ connection }) => ({ ...connection, statement_timeout: 100 })),
    policy: 'everything-to-replica',
  });
  releasers.push(() => impatient.end());
  impatient.on('decision', (decision) => void decisions.push(decision));
  const { error } = await outcomeOf(() => impatient.query('select pg_sleep(20)'));
  expect(error).toMatchObject({ code: '57014' });
  expect(decisions).toMatchObject([
    { ok: false, role: 'replica', failures: [] },
    { ok: false, role: 'replica', failures: [] },
  ]);
});

const CANCEL = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`;

test('with every replica gone and twice the load writes stay as fast, reads are shed by rank, nothing leaks', async () => {
  const { primary, standbys, router, warnings, write } = await open(
    { standbys: 2 },
    { poolSize: 8, protection: { reservedForWrites: 2, fallbackConcurrency: 3 } },
  );
  // 18 at a time for the 8 connections that the primary has.
  const ranks: Exclude<RequestCategory, 'write'>[] = ['analytics', 'read', 'realtime'];
  const readers = ranks.map(
    (category) => new Load(6, () => router.query('select pg_sleep(0.05)', [], { category })),
  );
  const writers = new Load(2, write);
  // The first ones open connections.
  await until(() => writers.outcomes.length >= 100);
  const measured = async () => {
    const from = writers.outcomes.length;
    await until(() => writers.outcomes.length >= from + 250);
    return medianMs(writers.outcomes.slice(from));
  };
  const beforeMs = await measured();
  expect(readers.flatMap(({ outcomes }) => errors(outcomes))).toEqual([]);
  const readBefore = readers.map(({ outcomes }) => outcomes.length);

  await Promise.all(standbys.map((standby) => standby.kill()));
  const afterMs = await measured();
  expect(errors(await writers.stop())).toEqual([]);
  const read = await Promise.all(readers.map((load) => load.stop()));
  // Without a reserve they would wait behind reads that sleep for 50 ms.
  expect(afterMs).toBeLessThan(5 * beforeMs);

  const refused = read.map(errors);
  for (const error of refused.flat()) expect(error).toMatchObject({ name: 'PrimaryBudgetExceeded' });
  const [analytics, plain, realtime] = refused.map(
    (list, i) => list.length / (read[i]!.length - readBefore[i]!),
  );
  // A busy machine may leave what is of the highest rank alone to get through.
  expect(analytics).toBeGreaterThanOrEqual(plain!);
  expect(plain).toBeGreaterThanOrEqual(realtime!);
  expect(analytics).toBeGreaterThan(realtime!);
  expect(router.stats().protection!.shed).toEqual(
    Object.fromEntries(ranks.map((category, i) => [category, refused[i]!.length])),
  );
  expect(warnings.map(({ code }) => code)).toContain('shed');

  await Promise.all(standbys.map((standby) => standby.start()));
  await until(() => router.stats().replicas.every(({ healthy }) => healthy));
  await endWithoutLeak(router, [primary, ...standbys]);
});

function medianMs(outcomes: Outcome[]): number {
  const sorted = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
