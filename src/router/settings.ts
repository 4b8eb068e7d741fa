import { resolvePolicy } from './policy/policy.js';
import type { NodeConfig, ReplicaConfig, RouterOptions } from './types.js';

/** A router's options with what they leave open filled in. */
export type Settings = ReturnType<typeof settingsOf>;

/**
 * The defaults are those that the options document.
 * @throws RouterError `UNKNOWN_POLICY`, `INVALID_POLICY`
 */
export function settingsOf(options: RouterOptions) {
  return {
    ...options,
    policy: resolvePolicy(options.policy),
    replicas: (options.replicas ?? []).map(asReplica),
    poolSize: options.poolSize ?? 10,
    acquireTimeoutMs: options.acquireTimeoutMs ?? 5000,
    health: {
      intervalMs: options.health?.intervalMs ?? 1000,
      timeoutMs: options.health?.timeoutMs ?? 250,
    },
    maxLagMs: options.maxLagMs ?? 1000,
    retryWithinMs: options.retryWithinMs ?? 10_000,
    failoverWaitMs: options.failoverWaitMs ?? 5000,
  };
}

function asReplica(replica: NodeConfig | ReplicaConfig): ReplicaConfig {
  return typeof replica === 'object' && 'connection' in replica ? replica : { connection: replica };
}
