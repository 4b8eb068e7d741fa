import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Router } from '../../../src/router/index.js';
import type { ConsistencyResult } from '../../observe/consistency/tally.js';
import { disturbances } from '../disturbances.js';
import { checkDisturbed } from '../disturbed-check.js';
import { startTestbed, type Testbed } from '../testbed.js';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await startTestbed({ standbys: 2 });
});

afterAll(async () => {
  await testbed?.[Symbol.asyncDispose]();
});

test('without consistency, a paused replica shows stale reads, and going back in time', async () => {
  const result = await checkDisturbed(testbed, { consistency: 'none' }, 'paused', { pairs: 300 });
  expect(result.stale).toBeGreaterThan(0);
  expect(result.backward).toBeGreaterThan(0);
  expect(result.failed).toEqual({});
});

test('a delay keeps a session from stale reads until it is over: a replica later than that shows them', async () => {
  const check = (delayMs: number, pairs: number) =>
    checkDisturbed(testbed, { consistency: 'delay', delayMs }, 'delayed', { pairs, pairsPerSecond: 60 });
  const long = await check(10_000, 60);
  // A replica is late for a third of a second at a time, and begins to be so when the machine gets round to it.
  const short = await check(50, 240);
  expect(long.stale).toBe(0);
  expect(short.stale).toBeGreaterThan(0);
  // A delay says nothing of what others wrote.
  expect(short.backward).toBeGreaterThan(0);
});

test.each(disturbances)(
  'by position, a session misses nothing that it saw, standbys %s',
  async (disturbance) => {
    const result = await checkDisturbed(testbed, { consistency: 'lsn' }, disturbance, { pairs: 300 });
    expect(result).toMatchObject({ stale: 0, backward: result.replicaAhead });
    expect(onReplicas(result)).toBeGreaterThan(0);
  },
);

test('strict reads miss nothing that anyone was told', async () => {
  for (const disturbance of ['delayed', 'paused'] as const) {
    const result = await checkDisturbed(testbed, { consistency: 'strict' }, disturbance, { pairs: 200 });
    expect(result).toMatchObject({ stale: 0, backward: result.replicaAhead, outdated: 0 });
    expect(onReplicas(result)).toBeGreaterThan(0);
  }
});

test('a router that loses its sessions is found out', async () => {
  const through = (router: Router) => forgetful(router);
  const lost = await checkDisturbed(testbed, { consistency: 'lsn' }, 'paused', { pairs: 200, through });
  expect(lost.stale).toBeGreaterThan(0);
  expect(lost.backward).toBeGreaterThan(0);
});

function onReplicas({ routes }: ConsistencyResult): number {
  return routes.filter(({ node }) => node !== 'primary').reduce((sum, { reads }) => sum + reads, 0);
}

/** Does everything without a session. */
function forgetful(router: Router): Router {
  return {
    session: (token) => router.session(token),
    query: (text, values, { session: _, ...options } = {}) => router.query(text, values, options),
    transaction: ({ session: _, ...options }, fn) => router.transaction(options, fn),
  } as Router;
}
