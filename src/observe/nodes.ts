import os from 'node:os';
import type { Node, NodeUsage } from '../cluster/index.js';
import type { NodeObservation } from '../record/pure.js';
import { every, nowMs, type Observer, type TimeWindow } from './observer.js';
import { interpolate, mean } from './summary.js';

/** Watches CPU seconds, memory and throttling of each node, at 10 Hz, from the kernel's counters. */
export function observeNodes(nodes: readonly Node[], intervalMs = 100): Observer<NodeObservation[]> {
  const tracks = nodes.map((node) => ({ node, tMs: [] as number[], usage: [] as NodeUsage[] }));
  let ticker: { stop(): Promise<void> } | undefined;

  async function sample() {
    await Promise.all(
      tracks.map(async (track) => {
        const usage = await track.node.usage();
        if (usage === null) return;
        track.tMs.push(nowMs());
        track.usage.push(usage);
      }),
    );
  }

  return {
    name: 'nodes',
    async start() {
      ticker = every(intervalMs, sample);
    },
    async stop() {
      await ticker?.stop();
      ticker = undefined;
    },
    result: (window) => tracks.map((track) => observation(track.node, track.tMs, track.usage, window)),
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

function observation(node: Node, tMs: number[], usage: NodeUsage[], window: TimeWindow): NodeObservation {
  const seconds = (window.endMs - window.startMs) / 1000;
  /** Growth of a counter over the window; null where the kernel doesn't keep it. */
  const growth = (pick: (u: NodeUsage) => number | null): number | null => {
    const values = usage.map(pick);
    if (values.length === 0 || values.some((v) => v === null)) return null;
    return (
      interpolate(tMs, values as number[], window.endMs) -
      interpolate(tMs, values as number[], window.startMs)
    );
  };
  const cpuSeconds = growth((u) => u.cpuSeconds) ?? Number.NaN;
  const memory = usage
    .filter((u, i) => u.memoryBytes !== null && tMs[i]! >= window.startMs && tMs[i]! <= window.endMs)
    .map((u) => u.memoryBytes as number);
  const series: NodeObservation['series'] = { tMs: [], cpuCores: [], memoryBytes: [], throttled: [] };
  for (let i = 1; i < tMs.length; i++) {
    const before = usage[i - 1]!;
    const now = usage[i]!;
    const elapsedS = (tMs[i]! - tMs[i - 1]!) / 1000;
    series.tMs.push(Math.round(tMs[i]! - window.startMs));
    series.cpuCores.push(round4((now.cpuSeconds - before.cpuSeconds) / elapsedS));
    series.memoryBytes.push(now.memoryBytes);
    series.throttled.push(
      now.throttledSeconds === null || before.throttledSeconds === null
        ? null
        : round4(Math.min(1, (now.throttledSeconds - before.throttledSeconds) / elapsedS)),
    );
  }
  return {
    name: node.name,
    budget: node.budget,
    cpuSeconds,
    utilisation: cpuSeconds / (seconds * (node.budget.cpus ?? os.availableParallelism())),
    throttledSeconds: growth((u) => u.throttledSeconds),
    throttledPeriods: growth((u) => u.throttledPeriods),
    periods: growth((u) => u.periods),
    memoryBytesMean: memory.length ? mean(memory) : null,
    memoryBytesMax: memory.length ? Math.max(...memory) : null,
    series,
  };
}

const round4 = (x: number) => Math.round(x * 1e4) / 1e4;
