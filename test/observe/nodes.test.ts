import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Node, NodeUsage } from '../../src/cluster/cluster.js';
import { epochMs } from '../../src/machine/clock.js';
import { nodes } from '../../src/observe/nodes.js';
import type { Scene } from '../../src/observe/observer.js';

const node = (name: string, role: Node['role'], usage: () => NodeUsage | null) =>
  ({ name, role, budget: { method: 'none', cpus: 0.5 }, usage: async () => usage() }) as unknown as Node;

it('says what each node used by its role, and nothing of one whose CPU nobody counts', async () => {
  let cpuSeconds = 0;
  const counted = () => {
    cpuSeconds += 0.01;
    return { cpuSeconds, memoryBytes: 1e6, throttledSeconds: null, periods: null, throttledPeriods: null };
  };
  const cluster = {
    primary: node('first', 'primary', counted),
    replicas: [node('second', 'replica', () => null)],
  };
  const watching = await nodes.start({ cluster } as unknown as Scene);
  const startMs = epochMs();
  await sleep(350);
  await watching.stop();
  const [primary, replica] = watching.result({ startMs, endMs: epochMs() });
  expect(primary).toMatchObject({ name: 'first', role: 'primary', memoryBytesMean: 1e6 });
  expect(primary!.cpuSeconds).toBeGreaterThan(0);
  expect(primary!.utilisation).toBeGreaterThan(0);
  expect(replica).toMatchObject({
    name: 'second',
    role: 'replica',
    cpuSeconds: null,
    utilisation: null,
    memoryBytesMean: null,
    series: { tMs: [], cpuCores: [] },
  });
});
