import pg from 'pg';
import type { NodeConfig } from '../types.js';

/** `pg`'s connection, which it keeps to itself. */
interface Wire {
  stream: { destroy(): void };
  on(
    event: 'parameterStatus',
    listener: (message: Record<'parameterName' | 'parameterValue', string>) => void,
  ): void;
}

/**
 * A connection that knows whether its server is a standby. The server says so at the start (`in_hot_standby`,
 * PostgreSQL 14) and again with the answer to the next statement once it was promoted.
 */
export class RoutedClient extends pg.Client {
  standby: boolean | undefined;
  /** 180004 for 18.4; 0 if it is not known. */
  serverVersion = 0;
  /** Whether its commits are answered before they are flushed, as it was when it was opened. */
  commitsUnflushed = false;
  /** Told when the server turns out to have another role than before. */
  onRoleChange: (() => void) | undefined;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const { connection } = this as unknown as { connection: Wire };
    connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'server_version') this.serverVersion = versionNumber(parameterValue);
      if (parameterName !== 'in_hot_standby') return;
      const before = this.standby;
      this.standby = parameterValue === 'on';
      if (before !== undefined && before !== this.standby) this.onRoleChange?.();
    });
  }
}

/** `18.4` and `19beta1` as PostgreSQL's server_version_num has them. */
function versionNumber(text: string): number {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return Number(major ?? 0) * 10_000 + Number(minor ?? 0);
}

/** What `pg` takes, whichever way the node was given; a name said for the router wins. */
export function clientConfig(node: NodeConfig, applicationName: string | undefined): pg.ClientConfig {
  const given = typeof node === 'string' ? { connectionString: node } : node;
  return applicationName === undefined ? given : { ...given, application_name: applicationName };
}

/** Cuts a connection without asking the server, which may be the one that doesn't answer. */
export function cutConnection(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: Wire };
  connection.stream.destroy();
}

/** Whether the server says that no transaction is open here. A connection given back in one would leak it. */
export function isBetweenTransactions(client: pg.ClientBase): boolean {
  return (client.getTransactionStatus() ?? 'I') === 'I';
}
