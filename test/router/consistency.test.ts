import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ConsistencyCheck,
  type ConsistencyResult,
  checkConsistency,
} from '../../src/observe/consistency-check.js';
import { createVersionedRows } from '../../src/observe/versioned-rows.js';
import { createRouter, type RouteRule, type Router } from '../../src/router/index.js';
import { type Disturbance, disturb } from './disturbances.js';
import { startTestbed, type Testbed } from './testbed.js';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 2 });
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

/** Checks two routers, two instances of an application, whose reads follow the rule, while the standbys are disturbed. */
async function check(
  rule: Omit<RouteRule, 'target'>,
  disturbance: Disturbance,
  options: Partial<ConsistencyCheck> & { through?: (router: Router) => Router } = {},
): Promise<ConsistencyResult> {
  const { through = (router) => router, ...more } = options;
  const end = new AbortController();
  const read: RouteRule = { target: 'replica', primaryShare: 0.3, ...rule };
  const policy = {
    name: 'test',
    description: 'A test.',
    categories: { read, analytics: read, realtime: read },
  };
  await using rows = await createVersionedRows(testbed.primary.connection, { sessions: 12 });
  await Promise.all(testbed.standbys.map((standby) => standby.catchUpWith(testbed.primary)));
  const open = () =>
    createRouter({
      primary: testbed.primary.connection,
      replicas: testbed.standbys.map((standby) => standby.connection),
      policy,
      health: { intervalMs: 100 },
      // However late a replica is, it is the mode that has to see to it.
      maxLagMs: 60_000,
    });
  const routers = [await open(), await open()];
  const disturbed = disturb(testbed, disturbance, { forMs: 500, signal: end.signal });
  try {
    return await checkConsistency({ routers: routers.map(through), rows, ...more });
  } finally {
    end.abort();
    await disturbed;
    await Promise.all(routers.map((router) => router.end()));
  }
}

test('without consistency, a paused replica shows stale reads, and going back in time', async () => {
  const result = await check({ consistency: 'none' }, 'paused', { pairs: 600 });
  expect(result.stale).toBeGreaterThan(0);
  expect(result.backward).toBeGreaterThan(0);
  expect(result.failed).toEqual({});
});

test('a delay keeps a session from stale reads until it is over: a replica later than that shows them', async () => {
  const options = { pairs: 60, pairsPerSecond: 60 };
  const long = await check({ consistency: 'delay', delayMs: 10_000 }, 'delayed', options);
  const short = await check({ consistency: 'delay', delayMs: 50 }, 'delayed', options);
  expect(long.stale).toBe(0);
  expect(short.stale).toBeGreaterThan(0);
  // A delay says nothing of what others wrote.
  expect(short.backward).toBeGreaterThan(0);
});

test('a router that loses its sessions is found out', async () => {
  const through = (router: Router) => forgetful(router);
  const rule = { consistency: 'delay', delayMs: 10_000 } as const;
  const kept = await check(rule, 'paused', { pairs: 200 });
  const lost = await check(rule, 'paused', { pairs: 200, through });
  expect(kept.stale).toBe(0);
  expect(lost.stale).toBeGreaterThan(0);
  expect(lost.backward).toBeGreaterThan(0);
});

/** Does everything without a session. */
function forgetful(router: Router): Router {
  return {
    session: (token) => router.session(token),
    query: (text, values, { session: _, ...options } = {}) => router.query(text, values, options),
    transaction: ({ session: _, ...options }, fn) => router.transaction(options, fn),
  } as Router;
}
