import type pg from 'pg';
import type { NodeConfig } from '../types.js';

/** What `pg` takes, whichever way the node was given; `extra` wins. */
export function clientConfig(node: NodeConfig, extra: pg.ClientConfig): pg.ClientConfig {
  const given = typeof node === 'string' ? { connectionString: node } : node;
  return { ...given, ...withoutUndefined(extra) };
}

function withoutUndefined(config: pg.ClientConfig): pg.ClientConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** Cuts a connection without asking the server, which may be the one that doesn't answer. */
export function cutConnection(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

/** Whether the server says that no transaction is open here. A connection given back in one would leak it. */
export function isBetweenTransactions(client: pg.ClientBase): boolean {
  const status = (client as unknown as { getTransactionStatus(): string | null }).getTransactionStatus();
  return status === 'I' || status === null;
}
