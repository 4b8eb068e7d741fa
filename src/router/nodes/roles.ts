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
}

/** A node, by its last answer; undefined if it didn't answer. */
export interface Answer<N> {
  node: N;
  state: NodeState | undefined;
}

export type Choice<N> =
  | { primary: N; state: NodeState }
  /** Two nodes take writes on the same timeline: writing to either would lose what the other has. */
  | { primary: undefined; splitBrain: N[] }
  | { primary: undefined; splitBrain?: undefined };

/**
 * Which node takes writes: of those of this cluster that do, the one on the highest timeline, since a promotion
 * begins a new one. A timeline below what was seen before is a deposed primary's that came back: never it.
 * @param known the cluster's system id and the highest timeline of a primary so far
 */
export function choosePrimary<N>(answers: readonly Answer<N>[], known: Lineage | undefined): Choice<N> {
  const writable = answers.flatMap(({ node, state }) =>
    state !== undefined &&
    !state.standby &&
    (known === undefined || (state.systemId === known.systemId && state.timeline >= known.timeline))
      ? [{ node, state }]
      : [],
  );
  const timeline = Math.max(...writable.map(({ state }) => state.timeline));
  const newest = writable.filter(({ state }) => state.timeline === timeline);
  if (newest.length === 0) return { primary: undefined };
  if (newest.length > 1) return { primary: undefined, splitBrain: newest.map(({ node }) => node) };
  return { primary: newest[0]!.node, state: newest[0]!.state };
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
