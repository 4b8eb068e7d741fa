import { BenchError } from '../machine/pure.js';
import type { PlannedNode } from '../record/pure.js';
import type { RunOptions } from './options.js';

/** The name of the replica that is kept for analytics. */
const ANALYTICS_REPLICA = 'analytics-replica';

/**
 * The servers of the split: a primary, its replicas, and, last, one for analytics if that is asked for. Each has the
 * same budget, unless `nodes` says otherwise of it.
 *
 * @throws BenchError OPTION_INVALID for a node that there is none of, or a weight of the primary
 */
export function plannedNodes({
  replicas,
  analyticsReplica,
  nodeCpus,
  nodeMemory,
  nodes: changes = {},
}: Pick<RunOptions, 'replicas' | 'analyticsReplica' | 'nodeCpus' | 'nodeMemory' | 'nodes'>): PlannedNode[] {
  const budget = { cpus: nodeCpus, ...(nodeMemory !== undefined && { memoryBytes: nodeMemory }) };
  const planned: PlannedNode[] = [
    { name: 'primary', role: 'primary', ...budget },
    ...Array.from({ length: replicas }, (_, i) => ({
      name: i === 0 ? 'replica' : `replica-${i + 1}`,
      role: 'replica' as const,
      ...budget,
    })),
  ];
  if (analyticsReplica) {
    planned.push({ name: ANALYTICS_REPLICA, role: 'replica', ...budget, reservedFor: 'analytics' });
  }
  const names = planned.map(({ name }) => name);
  const unknown = Object.keys(changes).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BenchError(
      'OPTION_INVALID',
      `"nodes" has ${JSON.stringify(unknown)}, and the servers are ${names.join(', ')}: see --replicas and --analytics-replica.`,
    );
  }
  if (changes.primary?.weight !== undefined) {
    throw new BenchError(
      'OPTION_INVALID',
      '"nodes" has a weight of the primary: only replicas share reads by it.',
    );
  }
  return planned.map((node) => {
    const { memory, ...changed } = changes[node.name] ?? {};
    return { ...node, ...changed, ...(memory !== undefined && { memoryBytes: memory }) };
  });
}
