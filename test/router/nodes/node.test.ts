import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ServerNode } from '../../../src/router/nodes/node.js';
import { NodePool } from '../../../src/router/nodes/pool.js';
import { Servers } from '../../../src/router/nodes/servers.js';
import { settingsOf } from '../../../src/router/settings.js';
import { loadParser } from '../../../src/router/sql/parse.js';
import { Warnings } from '../../../src/router/warnings.js';
import { startTestbed, type Testbed } from '../testbed.js';

let testbed: Testbed;
let servers: Servers;

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 1 });
  const settings = settingsOf({
    primary: { ...testbed.primary.connection, options: '-c synchronous_commit=off' },
    replicas: testbed.standbys.map(({ connection }) => connection),
    health: { intervalMs: 60_000 },
  });
  servers = new Servers(settings, new Warnings(undefined), true);
  await loadParser();
  await servers.start();
});

afterAll(async () => {
  await servers?.end(1000);
  await testbed?.[Symbol.asyncDispose]();
});

afterEach(() => void vi.useRealTimers());

/** Connections to the primary. */
function newPool(onConnectionLost: (error: Error) => void = () => {}): NodePool {
  const { options } = servers.health.primary!;
  const none = () => {};
  return new NodePool({ ...options, onConnectionLost, onBreak: none, onConnect: async () => {} });
}

/** Runs a query on one of the node's connections, or on a new one if those broke. */
async function use(node: ServerNode, close = false): Promise<number> {
  for (;;) {
    const lease = await node.pool.acquire().catch(() => undefined);
    const answer = await lease?.client.query('select pg_backend_pid() as pid').catch(() => undefined);
    lease?.release(close || answer === undefined);
    if (answer !== undefined) return answer.rows[0].pid;
  }
}

test('a standby begins another epoch when it may have gone back: started again or crashed, not by being used', async () => {
  const [replica] = servers.replicas;
  const [standby] = testbed.standbys;
  await use(replica!);
  const { epoch } = replica!;
  await Promise.all([use(replica!), use(replica!, true), servers.health.checkNow()]);
  await use(replica!, true);
  expect(replica!.epoch).toBe(epoch);
  // No connection of it is open that could break.
  await use(replica!, true);
  await replica!.monitor.close();
  await standby!.restart();
  await use(replica!);
  const restarted = replica!.epoch;
  expect(restarted).toBeGreaterThan(epoch);
  const pid = await use(replica!);
  process.kill(pid, 'SIGKILL');
  while ((await use(replica!)) === pid);
  expect(replica!.epoch).toBeGreaterThan(restarted);
});

test('a connection knows whether its commits are answered before they are flushed', async () => {
  for (const [node, unflushed] of [
    [servers.health.primary!, true],
    [servers.replicas[0]!, false],
  ] as const) {
    const lease = await node.pool.acquire();
    expect(lease.client.commitsUnflushed).toBe(unflushed);
    lease.release();
  }
});

test('a connection is lent again at once, the one used last first; what was idle for a minute is closed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const pool = newPool();
  const leases = await Promise.all([pool.acquire(), pool.acquire()]);
  for (const lease of leases) lease.release();
  expect(pool.stats().open).toBe(2);
  vi.advanceTimersByTime(40_000);
  const again = pool.takeIdle()!;
  expect(again.client).toBe(leases[1].client);
  again.release();
  vi.advanceTimersByTime(30_000);
  expect(pool.stats()).toMatchObject({ open: 1, busy: 0 });
  vi.advanceTimersByTime(30_000);
  expect(pool.stats().open).toBe(0);
  expect(pool.takeIdle()).toBeUndefined();
  await pool.end(1000);
});

test('an idle connection that breaks is lent to nobody', async () => {
  const lost: string[] = [];
  const pool = newPool(({ message }) => lost.push(message));
  const [broken, asked] = await Promise.all([pool.acquire(), pool.acquire()]);
  const { rows } = await broken.client.query('select pg_backend_pid() as pid');
  broken.release();
  const ended = new Promise((resolve) => broken.client.once('end', resolve));
  await asked.client.query('select pg_terminate_backend($1)', [rows[0].pid]);
  await ended;
  expect(pool.takeIdle()).toBeUndefined();
  expect(pool.stats()).toMatchObject({ open: 1, busy: 1 });
  expect(lost).toHaveLength(1);
  asked.release();
  await pool.end(1000);
});
