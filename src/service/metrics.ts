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
  for (const { name, help, type, samples } of FAMILIES) {
    // A counter or histogram of prom-client's own counts by itself; what the router has counted is only handed on.
    const metric = {
      name,
      help,
      type,
      get: async () => ({ name, help, type, aggregator: 'sum', values: samples(current()) }),
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

/** Begins a family of metrics. What it is read from says the rest; null: not known now, or not there. */
const family = (type: 'counter' | 'gauge' | 'histogram') => (name: string, help: string) => {
  const made = (samples: (stats: RouterStats) => Sample[]) => ({
    name: `router_${name}`,
    help,
    type,
    samples,
  });
  const sampleOf = (value: number | null, labels: Sample['labels']) =>
    value === null ? [] : [{ value, labels }];
  return {
    samples: made,
    router: (read: (stats: RouterStats) => number | null) => made((stats) => sampleOf(read(stats), {})),
    eachPool: (read: (pool: PoolStats) => number) =>
      made(({ pools }) => pools.flatMap((pool) => sampleOf(read(pool), { node: pool.node }))),
    eachReplica: (read: (replica: ReplicaStatus) => number | null) =>
      made(({ replicas }) => replicas.flatMap((replica) => sampleOf(read(replica), { node: replica.node }))),
  };
};
const counter = family('counter');
const gauge = family('gauge');
const histogram = family('histogram');

const FAMILIES = [
  gauge('info', 'The routing policy in force; always 1.').samples(({ policy }) => [
    { value: 1, labels: { policy } },
  ]),
  gauge('uptime_seconds', 'Since the router started.').router(({ uptimeMs }) => uptimeMs / 1000),
  counter(
    'requests_total',
    'Requests by category, group, the node that answered, why that one, and outcome.',
  ).samples(({ requests }) =>
    requests.flatMap(({ category, group, node, reason, ok, failed }) => [
      { value: ok, labels: { category, group, node, reason, outcome: 'ok' } },
      { value: failed, labels: { category, group, node, reason, outcome: 'failed' } },
    ]),
  ),
  counter('fallbacks_total', 'Requests that the primary answered because no replica could.').router(
    ({ fallbacks }) => fallbacks,
  ),
  counter('misdeclared_writes_total', 'Writes that were declared as something else.').router(
    ({ misdeclaredWrites }) => misdeclaredWrites,
  ),
  gauge(
    'learned_statements',
    'Statements known to be for the primary because a standby refused them.',
  ).router(({ learnedStatements }) => learnedStatements),
  counter('pinned_clients_total', 'Clients that left something in their session, by what it was.').samples(
    ({ pinning }) =>
      Object.entries(pinning).map(([state, { clients }]) => ({ value: clients, labels: { state } })),
  ),
  counter(
    'pinned_reads_total',
    'Reads kept on the primary for what their client had left, by what it was.',
  ).samples(({ pinning }) =>
    Object.entries(pinning).map(([state, { reads }]) => ({ value: reads, labels: { state } })),
  ),

  gauge('pool_size', 'Connections that the pool may have.').eachPool(({ size }) => size),
  gauge('pool_connections', 'Open connections, by what they do.').samples(({ pools }) =>
    pools.flatMap(({ node, open, busy }) => [
      { value: busy, labels: { node, state: 'busy' } },
      { value: Math.max(0, open - busy), labels: { node, state: 'idle' } },
    ]),
  ),
  gauge('pool_waiting', 'Requests waiting for a connection.').eachPool(({ waiting }) => waiting),
  counter('pool_busy_seconds_total', 'Time that connections were in use, summed over connections.').eachPool(
    ({ busySeconds }) => busySeconds,
  ),
  gauge(
    'pool_utilisation_ratio',
    'Share of the pool in use, as a mean over the time since the start.',
  ).eachPool(({ utilisation }) => utilisation),
  counter('pool_acquire_timeouts_total', 'Requests that got no connection in time.').eachPool(
    ({ acquireTimeouts }) => acquireTimeouts,
  ),
  histogram('pool_acquire_seconds', 'How long requests waited for a connection.').samples(({ pools }) =>
    pools.flatMap(acquireHistogram),
  ),

  gauge('primary', '1 for the node that takes writes.').samples(({ pools, primary }) =>
    pools.map(({ node }) => ({ value: Number(node === primary), labels: { node } })),
  ),
  counter('promotions_total', 'How often another node became the primary.').router(
    ({ promotions }) => promotions,
  ),
  gauge('replica_healthy', 'Whether it may take reads: 1 or 0.').eachReplica(({ healthy }) =>
    Number(healthy),
  ),
  gauge('replica_lag_seconds', 'How far it is behind.').eachReplica(({ lagMs }) => seconds(lagMs)),
  gauge('replica_lag_bytes', 'How far it is behind, in WAL.').eachReplica(({ lagBytes }) => lagBytes),
  gauge('replica_breaker', '1 for the state that its circuit breaker is in.').samples(({ replicas }) =>
    replicas.flatMap(({ node, breaker }) =>
      BREAKER_STATES.map((state) => ({ value: Number(state === breaker), labels: { node, state } })),
    ),
  ),
  gauge('replica_ramp_ratio', 'Share of its weight that it has by now.').eachReplica(({ ramp }) => ramp),
  gauge('replica_in_flight', 'Requests that it is answering.').eachReplica(({ inFlight }) => inFlight),
  gauge('replica_latency_seconds', 'Moving average of its answers.').eachReplica(({ latencyMs }) =>
    seconds(latencyMs),
  ),

  counter(
    'consistency_waits_total',
    'Reads that waited for a replica to replay what their session had seen.',
  ).router(({ consistency }) => consistency.waits),
  counter('consistency_wait_seconds_total', 'Time that reads waited for that.').router(
    ({ consistency }) => consistency.waitedMsTotal / 1000,
  ),
  counter('consistency_timeouts_total', 'Of those reads, the ones that ended on the primary.').router(
    ({ consistency }) => consistency.timeouts,
  ),

  gauge('primary_budget_in_use', 'Reads running on the primary because no replica could answer.').router(
    ({ protection }) => protection?.fallbackInFlight ?? null,
  ),
  gauge('primary_budget_limit', 'How many such reads may run at a time.').router(
    ({ protection }) => protection?.fallbackConcurrency ?? null,
  ),
  gauge('primary_reserved_connections', 'Connections to the primary that only writes may take.').router(
    ({ protection }) => protection?.reservedForWrites ?? null,
  ),
  counter('shed_total', 'Reads refused to protect the primary, by category.').samples(({ protection }) =>
    Object.entries(protection?.shed ?? {}).map(([category, value]) => ({ value, labels: { category } })),
  ),
];

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
