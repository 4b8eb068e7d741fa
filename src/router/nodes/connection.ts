import type pg from 'pg';
import type { NodeConfig } from '../types.js';

/** What `pg` takes, whichever way the node was given; a name said for the router wins. */
export function clientConfig(node: NodeConfig, applicationName: string | undefined): pg.ClientConfig {
  const given = typeof node === 'string' ? { connectionString: node } : node;
  return applicationName === undefined ? given : { ...given, application_name: applicationName };
}

/** Cuts a connection without asking the server, which may be the one that doesn't answer. */
export function cutConnection(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/** Whether the server says that no transaction is open here. A connection given back in one would leak it. */
export function isBetweenTransactions(client: pg.ClientBase): boolean {
  const status = client.getTransactionStatus();
  return status === 'I' || status === null;
}
