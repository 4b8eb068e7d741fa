import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { withClient } from '../../src/cluster/client.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { epochMs } from '../../src/machine/clock.js';
import { startWatch } from '../../src/observe/watch.js';
import { policies } from '../../src/router/index.js';
import { startStandingServer } from '../cluster/standing-server.js';
import { startServers } from '../router/servers.js';
import { standStill } from './stand-still.js';

/** Reads that the application makes before anything is watched, and while it is. */
const BEFORE = 9;
const MEANWHILE = 4;
/** Long enough for each observer to look. */
const A_MOMENT_MS = 250;

/** Watches a cluster for a moment in which the application reads. */
async function watched(cluster: Cluster, options?: { monitors: boolean }) {
  const read = (times: number) =>
    withClient(cluster.primary.app, async (client) => {
      for (let i = 0; i < times; i++) await client.query('SELECT 1 AS one');
    });
  await read(BEFORE);
  await using watch = await startWatch({ cluster, service: null, policy: policies.balanced }, options);
  const startMs = epochMs();
  await watch.mark();
  await read(MEANWHILE);
  await sleep(A_MOMENT_MS);
  await watch.mark();
  await watch.stop();
  return watch.result({ startMs, endMs: epochMs() });
}

function schemasOfTheBench(cluster: Cluster) {
  const { admin, app } = cluster.primary;
  return withClient({ ...admin, database: app.database }, async (client) => {
    const { rows } = await client.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'splitbench%'`);
    return rows;
  });
}

it('does nothing to servers that are not the bench’s own, and still counts what they execute', async () => {
  await using cluster = await startServers();
  const capabilities = { ...cluster.capabilities, resettable: false, schemas: false, writes: false };
  const seen = await watched({ ...cluster, capabilities });
  expect(seen.volume.map(({ reads, wholeCalls }) => [reads.calls, wholeCalls.read])).toEqual([
    [MEANWHILE, MEANWHILE],
    [0, 0],
  ]);
  expect(seen.consistency).toEqual([]);
  expect(seen.lag).toMatchObject({ followed: 'positions' });
  expect(seen.lag!.streamingShare).toBeGreaterThan(0);
  expect(await schemasOfTheBench(cluster)).toEqual([]);
});

it('without monitors asks no server, and still counts CPU', async () => {
  await using cluster = await startServers();
  const seen = await watched(cluster, { monitors: false });
  expect(seen).toMatchObject({ volume: [], lag: null, pools: [], consistency: [], router: { requests: [] } });
  expect(seen.nodes.map(({ name }) => name)).toEqual(['primary', 'replica']);
  expect(seen.machine.benchCores).toBeGreaterThan(0);
  expect(await schemasOfTheBench(cluster)).toEqual([]);
});

it('says that it was held up where it was, and nothing of the servers that they did not do', async () => {
  await using cluster = await startServers();
  const watchedMs = epochMs();
  await using watch = await startWatch({ cluster, service: null, policy: policies.balanced });
  await sleep(500);
  const startMs = epochMs() + 300;
  standStill(1600);
  await sleep(600);
  await watch.stop();
  const endMs = epochMs();
  const { heldUp, nodes, machine, lag } = watch.result({ startMs, endMs });
  expect(heldUp.longestMs).toBeGreaterThanOrEqual(1600);
  expect(heldUp.longestMs).toBeLessThan(endMs - watchedMs);
  expect(heldUp.atMs).toBeLessThan(-290);
  for (const { cpuSeconds, utilisation, throttledSeconds, longestGapMs } of nodes) {
    expect({ cpuSeconds, utilisation, throttledSeconds }).toEqual({
      cpuSeconds: null,
      utilisation: null,
      throttledSeconds: null,
    });
    expect(longestGapMs).toBeGreaterThanOrEqual(1600);
  }
  expect(machine).toMatchObject({ benchCores: null, busyCores: null, stealShare: null });
  // The replica streamed all the time: it was not asked.
  expect(lag!.streamingShare).toBe(1);
  for (const { longestGapMs } of [machine, lag!]) expect(longestGapMs).toBeGreaterThanOrEqual(1600);
});

it('ends with a sentence where a server that is to be watched gives no answer', async () => {
  await using server = await startStandingServer();
  const usage = async () => null;
  const primary = { name: 'primary', role: 'primary', monitor: server.config, budget: {}, usage };
  const cluster = { capabilities: {}, primary, replicas: [] } as unknown as Cluster;
  await expect(startWatch({ cluster, service: null, policy: policies.balanced })).rejects.toMatchObject({
    code: 'NO_ANSWER',
    exitCode: 4,
    message: expect.stringMatching(/^A server that was to be watched gave no answer within 2 s: /),
  });
});

it('counts a commit that the replica does not show in time as long as it was waited for', async () => {
  await using cluster = await startServers();
  const replay = (what: 'pause' | 'resume') =>
    withClient(cluster.replicas[0]!.admin, (client) => client.query(`SELECT pg_wal_replay_${what}()`));
  await replay('pause');
  const startMs = epochMs();
  await using watch = await startWatch({ cluster, service: null, policy: policies.balanced });
  await sleep(11_500);
  await replay('resume');
  await vi.waitFor(() => expect(watch.latest().lagMs).toBeLessThan(1000), { timeout: 10_000 });
  await watch.stop();
  const { commitToVisible, unseen, series } = watch.result({ startMs, endMs: epochMs() }).lag!;
  expect(unseen).toBeGreaterThan(2);
  // The last one may be on its way as the watching ends: it counts as unseen too, with its short wait.
  const givenUp = series.lagMs.filter((lagMs) => lagMs === 10_000).length;
  expect(unseen - givenUp).toBeGreaterThanOrEqual(0);
  expect(unseen - givenUp).toBeLessThanOrEqual(1);
  expect(series.tMs).toEqual(series.tMs.toSorted((a, b) => a - b));
  expect(commitToVisible.count).toBeGreaterThan(unseen + 10);
  // The later ones waited for less.
  expect(commitToVisible.meanMs).toBeGreaterThan(4000);
  expect(commitToVisible.meanMs).toBeLessThan(10_000);
  expect(commitToVisible.maxMs).toBeGreaterThanOrEqual(10_000);
});
