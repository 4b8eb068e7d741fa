import os from 'node:os';
import { BenchError, sumOf } from '../machine/pure.js';
import { cpusOfAll, nodeOf, type PlannedNode, type Side, type Topology } from '../record/pure.js';

/**
 * The servers of a side where the bench has them to itself.
 *
 * @throws BenchError CONTROL_IMPOSSIBLE
 */
export function nodesOf(topology: Topology, side: Side): PlannedNode[] {
  const primary = nodeOf(topology, 'primary')!;
  if (side === 'split') return [primary, ...topology.nodes.filter(({ role }) => role === 'replica')];
  if (side === 'baseline') return [primary];
  const memory = topology.nodes.map(({ memoryBytes }) => memoryBytes ?? Number.POSITIVE_INFINITY);
  const all = sumOf(memory);
  const { memoryBytes: _, ...unlimited } = primary;
  return [{ ...unlimited, cpus: controlCpus(topology), ...(Number.isFinite(all) && { memoryBytes: all }) }];
}

/**
 * Cores of the control's primary: what all nodes of the split have together.
 * @throws BenchError CONTROL_IMPOSSIBLE where this machine can't give one server that much, or can't hold it to it
 */
export function controlCpus({ nodes, cpuMethod }: Pick<Topology, 'nodes' | 'cpuMethod'>): number {
  const cpus = cpusOfAll({ nodes, cpuMethod });
  if (cpus === null) {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      'No CPU budgets can be set on the servers here, so a primary with all of them would be the baseline again: see "bench doctor".',
    );
  }
  const cores = os.availableParallelism();
  if (cpus > cores) {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      `The control needs ${cpus} cores for its one primary, but this machine has ${cores}: make baseline, split and control with --node-cpus ${cores / nodes.length} or less.`,
    );
  }
  return cpus;
}
