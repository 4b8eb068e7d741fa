export { detectCpuMethod } from './budget/methods.js';
export { type Capabilities, requireCapability } from './capabilities.js';
export { withClient } from './client.js';
export type { Cluster, ConnectionConfig, Node, NodeUsage } from './cluster.js';
export { CLUSTERS, type ClusterKind, clusterProvider } from './clusters.js';
export { resolveBinaries } from './embedded/binaries.js';
export type { Dataset, PreparedData } from './provider.js';
export { cleanRemains } from './remains.js';
export { findClientTool } from './restore/client-tools.js';
