import { epochMs } from '../machine/pure.js';
import type { PoolObservation } from '../record/pure.js';
import type { PoolStats } from '../router/index.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';
import { interpolate, quantile } from './summary.js';

/** As often as a load driver tells of its own router. */
const INTERVAL_MS = 100;

interface Sample {
  tMs: number;
  pools: PoolStats[];
}

/** Watches the router's pools: asks the service, or hears the load driver, which has a router of its own. */
export const pools: Observer<PoolObservation[]> = {
  ifLeftOut: [],
  async start({ service }) {
    const samples: Sample[] = [];
    const keep = ({ pools }: { pools: PoolStats[] }) => samples.push({ tMs: epochMs(), pools });
    // A service too busy to answer leaves a gap in the series, not an end of it.
    const ticker = service && every(INTERVAL_MS, async () => keep((await service.stats()).router));
    return {
      onRouterStats: keep,
      stop: async () => ticker?.stop(),
      result: (window) =>
        (samples.at(-1)?.pools ?? []).map((_, index) => observation(samples, index, window)),
    };
  },
};

function observation(samples: Sample[], index: number, window: TimeWindow): PoolObservation {
  const tMs = samples.map((sample) => sample.tMs);
  const pools = samples.map((sample) => sample.pools[index]!);
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
    },
  };
}
