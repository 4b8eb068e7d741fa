import {
  observeConsistency,
  observeLag,
  observeMachine,
  observeNodes,
  observePools,
} from '../observe/index.js';
import type { RoutingPolicy } from '../router/index.js';
import type { Stage } from './stage.js';

/** Everything that watches a stage while load plays on it. Disposed, it stops. */
export type Watch = Awaited<ReturnType<typeof startWatch>>;

/**
 * Watches a stage: a measured run and the search for a rate before it alike, for watching costs the primary CPU too, and a rate
 * that was found unwatched would load it more than was aimed at.
 * @param options.monitors false: nothing asks the servers, so that what asking costs can be measured. CPU is watched all
 *   the same; what only the servers and the router know stays unknown.
 */
export async function startWatch(
  { cluster, service }: Stage,
  policy: RoutingPolicy,
  options: { monitors?: boolean } = {},
) {
  const { monitors = true } = options;
  const askService = service ? () => service.stats() : null;
  const nodes = observeNodes([cluster.primary, ...cluster.replicas]);
  const machine = observeMachine(askService && (async () => (await askService()).cpuSeconds));
  const lag = observeLag(cluster.primary, cluster.replicas[0]);
  const pools = observePools(askService && (async () => (await askService()).router));
  const consistency = observeConsistency(cluster, policy);
  const observers = [nodes, machine, ...(monitors ? [lag, pools, consistency] : [])];
  const stop = async () => {
    for (const observer of observers) await observer.stop();
  };
  try {
    for (const observer of observers) await observer.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, machine, lag, pools, consistency, stop, [Symbol.asyncDispose]: stop };
}
