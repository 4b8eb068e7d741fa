import type { PoolObservation } from '../record/pure.js';
import type { PoolStats, RouterStats } from '../router/index.js';
import { every, nowMs, type Observer, type TimeWindow } from './observer.js';
import { interpolate, quantile } from './summary.js';

/**
 * Watches the router's pools. A service is asked at 10 Hz (`ask`); a trace player tells by itself: hand what it says
 * to `push`.
 */
export function observePools(
  ask: (() => Promise<RouterStats>) | null,
  intervalMs = 100,
): Observer<PoolObservation[]> & { push(stats: RouterStats): void } {
  const tMs: number[] = [];
  const samples: RouterStats[] = [];
  let ticker: { stop(): Promise<void> } | undefined;
  function push(stats: RouterStats) {
    tMs.push(nowMs());
    samples.push(stats);
  }
  return {
    name: 'pools',
    push,
    async start() {
      if (ask) {
        ticker = every(intervalMs, async () => {
          // A service too busy to answer leaves a gap in the series, not an end of it.
          const stats = await ask().catch(() => null);
          if (stats) push(stats);
        });
      }
    },
    async stop() {
      await ticker?.stop();
      ticker = undefined;
    },
    result: (window) =>
      (samples.at(-1)?.pools ?? []).map((_, index) => observation(index, tMs, samples, window)),
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

function observation(
  index: number,
  tMs: number[],
  samples: RouterStats[],
  window: TimeWindow,
): PoolObservation {
  const pools = samples.map((s) => s.pools[index]!);
  const { node, size } = pools.at(-1)!;
  const growth = (pick: (pool: PoolStats) => number) => {
    const values = pools.map(pick);
    return interpolate(tMs, values, window.endMs) - interpolate(tMs, values, window.startMs);
  };
  const inWindow = pools.filter((_, i) => tMs[i]! >= window.startMs && tMs[i]! <= window.endMs);
  const busyShares = inWindow.map((p) => p.busy / size).sort((a, b) => a - b);
  // The counters are cut off where sampling ended, so the time they cover is measured on the same clock.
  const covered = Math.min(window.endMs, tMs.at(-1)!) - Math.max(window.startMs, tMs[0]!);
  const acquires = growth((p) => p.acquires);
  return {
    node,
    size,
    utilisationMean: growth((p) => p.busySeconds) / ((covered / 1000) * size),
    utilisationP95: quantile(busyShares, 0.95),
    utilisationMax: busyShares.at(-1) ?? Number.NaN,
    waitingMax: Math.max(0, ...inWindow.map((p) => p.waiting)),
    acquireWaitMsMean: acquires > 0 ? growth((p) => p.acquireWaitMsTotal) / acquires : 0,
    series: {
      tMs: tMs.map((t) => Math.round(t - window.startMs)),
      busy: pools.map((p) => p.busy),
      available: pools.map((p) => p.available),
      waiting: pools.map((p) => p.waiting),
    },
  };
}
