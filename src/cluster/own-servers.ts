import { BenchError } from '../machine/pure.js';
import type { PlannedNode, Topology } from '../record/pure.js';
import type { Node } from './cluster.js';
import { ADMIN_ROLE } from './embedded/data-directory.js';
import type { ClusterProvider } from './provider.js';
import { settingsFor, withOwnSettings } from './settings.js';
import { APP_ROLE, MONITOR_ROLE } from './template/prepare-database.js';

/**
 * What a plan says of servers that the bench starts, however it starts them.
 * @throws BenchError OPTION_CONFLICT where servers are named, SETTING_REFUSED for a setting that the bench relies on
 */
export function ownServers({
  nodes,
  poolSize,
  reset,
  changedSettings,
  settings = settingsFor(poolSize, changedSettings),
}: Parameters<ClusterProvider['describe']>[0]): Pick<Topology, 'nodes' | 'settings'> {
  if (reset !== undefined || nodes.some(({ server }) => server !== undefined)) {
    throw new BenchError(
      'OPTION_CONFLICT',
      '--primary, --replica and --reset are for servers of your own: give --cluster external with them, or leave them out.',
    );
  }
  return { nodes: withOwnSettings(nodes), settings };
}

/** What such a server is for, and how it is connected to on this machine: one password opens all of the bench's roles. */
export function ownNode(
  { name, role, reservedFor, weight }: Omit<PlannedNode, 'settings'>,
  at: { port: number; password: string; database: string },
): Pick<Node, 'name' | 'role' | 'reservedFor' | 'weight' | 'admin' | 'app' | 'monitor'> {
  const as = (user: string) => ({ host: '127.0.0.1', user, ...at });
  return {
    name,
    role,
    reservedFor,
    weight,
    admin: as(ADMIN_ROLE),
    app: as(APP_ROLE),
    monitor: as(MONITOR_ROLE),
  };
}
