import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Cluster, ConnectionConfig } from '../src/cluster/cluster.js';
import { startEmbeddedCluster } from '../src/cluster/embedded/start.js';
import { defaultSettings } from '../src/cluster/settings.js';
import { ensureTemplate } from '../src/cluster/template/template.js';
import type { PlannedNode } from '../src/record/plan.js';
import { DATABASE, loadSmartmenu, smartmenuFingerprint } from '../src/workload/smartmenu/load.js';
import { nodesOf } from './cluster/support.js';

const never = new AbortController().signal;

interface TestServers {
  /** Names the data set, which is loaded once and kept. */
  label: string;
  key: Record<string, string>;
  database: string;
  load(admin: ConnectionConfig): Promise<void>;
  /** By default a primary and a replica. */
  nodes?: PlannedNode[];
  /** Beside the bench's own. */
  settings?: Record<string, string>;
}

/** A primary and its replicas on a data set of a test's own, without CPU budgets. */
async function startServers({
  nodes = nodesOf(1, null),
  settings,
  ...dataset
}: TestServers): Promise<Cluster> {
  return startEmbeddedCluster({
    template: await ensureTemplate({ ...dataset, signal: never }),
    nodes,
    cpuMethod: 'none',
    // How fast a disk is says nothing that a test asks.
    settings: { ...defaultSettings, fsync: 'off', ...settings },
    runId: `${dataset.label}-${randomUUID().slice(0, 8)}`,
    signal: never,
  });
}

/** Servers whose data set is made by a script. */
export function startWithSchema(
  label: string,
  schema: string,
  settings: Record<string, string> = {},
  nodes?: PlannedNode[],
): Promise<Cluster> {
  return startServers({
    label,
    nodes,
    key: { schema: createHash('sha256').update(schema).digest('hex') },
    database: label,
    load: (admin) => withConnection(admin, async (client) => void (await client.query(schema))),
    settings,
  });
}

/** Servers with SmartMenu's data. */
export function startSmartmenu(size: { scale: number; seed: number }, replicas: 0 | 1): Promise<Cluster> {
  return startServers({
    label: 'smartmenu-test',
    key: { data: smartmenuFingerprint(size) },
    database: DATABASE,
    load: (admin) => loadSmartmenu(admin, size),
    nodes: nodesOf(replicas, null),
  });
}

export async function withConnection<T>(
  config: ConnectionConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
