export { detectCpuMethod } from './budget/methods.js';
export { explainSilence, withClient } from './client.js';
export {
  type Capabilities,
  type Cluster,
  type ConnectionConfig,
  type Node,
  type NodeUsage,
  requireCapability,
} from './cluster.js';
export { CLUSTERS, type ClusterKind, clusterProvider } from './clusters.js';
export { resolveBinaries } from './embedded/binaries.js';
export { connectionToUrl } from './external/connect.js';
export { requireKnownVersion } from './external/examine.js';
export { clearServer, prepareServer } from './external/prepare-server.js';
export type { DataRole, Dataset, PreparedData } from './provider.js';
export { cleanRemains } from './remains.js';
export { findClientTool } from './restore/client-tools.js';
export { reachCounts } from './statement-counts.js';
export { APP_ROLE } from './template/prepare-database.js';
