import { BenchError } from '../machine/pure.js';
import type { PlannedNode } from '../record/pure.js';
import { BENCH_SETTINGS } from './embedded/data-directory.js';

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

/**
 * What servers of the bench's own are set to. Large pools come with more observers and health checks: there is room for them.
 *
 * @throws BenchError SETTING_REFUSED for one that the bench relies on
 */
export function settingsFor(poolSize: number, changed: Record<string, string> = {}): Record<string, string> {
  refuseOwn(changed);
  const connections = Math.max(Number(defaultSettings.max_connections), 2 * poolSize);
  return { ...defaultSettings, max_connections: String(connections), ...changed };
}

/**
 * What a replica that answers reports alone is set to, where a node doesn't say otherwise: sorts and hashes stay in memory, and a
 * query of minutes neither is cancelled by what it must replay nor keeps the primary from vacuuming.
 */
const analyticsSettings: Readonly<Record<string, string>> = {
  work_mem: '64MB',
  hot_standby_feedback: 'off',
  max_standby_streaming_delay: '5min',
};

/**
 * Nodes with the settings that each has of its own.
 *
 * @throws BenchError SETTING_REFUSED for one that the bench relies on
 */
export function withOwnSettings(nodes: readonly PlannedNode[]): PlannedNode[] {
  return nodes.map((node) => {
    refuseOwn(node.settings ?? {});
    return node.reservedFor === 'analytics'
      ? { ...node, settings: { ...analyticsSettings, ...node.settings } }
      : node;
  });
}

function refuseOwn(settings: Record<string, string>): void {
  const own = Object.keys(settings).find((name) => BENCH_SETTINGS.has(name));
  if (own === undefined) return;
  throw new BenchError(
    'SETTING_REFUSED',
    `The setting ${own} is the bench's own on its servers: leave it out of "settings".`,
  );
}
