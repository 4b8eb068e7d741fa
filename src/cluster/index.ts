export { resolveBinaries } from './binaries.js';
export { withClient } from './client.js';
export type { Cluster, ConnectionConfig, Node, NodeUsage } from './cluster.js';
export { detectCpuMethod } from './cpu-budget.js';
export { defaultSettings, startEmbeddedCluster } from './embedded.js';
export { cleanRemains } from './remains.js';
export { ensureSnapshotTemplate } from './snapshot.js';
export { ensureTemplate, type Template } from './template.js';
