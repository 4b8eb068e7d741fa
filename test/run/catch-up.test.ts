import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, Node } from '../../src/cluster/cluster.js';
import { catchUp } from '../../src/run/catch-up.js';
import { startStandingServer } from '../cluster/standing-server.js';
import { query, smallTemplate, startCluster } from '../cluster/support.js';

const { signal } = new AbortController();
const stageOf = (cluster: Cluster, gone: Node[] = []) => ({ cluster, gone: new Set(gone), signal });
const HALF_A_SECOND = { totalMs: 500, queryMs: 5000 };

describe('a replica', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(await smallTemplate());
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('that has replayed all is waited for; one that has not in time, or has ended, no longer', async () => {
    const replica = cluster.replicas[0]!;
    expect(await catchUp(stageOf(cluster))).toBeNull();
    await query(replica.admin, 'SELECT pg_wal_replay_pause()');
    await query(cluster.primary.admin, 'CREATE TABLE late (id int)');
    const since = performance.now();
    expect(await catchUp(stageOf(cluster), HALF_A_SECOND)).toMatch(
      /^The replica was not seen to have caught up 0\.5\d* s after the last answer: /,
    );
    expect(performance.now() - since).toBeGreaterThanOrEqual(500);
    expect(await catchUp(stageOf(cluster, [replica]), HALF_A_SECOND)).toBeNull();
    await query(replica.admin, 'SELECT pg_wal_replay_resume()');
    expect(await catchUp(stageOf(cluster))).toBeNull();
  });
});

it('a primary that stands still is not waited for, and it is said that it could not be asked', async () => {
  await using server = await startStandingServer();
  const node = { name: 'primary', monitor: server.config } as Node;
  const cluster = { primary: node, replicas: [node] } as unknown as Cluster;
  expect(await catchUp(stageOf(cluster), { totalMs: 30_000, queryMs: 100 })).toMatch(
    /^The primary could not be asked whether the replica had caught up \(.*gave no answer within .*\): /,
  );
}, 10_000);
