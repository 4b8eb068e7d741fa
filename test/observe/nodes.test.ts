import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Node, NodeUsage } from '../../src/cluster/cluster.js';
import { epochMs } from '../../src/machine/clock.js';
import { nodes } from '../../src/observe/nodes.js';
import type { Scene } from '../../src/observe/observer.js';
import { standStill } from './stand-still.js';

const node = (name: string, role: Node['role'], usage: () => NodeUsage | null) =>
  ({ name, role, budget: { method: 'none', cpus: 0.5 }, usage: async () => usage() }) as unknown as Node;

const usageOf = (cpuSeconds: number): NodeUsage => ({
  ...{ cpuSeconds, memoryBytes: 1e6 },
  ...{ throttledSeconds: null, periods: null, throttledPeriods: null },
});

it('says what each node used by its role, and nothing of one whose CPU nobody counts', async () => {
  let cpuSeconds = 0;
  const counted = () => {
    cpuSeconds += 0.01;
    return usageOf(cpuSeconds);
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

it('does not make up the CPU of a moment that nobody saw, and knows what was used around it', async () => {
  // A second of CPU is used while the bench stands still, nobody knows when.
  let over = false;
  const beganMs = epochMs();
  const cluster = {
    primary: node('first', 'primary', () => usageOf(over ? 1.3 : (epochMs() - beganMs) / 1000)),
    replicas: [],
  };
  const watching = await nodes.start({ cluster } as unknown as Scene);
  await sleep(300);
  over = true;
  const stoppedMs = epochMs();
  standStill(1300);
  await sleep(500);
  await watching.stop();
  const endMs = epochMs();
  const seen = (startMs: number) => watching.result({ startMs, endMs })[0]!;
  for (const startMs of [stoppedMs + 500, stoppedMs + 1000]) {
    const { cpuSeconds, utilisation, longestGapMs } = seen(startMs);
    expect({ cpuSeconds, utilisation }).toEqual({ cpuSeconds: null, utilisation: null });
    expect(longestGapMs).toBeGreaterThanOrEqual(1300);
  }
  const whole = seen(beganMs);
  // All but what was used before the first sample.
  expect(whole.cpuSeconds).toBeGreaterThan(1.15);
  expect(whole.cpuSeconds).toBeLessThanOrEqual(1.3);
  expect(whole.longestGapMs).toBeGreaterThanOrEqual(1300);
  // Nor does the series make a mean of it.
  // The first sample after the work may hold the last of it.
  const idleMs = stoppedMs - beganMs + 300;
  const later = whole.series.cpuCores.filter((_, i) => whole.series.tMs[i]! > idleMs);
  expect(new Set(later)).toEqual(new Set([0]));
  const after = seen(stoppedMs + 1500);
  expect(after.cpuSeconds).toBe(0);
  expect(after.longestGapMs).toBeLessThan(1000);
});
