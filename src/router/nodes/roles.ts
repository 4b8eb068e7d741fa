/** Where the WAL of a cluster is: positions of another system or timeline say nothing of this one's. */
export interface Lineage {
  /** `system_identifier` of pg_control_system(), in decimal. */
  systemId: string;
  timeline: number;
}

/** What a node said of itself when it was last asked. */
export interface NodeState extends Lineage {
  standby: boolean;
  /** Bytes from 0/0: what a standby has replayed, what a primary has flushed. */
  lsn: number;
  /** The timeline that a standby receives; null if it receives nothing or the role may not know. */
  receiving: number | null;
  /** When it was started, in seconds since the epoch: two nodes may be one server that has two addresses. */
  started: number;
}

/**
 * Which nodes take writes: of those of this cluster that do, the ones on the highest timeline, since a promotion begins
 * a new one. A timeline below what was seen before is a deposed primary's that came back: never it. One is the primary;
 * several are a split brain, where writing to either would lose what the others have. One server with several addresses
 * is one, by the first of them.
 * @param known the cluster's system id and the highest timeline of a primary so far
 */
export function writersOf<N extends { state: NodeState | undefined }>(
  nodes: readonly N[],
  known: Lineage | undefined,
): N[] {
  const isWriter = ({ state }: N) =>
    state?.standby === false &&
    (known === undefined || (state.systemId === known.systemId && state.timeline >= known.timeline));
  const writers = nodes.filter(isWriter);
  const newest = Math.max(...writers.map(({ state }) => state!.timeline));
  const onNewest = writers.filter(({ state }) => state!.timeline === newest);
  return onNewest.filter(({ state }, index) => {
    return index === onNewest.findIndex((other) => other.state!.started === state!.started);
  });
}

/**
 * Why a node is no replica of the primary, or undefined if it is one.
 * @param deposed whether another node still takes writes, on an older timeline: then a standby must prove whose it is
 */
export function whyNotReplica(state: NodeState, primary: Lineage, deposed: boolean): string | undefined {
  if (state.systemId !== primary.systemId) return 'it belongs to another cluster (another system identifier)';
  if (!state.standby) return 'it is not a standby';
  // What a role without pg_monitor can see of a standby's timeline may be minutes old.
  const certain = state.receiving !== null || deposed;
  if (state.timeline < primary.timeline && certain) {
    return `it follows timeline ${state.timeline}, the primary is on ${primary.timeline}`;
  }
  return undefined;
}
