import type { RouterObservation } from '../record/pure.js';
import type { RequestCount, RouterStats } from '../router/index.js';
import type { Observer } from './observer.js';

/** Reads the router's counters before the load and after it: what was rehearsed before is not of the run. */
export const router: Observer<RouterObservation> = {
  async start({ service }) {
    const before = (await service?.stats())?.router;
    let now = before;
    return {
      onRouterStats(stats) {
        now = stats;
      },
      async stop() {
        if (service) now = (await service.stats()).router;
      },
      result: () => growth(before, now),
    };
  },
};

function growth(before: RouterStats | undefined, now: RouterStats | undefined): RouterObservation {
  const keyOf = (row: RequestCount) => [row.category, row.group, row.node, row.reason].join('\n');
  const earlier = new Map(before?.requests.map((row) => [keyOf(row), row]));
  const requests = (now?.requests ?? []).map((row) => {
    const then = earlier.get(keyOf(row));
    return { ...row, ok: row.ok - (then?.ok ?? 0), failed: row.failed - (then?.failed ?? 0) };
  });
  return {
    requests: requests.filter((row) => row.ok + row.failed > 0),
    fallbacks: (now?.fallbacks ?? 0) - (before?.fallbacks ?? 0),
    ...(now && !before && { kept: now.kept }),
    misdeclaredWrites: (now?.misdeclaredWrites ?? 0) - (before?.misdeclaredWrites ?? 0),
  };
}
