import { type Metric, Registry } from 'prom-client';
import { BREAKER_STATES, type PoolStats, type ReplicaStatus, type RouterStats } from '../router/index.js';

/**
 * A router's statistics as Prometheus reads them, made anew at every scrape. Durations are in seconds. A replica's lag
 * and latency are left out while they are not known.
 */
export function metricsOf(stats: () => RouterStats): Registry {
  const registry = new Registry();
  // All metrics of one scrape are asked for at once, and tell of the same moment.
  let snapshot: RouterStats | undefined;
  const current = (): RouterStats => {
    if (snapshot === undefined) {
      snapshot = stats();
      queueMicrotask(() => {
        snapshot = undefined;
      });
    }
    return snapshot;
  };
  for (const { name, help, type, read } of FAMILIES) {
    // A counter or histogram of prom-client's own counts by itself; what the router has counted is only handed on.
    const metric = {
      name,
      help,
      type,
      get: async () => ({ name, help, type, aggregator: 'sum', values: samplesOf(read(current())) }),
      reset() {},
    };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}

interface Sample {
  value: number;
  labels: Record<string, string | number>;
  /** Where it isn't the family's: `..._bucket`, `..._sum`, `..._count`. */
  metricName?: string;
}

/** Samples, or one number for the router; null: there is none. */
type Reading = Sample[] | number | null;

function samplesOf(reading: Reading): Sample[] {
  if (typeof reading === 'number') return [{ value: reading, labels: {} }];
  return reading ?? [];
}

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  read(stats: RouterStats): Reading;
}

const family =
  (type: Family['type']) =>
  (name: string, help: string, read: Family['read']): Family => ({
    name: `router_${name}`,
    help,
    type,
    read,
  });
const counter = family('counter');
const gauge = family('gauge');
const histogram = family('histogram');

