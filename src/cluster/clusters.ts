import { BenchError } from '../machine/pure.js';
import { compose } from './compose/compose.js';
import { embedded } from './embedded/embedded.js';
import { external } from './external/external.js';
import type { ClusterProvider } from './provider.js';

/** All that can serve clusters; the first is the default. */
export const CLUSTERS = [embedded, compose, external] as const satisfies readonly ClusterProvider[];

export type ClusterKind = (typeof CLUSTERS)[number]['kind'];

/** @throws BenchError CLUSTER_KIND if there is none of this kind */
export function clusterProvider(kind: string): ClusterProvider {
  const provider = CLUSTERS.find((each) => each.kind === kind);
  if (provider) return provider;
  const kinds = CLUSTERS.map((each) => each.kind).join(', ');
  throw new BenchError(
    'CLUSTER_KIND',
    `This bench has no servers of the kind "${kind}": choose from ${kinds}.`,
  );
}
