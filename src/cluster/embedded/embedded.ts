import os from 'node:os';
import { BenchError } from '../../machine/pure.js';
import { nodeOf, type PlannedNode, type Side, type Topology } from '../../record/pure.js';
import { detectCpuMethod } from '../budget/methods.js';
import type { ClusterProvider } from '../provider.js';
import { ensureSnapshotTemplate } from '../restore/snapshot.js';
import { ensureTemplate } from '../template/template.js';
import { resolveBinaries } from './binaries.js';
import { BENCH_SETTINGS } from './data-directory.js';
import { startEmbeddedCluster } from './start.js';

/**
 * How nodes are set unless the plan says otherwise: PostgreSQL's defaults, but for what would make one run differ from
 * the next, or would not be done so on a primary that has a replica.
 */
export const defaultSettings: Readonly<Record<string, string>> = {
  // The default data set fits, as the hot part of a production one does; both nodes fit a laptop.
  shared_buffers: '256MB',
  // The router's pools and the observers, with room.
  max_connections: '100',
  // The baseline writes the same WAL as a primary with a standby: the comparison is about reads.
  wal_level: 'replica',
  hot_standby: 'on',
  // Whoever sends reports to a standby sets it, or vacuum on the primary cancels them.
  hot_standby_feedback: 'on',
  // No checkpoint by time or volume falls into a run of minutes, on one side and not on the other.
  checkpoint_timeout: '15min',
  max_wal_size: '4GB',
  // A standby that found its primary not up yet asks again soon, not after 5 s.
  wal_retrieve_retry_interval: '100ms',
  // A share of a core has no room for helpers: plans are the same on both sides, and on machines of any size.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // A captured workload may have many kinds of statement; none may be discarded, or the read volume is short.
  'pg_stat_statements.max': '20000',
};

/** Servers that the bench starts itself, each a process of this machine on its own copy of a template. */
export const embedded = {
  kind: 'embedded',

  async describe({ nodes, poolSize, changedSettings, settings = settingsFor(poolSize, changedSettings) }) {
    const { version } = await resolveBinaries();
    const { method } = await detectCpuMethod();
    return { kind: 'embedded', postgresVersion: version, nodes, cpuMethod: method, settings };
  },

  nodesOf,

  async prepare(dataset, { topology, ...following }) {
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

/** Large pools come with more observers and health checks: there is room for them. */
function settingsFor(poolSize: number, changed: Record<string, string> = {}): Record<string, string> {
  const own = Object.keys(changed).find((name) => BENCH_SETTINGS.has(name));
  if (own !== undefined) {
    throw new BenchError(
      'SETTING_REFUSED',
      `The setting ${own} is the bench's own on its servers: leave it out of "settings".`,
    );
  }
  const connections = Math.max(Number(defaultSettings.max_connections), 2 * poolSize);
  return { ...defaultSettings, max_connections: String(connections), ...changed };
}

function nodesOf(topology: Topology, side: Side): PlannedNode[] {
  const primary = nodeOf(topology, 'primary')!;
  if (side === 'split') return [primary, ...topology.nodes.filter(({ role }) => role === 'replica')];
  return [side === 'control' ? { ...primary, cpus: controlCpus(topology) } : primary];
}

/**
 * Cores of the control's primary: what all nodes of the split have together.
 * @throws BenchError CONTROL_IMPOSSIBLE where this machine can't give one server that much, or can't hold it to it
 */
export function controlCpus({ nodes, cpuMethod }: Pick<Topology, 'nodes' | 'cpuMethod'>): number {
  const budgets = nodes.flatMap(({ cpus }) => cpus ?? []);
  if (cpuMethod === 'none' || budgets.length < nodes.length) {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      'No CPU budgets can be set on the servers here, so a primary with both of them would be the baseline again: see "bench doctor".',
    );
  }
  // Pinning deals out whole cores: two nodes of half a core have one each.
  const cpus = budgets.reduce((sum, some) => sum + (cpuMethod === 'pinning' ? Math.ceil(some) : some), 0);
  const cores = os.availableParallelism();
  if (cpus > cores) {
    throw new BenchError(
      'CONTROL_IMPOSSIBLE',
      `The control needs ${cpus} cores for its one primary, but this machine has ${cores}: make baseline, split and control with --node-cpus ${cores / nodes.length} or less.`,
    );
  }
  return cpus;
}