const FAMILIES: Family[] = [
  gauge('info', 'The routing policy in force; always 1.', ({ policy }) => [{ value: 1, labels: { policy } }]),
  gauge('uptime_seconds', 'Since the router started.', ({ uptimeMs }) => uptimeMs / 1000),
  counter(
    'requests_total',
    'Requests by category, group, the node that answered, why that one, and outcome.',
    ({ requests }) =>
      requests.flatMap(({ ok, failed, ...labels }) => [
        { value: ok, labels: { ...labels, outcome: 'ok' } },
        { value: failed, labels: { ...labels, outcome: 'failed' } },
      ]),
  ),
  counter(
    'fallbacks_total',
    'Requests that the primary answered because no replica could.',
    (stats) => stats.fallbacks,
  ),
  counter(
    'misdeclared_writes_total',
    'Writes that were declared as something else.',
    (stats) => stats.misdeclaredWrites,
  ),
  gauge(
    'learned_statements',
    'Statements known to be for the primary because a standby refused them.',
    (stats) => stats.learnedStatements,
  ),

  gauge(
    'pool_size',
    'Connections that the pool may have.',
    perPool(({ size }) => size),
  ),
  gauge('pool_connections', 'Open connections, by what they do.', ({ pools }) =>
    pools.flatMap(({ node, open, busy }) => [
      { value: busy, labels: { node, state: 'busy' } },
      { value: Math.max(0, open - busy), labels: { node, state: 'idle' } },
    ]),
  ),
  gauge(
    'pool_waiting',
    'Requests waiting for a connection.',
    perPool(({ waiting }) => waiting),
  ),
  counter(
    'pool_busy_seconds_total',
    'Time that connections were in use, summed over connections.',
    perPool(({ busySeconds }) => busySeconds),
  ),
  gauge(
    'pool_utilisation_ratio',
    'Share of the pool in use, as a mean over the time since the start.',
    perPool(({ utilisation }) => utilisation),
  ),
  counter(
    'pool_acquire_timeouts_total',
    'Requests that got no connection in time.',
    perPool(({ acquireTimeouts }) => acquireTimeouts),
  ),
  histogram('pool_acquire_seconds', 'How long requests waited for a connection.', ({ pools }) =>
    pools.flatMap(acquireHistogram),
  ),

  gauge('primary', '1 for the node that takes writes.', ({ pools, primary }) =>
    pools.map(({ node }) => ({ value: Number(node === primary), labels: { node } })),
  ),
  counter('promotions_total', 'How often another node became the primary.', ({ promotions }) => promotions),
  gauge(
    'replica_healthy',
    'Whether it may take reads: 1 or 0.',
    perReplica(({ healthy }) => Number(healthy)),
  ),
  gauge(
    'replica_lag_seconds',
    'How far it is behind.',
    perReplica(({ lagMs }) => seconds(lagMs)),
  ),
  gauge(
    'replica_lag_bytes',
    'How far it is behind, in WAL.',
    perReplica(({ lagBytes }) => lagBytes),
  ),
  gauge('replica_breaker', '1 for the state that its circuit breaker is in.', ({ replicas }) =>
    replicas.flatMap(({ node, breaker }) =>
      BREAKER_STATES.map((state) => ({ value: Number(state === breaker), labels: { node, state } })),
    ),
  ),
  gauge(
    'replica_ramp_ratio',
    'Share of its weight that it has by now.',
    perReplica(({ ramp }) => ramp),
  ),
  gauge(
    'replica_in_flight',
    'Requests that it is answering.',
    perReplica(({ inFlight }) => inFlight),
  ),
  gauge(
    'replica_latency_seconds',
    'Moving average of its answers.',
    perReplica(({ latencyMs }) => seconds(latencyMs)),
  ),

  counter(
    'consistency_waits_total',
    'Reads that waited for a replica to replay what their session had seen.',
    ({ consistency }) => consistency.waits,
  ),
  counter(
    'consistency_wait_seconds_total',
    'Time that reads waited for that.',
    ({ consistency }) => consistency.waitedMsTotal / 1000,
  ),
  counter(
    'consistency_timeouts_total',
    'Of those reads, the ones that ended on the primary.',
    ({ consistency }) => consistency.timeouts,
  ),

  gauge(
    'primary_budget_in_use',
    'Reads running on the primary because no replica could answer.',
    ({ protection }) => protection?.fallbackInFlight ?? null,
  ),
  gauge(
    'primary_budget_limit',
    'How many such reads may run at a time.',
    ({ protection }) => protection?.fallbackConcurrency ?? null,
  ),
  gauge(
    'primary_reserved_connections',
    'Connections to the primary that only writes may take.',
    ({ protection }) => protection?.reservedForWrites ?? null,
  ),
  counter('shed_total', 'Reads refused to protect the primary, by category.', ({ protection }) =>
    Object.entries(protection?.shed ?? {}).map(([category, value]) => ({ value, labels: { category } })),
  ),
];

function perPool(read: (pool: PoolStats) => number): Family['read'] {
  return ({ pools }) => pools.map((pool) => ({ value: read(pool), labels: { node: pool.node } }));
}

/** Of each replica; null: not known now. */
function perReplica(read: (replica: ReplicaStatus) => number | null): Family['read'] {
  return ({ replicas }) =>
    replicas.flatMap((replica) => {
      const value = read(replica);
      return value === null ? [] : [{ value, labels: { node: replica.node } }];
    });
}

/** The buckets are cumulative already, as Prometheus has them. */
function acquireHistogram({ node, acquires, acquireWaitMs, acquireWaitMsTotal }: PoolStats): Sample[] {
  const name = 'router_pool_acquire_seconds';
  const finite = acquireWaitMs.filter(({ le }) => Number.isFinite(le));
  return [
    ...finite.map(({ le, count }) => ({
      metricName: `${name}_bucket`,
      value: count,
      labels: { node, le: le / 1000 },
    })),
    { metricName: `${name}_bucket`, value: acquires, labels: { node, le: '+Inf' } },
    { metricName: `${name}_sum`, value: acquireWaitMsTotal / 1000, labels: { node } },
    { metricName: `${name}_count`, value: acquires, labels: { node } },
  ];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
