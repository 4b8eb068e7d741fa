import { describe, expect, test } from 'vitest';
import { sumStats } from '../../src/load/player/sum-stats.js';
import type { RouterStats } from '../../src/router/index.js';

function stats(n: number, more: Partial<RouterStats> = {}): RouterStats {
  return {
    policy: 'balanced',
    uptimeMs: 1000 * n,
    requests: [
      { category: 'read', group: '', node: 'replica', reason: 'policy-replica', ok: 10 * n, failed: n },
      { category: 'write', group: '', node: 'primary', reason: 'write', ok: n, failed: 0 },
    ],
    pools: [
      {
        ...{ node: 'primary', size: 4 * n, open: n, busy: n, available: 3 * n, waiting: 0, busySeconds: n },
        ...{ acquires: 7 * n, acquireWaitMsTotal: n / 2, acquireTimeouts: 0, utilisation: n / 10 },
        acquireWaitMs: [
          { le: 1, count: 5 * n },
          { le: 5, count: 7 * n },
        ],
      },
    ],
    replicas: [
      {
        ...{ node: 'replica', role: 'replica', healthy: true, lagMs: n, lagBytes: null, lastError: null },
        ...{ breaker: 'closed', ramp: 1, inFlight: n, latencyMs: n },
      },
    ],
    primary: 'primary',
    promotions: 0,
    protection: {
      ...{ reservedForWrites: 1, fallbackConcurrency: 1, fallbackPerSecond: null, fallbackInFlight: 0 },
      shed: { read: n, analytics: 0, realtime: 0 },
    },
    consistency: { waits: n, waitedMsTotal: n, timeouts: 0 },
    pinning: { settings: { clients: n, reads: 2 * n } } as RouterStats['pinning'],
    kept: { settings: n } as RouterStats['kept'],
    fallbacks: n,
    misdeclaredWrites: 0,
    learnedStatements: 0,
    ...more,
  };
}

describe('the state of several routers together', () => {
  test('is that of one that did the work of all', () => {
    const sum = sumStats([stats(1), stats(3)]);
    expect(sum).toEqual({
      ...stats(4),
      uptimeMs: 3000,
      pools: [{ ...stats(4).pools[0]!, utilisation: (0.1 * 4 + 0.3 * 12) / 16 }],
      replicas: [{ ...stats(3).replicas[0]!, inFlight: 4 }],
      protection: { ...stats(4).protection!, reservedForWrites: 2, fallbackConcurrency: 2 },
    });
    expect(sumStats([stats(2)])).toEqual(stats(2));
    expect(() => sumStats([])).toThrow(RangeError);
  });

  test('has the rows of each, and of a replica the worst', () => {
    const [row] = stats(1).requests;
    const [replica] = stats(1).replicas;
    const sum = sumStats([
      stats(1, { requests: [] }),
      stats(2, {
        requests: [row!],
        replicas: [{ ...replica!, healthy: false, breaker: 'open', lastError: 'no answer', lagMs: null }],
      }),
    ]);
    expect(sum.requests).toEqual([row]);
    expect(sum.replicas).toMatchObject([
      { healthy: false, breaker: 'open', lastError: 'no answer', lagMs: 1 },
    ]);
  });
});
