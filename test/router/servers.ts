import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Cluster, ConnectionConfig } from '../../src/cluster/cluster.js';
import { defaultSettings, startEmbeddedCluster } from '../../src/cluster/embedded/start.js';
import { ensureTemplate } from '../../src/cluster/template/template.js';
import { SCHEMA } from './sql/corpus.js';

/** A primary and a streaming standby with the corpus's schema. */
export async function startServers(settings: Record<string, string> = {}): Promise<Cluster> {
  const signal = new AbortController().signal;
  const template = await ensureTemplate({
    label: 'router-test',
    key: { schema: createHash('sha256').update(SCHEMA).digest('hex') },
    database: 'router',
    load: (admin) => withConnection(admin, async (client) => void (await client.query(SCHEMA))),
    signal,
  });
  return startEmbeddedCluster({
    template,
    replicas: 1,
    nodeCpus: null,
    cpuMethod: 'none',
    settings: { ...defaultSettings, fsync: 'off', ...settings },
    runId: `router-test-${randomUUID().slice(0, 8)}`,
    signal,
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
