import { expect, test } from 'vitest';
import type { CheckEvent } from '../../../src/observe/consistency/visitor.js';
import { LateCluster } from './late-router.js';
import { ConsistencyTally, countedCheck } from './tally.js';

const rows = (sessions = 4) => ({
  sessions,
  read: (row: number) => ({ text: 'read', values: [row] }),
  write: (row: number) => ({ text: 'write', values: [row] }),
  async [Symbol.asyncDispose]() {},
});

test('a router that honours its sessions is found without fault, whatever its replica lacks', async () => {
  const cluster = new LateCluster(2, 2);
  const routers = [cluster.router(), cluster.router()];
  const result = await countedCheck({ routers, rows: rows(), pairs: 200 });
  expect(result).toMatchObject({ pairs: 200, stale: 0, backward: 0, staleVersionsMax: 0, failed: {} });
  expect(result.readBacks).toBeGreaterThan(200);
  // Its sessions don't see what others wrote until they have seen it: that is no fault.
  expect(result.outdated).toBeGreaterThan(0);
  expect(result.routes.map((r) => r.node).sort()).toEqual(['primary', 'replica']);
  expect(result.routes.reduce((sum, r) => sum + r.reads, 0)).toBe(result.reads);
});

test('a replica that is always late shows stale reads, and by how many versions', async () => {
  const router = new LateCluster(3).router({ ignoresSessions: true });
  const result = await countedCheck({ routers: [router], rows: rows(1), pairs: 50 });
  expect(result.stale).toBe(result.readBacks);
  expect(result.staleVersionsMax).toBe(3);
  expect(result.backward).toBe(0);
});

test('going to and fro between primary and a late replica is going back in time', async () => {
  const router = new LateCluster(1, 2).router({ ignoresSessions: true });
  const result = await countedCheck({ routers: [router], rows: rows(), pairs: 50 });
  const [primary, replica] = ['primary', 'replica'].map(
    (node) => result.routes.find((r) => r.node === node)!,
  );
  expect(primary).toMatchObject({ stale: 0, backward: 0 });
  expect(replica!.backward).toBe(result.backward);
  expect(result.backward).toBeGreaterThan(50);
});

test('a session that is lost on its way in a token is noticed', async () => {
  const cluster = new LateCluster(1, 2);
  const routers = [cluster.router({ forgetsTokens: true })];
  const result = await countedCheck({ routers, rows: rows(), pairs: 50 });
  expect(result.stale).toBeGreaterThan(0);
  expect(result.backward).toBeGreaterThan(0);
});

test('a write that may have been committed allows both versions', async () => {
  for (const failures of [{ afterCommit: 3 }, { beforeCommit: 3 }]) {
    const router = new LateCluster(1, 2, failures).router();
    const result = await countedCheck({ routers: [router], rows: rows(), pairs: 40 });
    expect(result).toMatchObject({ pairs: 40, stale: 0, backward: 0 });
    expect(result.unknownWrites).toBeGreaterThanOrEqual(19);
    expect(Object.values(result.failed)).toEqual([result.unknownWrites]);
  }
});

test('once a read has shown such a write, not to see it is going back', () => {
  const tally = new ConsistencyTally();
  const route = { node: 'replica', role: 'replica', reason: 'policy-replica' } as const;
  const read = { kind: 'read', session: 1, row: 1, committed: 3, ...route } as const;
  tally.add({ kind: 'failed', what: 'write', code: 'MAYBE_COMMITTED', maybeCommitted: true });
  tally.add({ ...read, version: 4, written: 3, seen: 3 });
  tally.add({ ...read, version: 3, written: 3, seen: 4 });
  expect(tally.result()).toMatchObject({ reads: 2, readBacks: 2, stale: 0, backward: 1, unknownWrites: 1 });
});

test('a primary that shows a commit later than its replica did is told apart, one that misses a commit is not', () => {
  const tally = new ConsistencyTally();
  const route = { node: 'primary', role: 'primary', reason: 'primary-share' } as const;
  const read = { kind: 'read', session: 1, row: 0, written: 2, seen: 5, ...route } as const;
  tally.add({ ...read, version: 4, committed: 4 });
  expect(tally.result()).toMatchObject({ stale: 0, backward: 1, replicaAhead: 1 });
  tally.add({ ...read, version: 4, committed: 5 });
  tally.add({ ...read, version: 1, committed: 1 });
  tally.add({
    ...read,
    version: 4,
    committed: 4,
    node: 'replica',
    role: 'replica',
    reason: 'policy-replica',
  });
  expect(tally.result()).toMatchObject({ stale: 1, backward: 4, replicaAhead: 1 });
});

test('it paces itself, tells what it counts, and ends when told to', async () => {
  const end = new AbortController();
  const told = new ConsistencyTally();
  const onEvent = (event: CheckEvent) => {
    told.add(event);
    if (told.result().pairs === 5) end.abort();
  };
  const startMs = performance.now();
  const result = await countedCheck({
    routers: [new LateCluster(0).router()],
    rows: rows(20),
    pairsPerSecond: 50,
    signal: end.signal,
    onEvent,
  });
  expect(performance.now() - startMs).toBeGreaterThan(90);
  expect(result.pairs).toBe(5);
  expect(result).toEqual(told.result());
});
