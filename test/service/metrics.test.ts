import { describe, expect, it } from 'vitest';
import type { Router, RouterStats } from '../../src/router/index.js';
import { metricsOf } from '../../src/service/metrics.js';
import { buildService } from '../../src/service/server.js';

const stats: RouterStats = {
  policy: 'balanced',
  uptimeMs: 12_500,
  requests: [
    { category: 'read', group: 'history', node: 'replica', reason: 'policy-replica', ok: 7, failed: 1 },
    { category: 'write', group: '', node: 'primary', reason: 'write', ok: 3, failed: 0 },
  ],
  pools: [
    {
      node: 'primary',
      size: 10,
      open: 6,
      busy: 4,
      available: 6,
      waiting: 2,
      busySeconds: 1.25,
      acquires: 20,
      acquireWaitMsTotal: 250,
      acquireTimeouts: 1,
      acquireWaitMs: [
        { le: 0.5, count: 11 },
        { le: 50, count: 19 },
        { le: Number.POSITIVE_INFINITY, count: 20 },
      ],
      utilisation: 0.01,
    },
  ],
  replicas: [
    {
      node: 'replica',
      role: 'replica',
      healthy: true,
      lagMs: 40,
      lagBytes: 4096,
      lastError: null,
      breaker: 'half-open',
      ramp: 0.5,
      inFlight: 3,
      latencyMs: 2,
    },
    {
      node: 'replica-2',
      role: 'unknown',
      healthy: false,
      lagMs: null,
      lagBytes: null,
      lastError: 'connect ECONNREFUSED',
      breaker: 'open',
      ramp: 0,
      inFlight: 0,
      latencyMs: null,
    },
  ],
  primary: 'primary',
  promotions: 1,
  protection: {
    reservedForWrites: 2,
    fallbackConcurrency: 3,
    fallbackPerSecond: null,
    fallbackInFlight: 1,
    shed: { analytics: 5, read: 4, realtime: 0 },
  },
  consistency: { waits: 9, waitedMsTotal: 90, timeouts: 2 },
  kept: {} as RouterStats['kept'],
  pinning: {
    settings: { clients: 4, reads: 11 },
    'temporary-objects': { clients: 0, reads: 0 },
    'advisory-locks': { clients: 0, reads: 0 },
    'random-seed': { clients: 0, reads: 0 },
    unknown: { clients: 0, reads: 0 },
  },
  fallbacks: 6,
  misdeclaredWrites: 1,
  learnedStatements: 2,
};

/** The samples of a scrape by their name and labels, as a scraper reads them. */
async function scrape(of: RouterStats): Promise<Record<string, number>> {
  const lines = (await metricsOf(() => of).metrics()).split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    samples.map((line) => {
      const [, name, value] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line)!;
      return [name!, Number(value)];
    }),
  );
}

describe('the metrics of a router', () => {
  it('are what its statistics say, in seconds', async () => {
    expect(await scrape(stats)).toMatchObject({
      'router_info{policy="balanced"}': 1,
      router_uptime_seconds: 12.5,
      'router_requests_total{category="read",group="history",node="replica",reason="policy-replica",outcome="ok"}': 7,
      'router_requests_total{category="read",group="history",node="replica",reason="policy-replica",outcome="failed"}': 1,
      'router_pool_size{node="primary"}': 10,
      'router_pool_connections{node="primary",state="busy"}': 4,
      'router_pool_connections{node="primary",state="idle"}': 2,
      'router_pool_waiting{node="primary"}': 2,
      'router_pool_busy_seconds_total{node="primary"}': 1.25,
      'router_pool_utilisation_ratio{node="primary"}': 0.01,
      'router_pool_acquire_timeouts_total{node="primary"}': 1,
      'router_primary{node="primary"}': 1,
      router_promotions_total: 1,
      'router_replica_healthy{node="replica"}': 1,
      'router_replica_healthy{node="replica-2"}': 0,
      'router_replica_lag_seconds{node="replica"}': 0.04,
      'router_replica_breaker{node="replica",state="half-open"}': 1,
      'router_replica_breaker{node="replica",state="closed"}': 0,
      router_consistency_waits_total: 9,
      router_consistency_wait_seconds_total: 0.09,
      router_primary_budget_in_use: 1,
      router_primary_budget_limit: 3,
      'router_shed_total{category="analytics"}': 5,
      router_fallbacks_total: 6,
      'router_pinned_clients_total{state="settings"}': 4,
      'router_pinned_reads_total{state="settings"}': 11,
    });
  });

  it('have the acquire times as a histogram with cumulative buckets', async () => {
    const name = 'router_pool_acquire_seconds';
    const samples = await scrape(stats);
    expect(Object.entries(samples).filter(([key]) => key.startsWith(name))).toEqual([
      [`${name}_bucket{node="primary",le="0.0005"}`, 11],
      [`${name}_bucket{node="primary",le="0.05"}`, 19],
      [`${name}_bucket{node="primary",le="+Inf"}`, 20],
      [`${name}_sum{node="primary"}`, 0.25],
      [`${name}_count{node="primary"}`, 20],
    ]);
    const text = await metricsOf(() => stats).metrics();
    expect(text).toContain(`# TYPE ${name} histogram`);
    expect(text).toContain('# TYPE router_requests_total counter');
    expect(text).toContain('# TYPE router_pool_size gauge');
  });

  it('leave out what is not known or not there', async () => {
    const lagging = Object.keys(await scrape(stats)).filter((key) => key.includes('replica-2'));
    expect(lagging.some((key) => key.startsWith('router_replica_healthy'))).toBe(true);
    expect(lagging.filter((key) => /lag|latency/.test(key))).toEqual([]);
    const alone = await scrape({ ...stats, replicas: [], protection: null });
    expect(Object.keys(alone).filter((key) => /budget|shed|replica_/.test(key))).toEqual([]);
  });

  it('are read at each scrape, once for all of them', async () => {
    let readings = 0;
    const registry = metricsOf(() => ({ ...stats, fallbacks: ++readings }));
    expect(await registry.metrics()).toContain('router_fallbacks_total 1\n');
    expect(await registry.metrics()).toContain('router_fallbacks_total 2\n');
    expect(readings).toBe(2);
  });

  it('are served in the text format, with those of the process', async () => {
    const app = buildService({ router: { stats: () => stats } as Router });
    try {
      const response = await app.inject({ method: 'GET', url: '/metrics' });
      expect(response.statusCode).toBe(200);
      expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(response.body).toContain('router_pool_size{node="primary"} 10\n');
      expect(response.body).toMatch(/\nprocess_cpu_seconds_total \S+/);
      expect(response.body).toMatch(/\nnodejs_eventloop_lag_p99_seconds \S+/);
    } finally {
      await app.close();
    }
  });
});
