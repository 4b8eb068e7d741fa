import os from 'node:os';
import type { Node, NodeUsage } from '../cluster/index.js';
import { epochMs, meanOf } from '../machine/pure.js';
import { LONGEST_GAP_MS, LONGEST_STEP, type NodeObservation } from '../record/pure.js';
import { every } from './every.js';
import type { Latest, Observer, TimeWindow } from './observer.js';
import { growthOver, isWithin, longestGapMs } from './summary.js';

/** Short beside the budget's own ups and downs; reading the kernel's counters costs next to nothing. */
const INTERVAL_MS = 100;

interface Track {
  node: Node;
  tMs: number[];
  usage: NodeUsage[];
}

/** Watches CPU seconds, memory and throttling of each node, from the kernel's counters. */
export const nodes: Observer<NodeObservation[]> = {
  async start({ cluster }) {
    const tracks = [cluster.primary, ...cluster.replicas].map(
      (node): Track => ({ node, tMs: [], usage: [] }),
    );
    const ticker = every(INTERVAL_MS, () =>
      Promise.all(
        tracks.map(async ({ node, tMs, usage }) => {
          const now = await node.usage();
          if (now === null) return;
          tMs.push(epochMs());
          usage.push(now);
        }),
      ),
    );
    return {
      latest: () => latest(tracks[0]!),
      stop: () => ticker.stop(),
      result: (window) => tracks.map((track) => observation(track, window)),
    };
  },
};

/** Of the primary, over the last second. */
function latest({ node, tMs, usage }: Track): Latest {
  const [now, then] = [tMs.length - 1, tMs.length - 1 - 1000 / INTERVAL_MS];
  const ofAll = coresFor(node);
  if (then < 0 || ofAll === null || node.usageStepMs) return {};
  const cores = (1000 * (usage[now]!.cpuSeconds - usage[then]!.cpuSeconds)) / (tMs[now]! - tMs[then]!);
  return { primaryUtilisation: cores / ofAll };
}

function observation({ node, tMs, usage }: Track, window: TimeWindow): NodeObservation {
  const { startMs, endMs } = window;
  const gapMs = longestGapFor(node, window);
  /** Growth of a counter over the window; null where the kernel doesn't keep it, or nobody read it at an edge. */
  const growth = (pick: (u: NodeUsage) => number | null): number | null => {
    const values = usage.map(pick).filter((value) => value !== null);
    if (values.length === 0 || values.length < usage.length) return null;
    return gapMs === null ? null : growthOver(tMs, values, window, gapMs);
  };
  const cpuSeconds = growth((u) => u.cpuSeconds);
  const memory = usage
    .filter((_, i) => isWithin(tMs[i]!, window))
    .map(({ memoryBytes }) => memoryBytes)
    .filter((bytes) => bytes !== null);
  const series: NodeObservation['series'] = { tMs: [], cpuCores: [] };
  for (let i = 1; i < tMs.length; i++) {
    const elapsedMs = tMs[i]! - tMs[i - 1]!;
    if (elapsedMs > (gapMs ?? LONGEST_GAP_MS)) continue;
    series.tMs.push(Math.round(tMs[i]! - startMs));
    series.cpuCores.push(round4((1000 * (usage[i]!.cpuSeconds - usage[i - 1]!.cpuSeconds)) / elapsedMs));
  }
  const seconds = (endMs - startMs) / 1000;
  const cores = coresFor(node);
  return {
    name: node.name,
    role: node.role,
    budget: node.budget,
    cpuSeconds,
    utilisation: cpuSeconds === null || cores === null ? null : cpuSeconds / (seconds * cores),
    throttledSeconds: growth((u) => u.throttledSeconds),
    throttledPeriods: growth((u) => u.throttledPeriods),
    periods: growth((u) => u.periods),
    memoryBytesMean: memory.length > 0 ? meanOf(memory) : null,
    memoryBytesMax: memory.length > 0 ? Math.max(...memory) : null,
    longestGapMs: longestGapMs(tMs, window),
    series,
  };
}

/** What a node may use; null of a server elsewhere, of which nobody said. */
const coresFor = ({ budget, pid }: Node): number | null =>
  budget.cpus ?? (pid === null ? null : os.availableParallelism());

/**
 * The longest time between two readings over which a counter is interpolated, in ms. A source with steps of its own may come
 * late by half of one; null where its steps are too long for the window.
 */
function longestGapFor({ usageStepMs = 0 }: Node, { startMs, endMs }: TimeWindow): number | null {
  if (usageStepMs > LONGEST_STEP * (endMs - startMs)) return null;
  return Math.max(LONGEST_GAP_MS, 1.5 * usageStepMs);
}

const round4 = (x: number) => Math.round(x * 1e4) / 1e4;
