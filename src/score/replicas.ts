import { type NodeName, nodeOf, type RunRecord } from '../record/pure.js';

/** How the replicas of a split are spoken of: most have one, some have several, one of which may take analytics alone. */
export interface ReplicasInWords {
  several: boolean;
  /** `the replica`, `the replicas`. */
  the: string;
  /** Those that are not kept for analytics: `the replica`; beside one that is, `the replica for plain reads`. */
  shared: string;
  /** Where the lag is measured: `the replica`; of several that are shared, `the replica furthest behind`. */
  furthest: string;
  /** A server by its name: `the primary`, `the replica`; of several `node replica-2`. */
  node(name: NodeName): string;
}

/** @param run a split, or any run of its plan: a plan names the servers of the split */
export function replicasOf(run: Pick<RunRecord, 'plan'>): ReplicasInWords {
  const { nodes } = run.plan.topology;
  const count = nodes.filter(({ role }) => role === 'replica').length;
  const shared = sharedReplicas(run).length;
  const reads = shared < count ? ' for plain reads' : '';
  const primary = nodeOf({ nodes }, 'primary')?.name;
  return {
    several: count > 1,
    the: count > 1 ? 'the replicas' : 'the replica',
    shared: `the ${shared > 1 ? 'replicas' : 'replica'}${reads}`,
    furthest: `the replica${reads}${shared > 1 ? ' furthest behind' : ''}`,
    node: (name) => (count > 1 && name !== primary ? `node ${name}` : `the ${name}`),
  };
}

/** The names of the replicas that take reads of every category; those kept for analytics only if there are no others. */
export function sharedReplicas({ plan: { topology } }: Pick<RunRecord, 'plan'>): NodeName[] {
  const replicas = topology.nodes.filter(({ role }) => role === 'replica');
  const shared = replicas.filter(({ reservedFor }) => reservedFor === undefined);
  return (shared.length > 0 ? shared : replicas).map(({ name }) => name);
}
