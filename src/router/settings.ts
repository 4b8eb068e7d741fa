import { RouterError } from './errors.js';
import { resolvePolicy } from './policy/policy.js';
import type { NodeConfig, ReplicaConfig, RouterOptions } from './types.js';

/** A router's options with what they leave open filled in. */
export type Settings = ReturnType<typeof settingsOf>;

/** What a timer can wait for: longer, and it waits for nothing. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The defaults are those that the options document.
 * @throws RouterError `INVALID_OPTION`, `UNKNOWN_POLICY`, `INVALID_POLICY`
 */
export function settingsOf(options: RouterOptions) {
  const { health } = options;
  return {
    ...options,
    policy: resolvePolicy(options.policy),
    replicas: (options.replicas ?? []).map(asReplica),
    poolSize: poolSize(options.poolSize ?? 10),
    acquireTimeoutMs: wait('acquireTimeoutMs', options.acquireTimeoutMs ?? 5000),
    health: {
      intervalMs: wait('health.intervalMs', health?.intervalMs ?? 1000, 1),
      timeoutMs: wait('health.timeoutMs', health?.timeoutMs ?? 250, 1),
    },
    maxLagMs: atLeastZero('maxLagMs', options.maxLagMs ?? 1000),
    maxLagBytes: atLeastZero('maxLagBytes', options.maxLagBytes ?? Number.POSITIVE_INFINITY),
    retryWithinMs: atLeastZero('retryWithinMs', options.retryWithinMs ?? 10_000),
    failoverWaitMs: wait('failoverWaitMs', options.failoverWaitMs ?? 5000),
  };
}

function asReplica(replica: NodeConfig | ReplicaConfig): ReplicaConfig {
  if (typeof replica !== 'object' || !('connection' in replica)) return { connection: replica };
  return { ...replica, weight: atLeastZero("a replica's weight", replica.weight ?? 1) };
}

function poolSize(value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw invalid('poolSize', 'a whole number from 1', value);
}

function wait(name: string, value: number, leastMs = 0): number {
  if (typeof value === 'number' && value >= leastMs && value <= LONGEST_MS) return value;
  throw invalid(name, `a number of milliseconds from ${leastMs} to ${LONGEST_MS}`, value);
}

function atLeastZero(name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw invalid(name, 'a number, 0 or more', value);
}

/** What is not a number comes from an environment variable that isn't set, say, and must not pass for "no limit". */
function invalid(name: string, what: string, value: unknown): RouterError {
  return new RouterError('INVALID_OPTION', `${name} must be ${what}, not ${value}.`);
}
