import type {
  BreakerState,
  PinningStats,
  PoolStats,
  ReplicaStatus,
  RequestCount,
  RouterStats,
} from '../../router/index.js';

/**
 * What one router would tell of itself that had done the work of all these, which were made with the same nodes: counts
 * and connections added up, of health the worst.
 * @throws RangeError of none
 */
export function sumStats(parts: readonly RouterStats[]): RouterStats {
  const [first, ...rest] = parts;
  if (!first) throw new RangeError('There is no router.');
  return rest.reduce(add, first);
}

function add(a: RouterStats, b: RouterStats): RouterStats {
  const { policy, uptimeMs, requests, pools, replicas, primary, promotions, protection, pinning } = a;
  return {
    policy,
    uptimeMs: Math.max(uptimeMs, b.uptimeMs),
    requests: addRequests(requests, b.requests),
    pools: pools.map((pool, index) => addPools(pool, b.pools[index]!)),
    replicas: replicas.map((replica, index) => worse(replica, b.replicas[index]!)),
    primary: primary ?? b.primary,
    promotions: Math.max(promotions, b.promotions),
    protection: protection && {
      ...addNumbers(protection, b.protection!),
      shed: addNumbers(protection.shed, b.protection!.shed),
    },
    consistency: addNumbers(a.consistency, b.consistency),
    pinning: addPinning(pinning, b.pinning),
    kept: addNumbers(a.kept, b.kept),
    fallbacks: a.fallbacks + b.fallbacks,
    misdeclaredWrites: a.misdeclaredWrites + b.misdeclaredWrites,
    learnedStatements: a.learnedStatements + b.learnedStatements,
  };
}

function addRequests(a: readonly RequestCount[], b: readonly RequestCount[]): RequestCount[] {
  const keyOf = ({ category, group, node, reason }: RequestCount) =>
    [category, group, node, reason].join('\n');
  const rows = new Map(a.map((row) => [keyOf(row), row]));
  for (const row of b) {
    const known = rows.get(keyOf(row));
    rows.set(keyOf(row), known ? addNumbers(known, row) : row);
  }
  return [...rows.values()];
}

function addPinning(a: PinningStats, b: PinningStats): PinningStats {
  const states = Object.keys(a) as (keyof PinningStats)[];
  return Object.fromEntries(states.map((state) => [state, addNumbers(a[state], b[state])])) as PinningStats;
}

function addPools(a: PoolStats, b: PoolStats): PoolStats {
  const sum = addNumbers(a, b);
  return {
    ...sum,
    acquireWaitMs: a.acquireWaitMs.map(({ le, count }, i) => ({
      le,
      count: count + b.acquireWaitMs[i]!.count,
    })),
    utilisation: (a.utilisation * a.size + b.utilisation * b.size) / sum.size,
  };
}

function worse(a: ReplicaStatus, b: ReplicaStatus): ReplicaStatus {
  return {
    ...(isWorse(b, a) ? b : a),
    lagMs: larger(a.lagMs, b.lagMs),
    lagBytes: larger(a.lagBytes, b.lagBytes),
    lastError: a.lastError ?? b.lastError,
    ramp: Math.min(a.ramp, b.ramp),
    inFlight: a.inFlight + b.inFlight,
    latencyMs: larger(a.latencyMs, b.latencyMs),
  };
}

const SEVERITY: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

function isWorse(a: ReplicaStatus, b: ReplicaStatus): boolean {
  if (a.healthy !== b.healthy) return !a.healthy;
  return SEVERITY[a.breaker] > SEVERITY[b.breaker];
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** The numbers of both added up; the rest is the first's. */
function addNumbers<T extends object>(a: T, b: T): T {
  const sums = Object.entries(a).map(([name, value]) => [
    name,
    typeof value === 'number' ? value + (b as Record<string, number>)[name]! : value,
  ]);
  return Object.fromEntries(sums);
}
