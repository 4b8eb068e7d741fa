import { Client } from 'pg';
import type { ConnectionConfig } from './cluster.js';

/**
 * Runs `use` with a connection of its own, closed afterwards. A server that goes away fails the query, not the process.
 * @param options.queryTimeoutMs one that stands still fails it too, after so long; by default it is waited for
 */
export async function withClient<T>(
  config: ConnectionConfig,
  use: (client: Client) => Promise<T>,
  { queryTimeoutMs }: { queryTimeoutMs?: number } = {},
): Promise<T> {
  const client = new Client({
    ...config,
    application_name: 'splitbench-setup',
    connectionTimeoutMillis: 10_000,
    query_timeout: queryTimeoutMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}
