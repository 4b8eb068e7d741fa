import type { PlannedNode, Side, Topology } from '../../record/pure.js';
import { controlCpus } from '../budget/control.js';
import { detectCpuMethod } from '../budget/methods.js';
import type { ClusterProvider } from '../provider.js';
import { ensureSnapshotTemplate } from '../restore/snapshot.js';
import { ensureTemplate } from '../template/template.js';
import { resolveBinaries } from './binaries.js';
import { defaultSettings } from './settings.js';
import { startEmbeddedCluster } from './start.js';

/** Servers that the bench starts itself, each a process of this machine on its own copy of a template. */
export const embedded = {
  kind: 'embedded',

  async describe({ nodes, settings = { ...defaultSettings } }) {
    const { version } = await resolveBinaries();
    const { method } = detectCpuMethod();
    return { kind: 'embedded', postgresVersion: version, nodes, cpuMethod: method, settings };
  },

  async prepare(dataset, { topology, ...preparation }) {
    const template =
      dataset.kind === 'made'
        ? { ...(await ensureTemplate({ ...dataset, ...preparation })), sha256: null }
        : await ensureSnapshotTemplate({ ...dataset, ...preparation });
    return {
      database: template.database,
      snapshotSha256: template.sha256,
      warnings: template.warnings,
      start: ({ side, runId, signal }) =>
        startEmbeddedCluster({
          template,
          nodes: nodesOf(topology, side),
          cpuMethod: topology.cpuMethod,
          settings: topology.settings,
          runId,
          signal,
        }),
    };
  },
} as const satisfies ClusterProvider;

/** The servers of a side, the primary first. */
function nodesOf(topology: Topology, side: Side): PlannedNode[] {
  const primary = topology.nodes.find(({ role }) => role === 'primary')!;
  if (side === 'split') return [primary, ...topology.nodes.filter(({ role }) => role === 'replica')];
  return [side === 'control' ? { ...primary, cpus: controlCpus(topology) } : primary];
}
