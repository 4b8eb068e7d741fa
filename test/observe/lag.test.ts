import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { epochMs } from '../../src/machine/clock.js';
import { processTree } from '../../src/machine/processes.js';
import { lag } from '../../src/observe/lag.js';
import type { PlannedNode } from '../../src/record/plan.js';
import { policies } from '../../src/router/index.js';
import { readProc } from '../cluster/support.js';
import { startServers } from '../router/servers.js';

const scene = (cluster: Cluster, onMishap?: (sentence: string) => void) => ({
  cluster,
  service: null,
  policy: policies.balanced,
  onMishap,
});

/** A process of a server, by how PostgreSQL titles it. */
function processOf(server: 'primary' | 'replica', cluster: Cluster, title: string): number {
  const { pid } = server === 'primary' ? cluster.primary : cluster.replicas[0]!;
  return processTree(pid!).find((each) => readProc(each, 'cmdline').includes(title)) ?? 0;
}

it('follows each of several replicas, and tells first of the one that is furthest behind', async () => {
  const nodes: PlannedNode[] = [
    { name: 'primary', role: 'primary', cpus: null },
    { name: 'replica', role: 'replica', cpus: null },
    { name: 'replica-2', role: 'replica', cpus: null, settings: { recovery_min_apply_delay: '100ms' } },
    { name: 'analytics-replica', role: 'replica', cpus: null, reservedFor: 'analytics' },
  ];
  nodes[3]!.settings = { recovery_min_apply_delay: '500ms' };
  await using cluster = await startServers({}, nodes);
  const watching = await lag.start(scene(cluster));
  const startMs = epochMs();
  await sleep(1500);
  const endMs = epochMs();
  await watching.stop();
  const found = watching.result({ startMs, endMs })!;
  expect([found, ...found.others!].map(({ node }) => node)).toEqual([
    'replica-2',
    'replica',
    'analytics-replica',
  ]);
  expect(found.commitToVisible.meanMs).toBeGreaterThan(90);
  expect(found.others![1]!.commitToVisible.meanMs).toBeGreaterThan(400);
  for (const each of [found, ...found.others!]) expect(each.streamingShare).toBe(1);
});

it.skipIf(process.platform !== 'linux')(
  'tells what befalls servers and stream when it happens, goes on, and counts what the replica has not shown by the end',
  async () => {
    await using cluster = await startServers();
    const told: string[] = [];
    const watching = await lag.start(scene(cluster, (sentence) => void told.push(sentence)));
    const watchedMs = epochMs();
    await sleep(600);
    expect(told).toEqual([]);

    process.kill(processOf('replica', cluster, 'walreceiver'), 'SIGTERM');
    await expect
      .poll(() => told.splice(0), { timeout: 5000 })
      .toEqual([expect.stringMatching(/^The replica lost its connection to the primary/)]);

    process.kill(processOf('primary', cluster, 'walwriter'), 'SIGKILL');
    await expect
      .poll(() => told, { timeout: 10_000 })
      .toContainEqual(expect.stringMatching(/^The server of the primary restarted by itself/));
    await expect
      .poll(() => processOf('primary', cluster, 'walsender'), { timeout: 10_000 })
      .toBeGreaterThan(0);

    process.kill(processOf('replica', cluster, 'checkpointer'), 'SIGKILL');
    await expect
      .poll(() => told, { timeout: 10_000 })
      .toContainEqual(expect.stringMatching(/^The server of the replica restarted by itself/));
    await expect
      .poll(() => processOf('replica', cluster, 'walreceiver'), { timeout: 10_000 })
      .toBeGreaterThan(0);
    await sleep(600);

    // Replay stands still; the run ends before the first commit has waited for as long as one may.
    const startMs = epochMs();
    process.kill(processOf('replica', cluster, 'startup'), 'SIGSTOP');
    await sleep(2000);
    await watching.stop();
    const { commitToVisible, unseen } = watching.result({ startMs, endMs: epochMs() })!;
    expect(commitToVisible.count).toBeGreaterThan(4);
    expect(unseen).toBeGreaterThan(commitToVisible.count - 3);
    expect(commitToVisible.meanMs).toBeGreaterThan(500);
    const before = watching.result({ startMs: watchedMs, endMs: watchedMs + 500 })!;
    expect(before.unseen).toBe(0);
    expect(before.commitToVisible.meanMs).toBeLessThan(commitToVisible.meanMs);
  },
);
