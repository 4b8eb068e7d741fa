import { epochMs } from '../machine/pure.js';
import type { PoolObservation } from '../record/pure.js';
import type { PoolStats } from '../router/index.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';
import { growthOver, isWithin, longestGapMs, quantile, sinceStart } from './summary.js';

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
  const inWindow = pools.filter((_, i) => isWithin(tMs[i]!, window));
  const busyShares = inWindow.map((p) => p.busy / size).sort((a, b) => a - b);
  // A load driver may be done before the window is over: the counters are cut off where it ended, and the time with them.
  const covered = {
    startMs: Math.max(window.startMs, tMs[0]!),
    endMs: Math.min(window.endMs, tMs.at(-1)!),
  };
  const growth = (pick: (pool: PoolStats) => number) => growthOver(tMs, pools.map(pick), covered);
  const [busySeconds, acquires, waitedMs] = [
    growth((p) => p.busySeconds),
    growth((p) => p.acquires),
    growth((p) => p.acquireWaitMsTotal),
  ];
  return {
    node,
    size,
    utilisationMean:
      busySeconds === null ? null : busySeconds / (((covered.endMs - covered.startMs) / 1000) * size),
    utilisationP95: busyShares.length > 0 ? quantile(busyShares, 0.95) : null,
    utilisationMax: busyShares.at(-1) ?? null,
    waitingMax: Math.max(0, ...inWindow.map((p) => p.waiting)),
    acquireWaitMsMean: acquires === null || waitedMs === null ? null : acquires > 0 ? waitedMs / acquires : 0,
    longestGapMs: longestGapMs(tMs, window),
    series: {
      tMs: sinceStart(tMs, window),
      busy: pools.map((p) => p.busy),
    },
  };
}
