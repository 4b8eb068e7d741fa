import { detectCpuMethod } from '../budget/methods.js';
import { ownServers } from '../own-servers.js';
import type { ClusterProvider } from '../provider.js';
import { ensureSnapshotTemplate, requireSnapshot } from '../restore/snapshot.js';
import { nodesOf } from '../sides.js';
import { ensureTemplate } from '../template/template.js';
import { resolveBinaries } from './binaries.js';
import { startEmbeddedCluster } from './start.js';

/** Servers that the bench starts itself, each a process of this machine on its own copy of a template. */
export const embedded = {
  kind: 'embedded',

  async describe(wanted) {
    const servers = ownServers(wanted);
    const { version } = await resolveBinaries();
    const { method } = await detectCpuMethod();
    return { kind: 'embedded', postgresVersion: version, cpuMethod: method, ...servers };
  },

  nodesOf,

  async prepare(dataset, { topology, ...following }) {
    requireSnapshot(dataset);
    const preparation = { ...following, copies: topology.nodes.length };
    const template =
      dataset.kind === 'made'
        ? { ...(await ensureTemplate({ ...dataset, ...preparation })), sha256: null, globalsSha256: null }
        : await ensureSnapshotTemplate({ ...dataset, ...preparation });
    const { cpuMethod, settings } = topology;
    return {
      database: template.database,
      snapshotSha256: template.sha256,
      globalsSha256: template.globalsSha256,
      roles: template.roles ?? [],
      warnings: template.warnings,
      start: ({ side, ...run }) =>
        startEmbeddedCluster({ template, nodes: nodesOf(topology, side), cpuMethod, settings, ...run }),
    };
  },
} as const satisfies ClusterProvider;
