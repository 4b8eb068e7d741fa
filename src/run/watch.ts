import { observeConsistency } from '../observe/consistency.js';
import { observeLag } from '../observe/lag.js';
import { type MachineObservation, observeMachine } from '../observe/machine.js';
import { observeNodes } from '../observe/nodes.js';
import type { Observer } from '../observe/observer.js';
import { observePools } from '../observe/pools.js';
import type { RoutingPolicy } from '../router/index.js';
import type { NodeObservation } from './record.js';
import type { Stage } from './stage.js';

/** The observers whose figures a calibration reads. The others only watch. */
export interface Watch extends AsyncDisposable {
  nodes: Observer<NodeObservation[]>;
  machine: Observer<MachineObservation>;
}

/**
 * Watches a primary alone as a measured baseline is watched. That costs the primary CPU too, so a rate that was found
 * unwatched would load it more than was aimed at.
 */
export async function watchBaseline({ cluster, service }: Stage, policy: RoutingPolicy): Promise<Watch> {
  const nodes = observeNodes([cluster.primary]);
  const machine = observeMachine(async () => (await service!.stats()).cpuSeconds);
  const observers = [
    nodes,
    machine,
    observeLag(cluster.primary, undefined),
    observePools(async () => (await service!.stats()).router),
    observeConsistency(cluster, policy),
  ];
  const stop = async () => {
    for (const observer of observers) await observer.stop();
  };
  try {
    for (const observer of observers) await observer.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, machine, [Symbol.asyncDispose]: stop };
}
