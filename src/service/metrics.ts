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

interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples(stats: RouterStats): Sample[];
}

const FAMILIES: Family[] = [
  {
    name: 'router_info',
    help: 'The routing policy in force; always 1.',
    type: 'gauge',
    samples: ({ policy }) => [{ value: 1, labels: { policy } }],
  },
  whole('gauge', 'router_uptime_seconds', 'Since the router started.', ({ uptimeMs }) => uptimeMs / 1000),
  {
    name: 'router_requests_total',
    help: 'Requests by category, group, the node that answered, why that one, and outcome.',
    type: 'counter',
    samples: ({ requests }) =>
      requests.flatMap(({ category, group, node, reason, ok, failed }) => {
        const labels = { category, group, node, reason };
        return [
          { value: ok, labels: { ...labels, outcome: 'ok' } },
          { value: failed, labels: { ...labels, outcome: 'failed' } },
        ];
      }),
  },
  whole(
    'counter',
    'router_fallbacks_total',
    'Requests that the primary answered because no replica could.',
    ({ fallbacks }) => fallbacks,
  ),
  whole(
    'counter',
    'router_misdeclared_writes_total',
    'Writes that were declared as something else.',
    ({ misdeclaredWrites }) => misdeclaredWrites,
  ),
  whole(
    'gauge',
    'router_learned_statements',
    'Statements known to be for the primary because a standby refused them.',
    ({ learnedStatements }) => learnedStatements,
  ),

  perPool('gauge', 'router_pool_size', 'Connections that the pool may have.', ({ size }) => size),
  {
    name: 'router_pool_connections',
    help: 'Open connections, by what they do.',
    type: 'gauge',
    samples: ({ pools }) =>
      pools.flatMap(({ node, open, busy }) => [
        { value: busy, labels: { node, state: 'busy' } },
        { value: Math.max(0, open - busy), labels: { node, state: 'idle' } },
      ]),
  },
  perPool('gauge', 'router_pool_waiting', 'Requests waiting for a connection.', ({ waiting }) => waiting),
  perPool(
    'counter',
    'router_pool_busy_seconds_total',
    'Time that connections were in use, summed over connections.',
    ({ busySeconds }) => busySeconds,
  ),
  perPool(
    'gauge',
    'router_pool_utilisation_ratio',
    'Share of the pool in use, as a mean over the time since the start.',
    ({ utilisation }) => utilisation,
  ),
  perPool(
    'counter',
    'router_pool_acquire_timeouts_total',
    'Requests that got no connection in time.',
    ({ acquireTimeouts }) => acquireTimeouts,
  ),
  {
    name: 'router_pool_acquire_seconds',
    help: 'How long requests waited for a connection.',
    type: 'histogram',
    samples: ({ pools }) => pools.flatMap(acquireHistogram),
  },

  {
    name: 'router_primary',
    help: '1 for the node that takes writes.',
    type: 'gauge',
    samples: ({ pools, primary }) =>
      pools.map(({ node }) => ({ value: Number(node === primary), labels: { node } })),
  },
  whole(
    'counter',
    'router_promotions_total',
    'How often another node became the primary.',
    ({ promotions }) => promotions,
  ),
  perReplica('router_replica_healthy', 'Whether it may take reads: 1 or 0.', ({ healthy }) =>
    Number(healthy),
  ),
  perReplica('router_replica_lag_seconds', 'How far it is behind.', ({ lagMs }) => seconds(lagMs)),
  perReplica('router_replica_lag_bytes', 'How far it is behind, in WAL.', ({ lagBytes }) => lagBytes),
  {
    name: 'router_replica_breaker',
    help: '1 for the state that its circuit breaker is in.',
    type: 'gauge',
    samples: ({ replicas }) =>
      replicas.flatMap(({ node, breaker }) =>
        BREAKER_STATES.map((state) => ({
          value: Number(state === breaker),
          labels: { node, state },
        })),
      ),
  },
  perReplica('router_replica_ramp_ratio', 'Share of its weight that it has by now.', ({ ramp }) => ramp),
  perReplica('router_replica_in_flight', 'Requests that it is answering.', ({ inFlight }) => inFlight),
  perReplica('router_replica_latency_seconds', 'Moving average of its answers.', ({ latencyMs }) =>
    seconds(latencyMs),
  ),

  whole(
    'counter',
    'router_consistency_waits_total',
    'Reads that waited for a replica to replay what their session had seen.',
    ({ consistency }) => consistency.waits,
  ),
  whole(
    'counter',
    'router_consistency_wait_seconds_total',
    'Time that reads waited for that.',
    ({ consistency }) => consistency.waitedMsTotal / 1000,
  ),
  whole(
    'counter',
    'router_consistency_timeouts_total',
    'Of those reads, the ones that ended on the primary.',
    ({ consistency }) => consistency.timeouts,
  ),

  whole(
    'gauge',
    'router_primary_budget_in_use',
    'Reads running on the primary because no replica could answer.',
    ({ protection }) => protection?.fallbackInFlight ?? null,
  ),
  whole(
    'gauge',
    'router_primary_budget_limit',
    'How many such reads may run at a time.',
    ({ protection }) => protection?.fallbackConcurrency ?? null,
  ),
  whole(
    'gauge',
    'router_primary_reserved_connections',
    'Connections to the primary that only writes may take.',
    ({ protection }) => protection?.reservedForWrites ?? null,
  ),
  {
    name: 'router_shed_total',
    help: 'Reads refused to protect the primary, by category.',
    type: 'counter',
    samples: ({ protection }) =>
      Object.entries(protection?.shed ?? {}).map(([category, value]) => ({ value, labels: { category } })),
  },
];

/** One number for the router; null: there is none. */
function whole(
  type: Family['type'],
  name: string,
  help: string,
  read: (stats: RouterStats) => number | null,
): Family {
  return {
    name,
    help,
    type,
    samples(stats) {
      const value = read(stats);
      return value === null ? [] : [{ value, labels: {} }];
    },
  };
}

function perPool(
  type: Family['type'],
  name: string,
  help: string,
  read: (pool: PoolStats) => number,
): Family {
  const samples = ({ pools }: RouterStats) =>
    pools.map((pool) => ({ value: read(pool), labels: { node: pool.node } }));
  return { name, help, type, samples };
}

/** A gauge of each replica; null: not known now. */
function perReplica(name: string, help: string, read: (replica: ReplicaStatus) => number | null): Family {
  return {
    name,
    help,
    type: 'gauge',
    samples: ({ replicas }) =>
      replicas.flatMap((replica) => {
        const value = read(replica);
        return value === null ? [] : [{ value, labels: { node: replica.node } }];
      }),
  };
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
