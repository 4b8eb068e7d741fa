import { isIPv6 } from 'node:net';
import { RouterError } from './errors.js';
import type { NodeConfig, RouterOptions } from './types.js';

/**
 * The servers of a router, from these variables:
 * - `PRIMARY_DB_HOST`: the server that takes writes. `host`, `host:port`, `[IPv6]:port`, the directory of a socket, or a URL
 *   (`postgres://…`)
 * - `REPLICA_DB_HOST`: its replicas in the same way, with commas between them (in a URL, `%2C` is a comma). Empty: none
 * - `DATABASE_NAME`: the database, where a URL doesn't name one
 * - `DB_POOL_SIZE`: connections per node
 *
 * What they leave open is `pg`'s to fill in, which reads `PGUSER`, `PGPASSWORD`, `PGPORT`, `PGDATABASE`, `PGSSLMODE` and
 * `~/.pgpass` of the process.
 * @throws RouterError `INVALID_ENVIRONMENT`: one sentence with the variable's name, and never with what may be a password
 */
export function optionsFromEnvironment(env: NodeJS.ProcessEnv = process.env): RouterOptions {
  const database = env.DATABASE_NAME || undefined;
  const primary = entriesOf(env, 'PRIMARY_DB_HOST');
  if (primary.length !== 1) {
    const what = primary.length === 0 ? 'is not set' : 'names several servers';
    throw invalid('PRIMARY_DB_HOST', `${what}: it must name the one that takes writes`);
  }
  return {
    primary: nodeAt('PRIMARY_DB_HOST', primary[0]!, database),
    replicas: entriesOf(env, 'REPLICA_DB_HOST').map((entry) => nodeAt('REPLICA_DB_HOST', entry, database)),
    poolSize: poolSize(env.DB_POOL_SIZE),
  };
}

function entriesOf(env: NodeJS.ProcessEnv, variable: string): string[] {
  const value = env[variable]?.trim() ?? '';
  if (value === '') return [];
  const entries = value.split(',').map((entry) => entry.trim());
  if (entries.includes('')) throw invalid(variable, 'has a comma without a host on each side');
  return entries;
}

const HOST = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[\w.-]+))(?::(?<port>\d+))?$/;

function nodeAt(variable: string, entry: string, database: string | undefined): NodeConfig {
  if (/^postgres(ql)?:\/\//i.test(entry)) return urlWithDatabase(variable, entry, database);
  if (entry.startsWith('/') || isIPv6(entry)) return { host: entry, database };
  const { v6, name, port } = HOST.exec(entry)?.groups ?? {};
  const host = v6 ?? name;
  if (host === undefined || (v6 !== undefined && !isIPv6(v6))) {
    throw invalid(variable, 'must be host, host:port, [IPv6]:port, a directory or a postgres:// URL');
  }
  if (port === undefined) return { host, database };
  if (Number(port) < 1 || Number(port) > 65_535) {
    throw invalid(variable, `has the port ${port}, which must be from 1 to 65535`);
  }
  return { host, port: Number(port), database };
}

function urlWithDatabase(variable: string, text: string, database: string | undefined): string {
  if (!URL.canParse(text)) {
    throw invalid(variable, 'is not a valid URL: special characters in it must be percent-encoded');
  }
  const url = new URL(text);
  if (database === undefined || url.pathname.length > 1) return text;
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

function poolSize(text = ''): number | undefined {
  if (text.trim() === '') return undefined;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1) {
    throw invalid('DB_POOL_SIZE', `is "${text}": it must be a whole number from 1`);
  }
  return size;
}

function invalid(variable: string, what: string): RouterError {
  return new RouterError('INVALID_ENVIRONMENT', `The environment variable ${variable} ${what}.`);
}
