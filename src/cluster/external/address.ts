import { userInfo } from 'node:os';
import { postgresVariables } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { NodeConfig } from '../../router/index.js';

/** As libpq has them. @see https://www.postgresql.org/docs/current/libpq-ssl.html */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Files that TLS may need, by libpq's names. */
const SSL_FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;

/** Where a server is and who connects to it: all but the password. */
export interface Address extends Partial<Record<(typeof SSL_FILES)[number], string>> {
  /** A name, an IP address, or the directory of a socket. */
  host: string;
  port: number;
  user: string;
  database: string;
  sslmode: SslMode;
}

/**
 * Reads a server's URL. What it leaves open, libpq's variables say, and its defaults.
 * @throws BenchError SERVER_URL, or PASSWORD_IN_URL: command lines, configs and records are read by others
 */
export function addressOf(text: string): Address {
  const url = /^postgres(ql)?:\/\//i.test(text) ? parse(text) : null;
  if (!url) throw wrong('a server is named by a URL such as postgres://user@host:5432/database');
  const parameters = Object.fromEntries(url.searchParams);
  if (url.password !== '' || parameters.password !== undefined) {
    throw new BenchError(
      'PASSWORD_IN_URL',
      `The URL of ${decodeURIComponent(url.hostname)} has a password in it, which others could read: leave it out, and give it in PGPASSWORD, in the file that PGPASSFILE names, or in ~/.pgpass.`,
    );
  }
  const { host, port, user, dbname, sslmode, sslrootcert, sslcert, sslkey, ...unknown } = parameters;
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw wrong(`the bench doesn't know its parameter ${other}: leave it out`);
  return complete({
    ...{ sslmode, sslrootcert, sslcert, sslkey },
    host: host ?? decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: port ?? (url.port === '' ? undefined : url.port),
    user: user ?? decodeURIComponent(url.username),
    database: dbname ?? decodeURIComponent(url.pathname.slice(1)),
  });
}

/** The same of a server that the router's variables name, whose URL may have a password, which is left out. */
export function addressFrom(config: NodeConfig): Address {
  if (typeof config !== 'string') return complete({ ...config, user: '', database: config.database ?? '' });
  const url = parse(config);
  if (!url)
    throw wrong(
      'PRIMARY_DB_HOST and REPLICA_DB_HOST take hosts, or URLs such as postgres://user@host/database',
    );
  url.password = '';
  return addressOf(url.href);
}

/** The URL of an address, as records have it: it says all, and the same of the same. */
export function urlOf({ host, port, user, database, sslmode, ...files }: Address): string {
  const parameters = new URLSearchParams({ sslmode });
  for (const name of SSL_FILES) if (files[name] !== undefined) parameters.set(name, files[name]);
  const isSocket = host.startsWith('/');
  if (isSocket) parameters.set('host', host);
  const at = isSocket ? '' : bracketed(host);
  const path = `${encodeURIComponent(user)}@${at}:${port}/${encodeURIComponent(database)}`;
  return `postgres://${isSocket ? path.replace(/@:/, '@localhost:') : path}?${parameters}`;
}

/** How sentences, and --allow-writes-to, name a database: `host/database`, with the port unless it is PostgreSQL's. */
export function nameOf({ host, port, database }: Address): string {
  return `${hostOf({ host, port })}/${database}`;
}

export function hostOf({ host, port }: Pick<Address, 'host' | 'port'>): string {
  const named = bracketed(host);
  return port === DEFAULT_PORT ? named : `${named}:${port}`;
}

/** The colons of an IPv6 address are none before a port. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

const DEFAULT_PORT = 5432;

type Given = { [Key in keyof Address]?: string | number | undefined };

function complete(given: Given): Address {
  const set = postgresVariables();
  const user = String(given.user || set.PGUSER || userInfo().username);
  const sslmode = given.sslmode ?? set.PGSSLMODE ?? 'prefer';
  if (!isSslMode(sslmode)) {
    const named = given.sslmode === undefined ? 'PGSSLMODE' : 'its sslmode';
    throw wrong(`${named} is "${sslmode}", which must be one of ${SSL_MODES.join(', ')}`);
  }
  const port = Number(given.port ?? set.PGPORT ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    const named = given.port === undefined ? 'PGPORT' : 'its port';
    throw wrong(`${named} is "${given.port ?? set.PGPORT}", which must be a number from 1 to 65535`);
  }
  const file = (name: (typeof SSL_FILES)[number]) => {
    const path = given[name] ?? set[`PG${name.toUpperCase()}`];
    return path === undefined ? {} : { [name]: String(path) };
  };
  return {
    host: String(given.host || set.PGHOST || 'localhost'),
    port,
    user,
    database: String(given.database || set.PGDATABASE || user),
    sslmode,
    ...Object.assign({}, ...SSL_FILES.map(file)),
  };
}

function isSslMode(mode: unknown): mode is SslMode {
  return SSL_MODES.some((each) => each === mode);
}

/** Null where it is none. One without a host (`postgres:///db?host=/run/postgresql`) is read as of this machine. */
function parse(text: string): URL | null {
  const withHost = text
    .replace(/^(\w+:\/\/[^/?#]*@)(?=[:/?]|$)/, '$1localhost')
    .replace(/^(\w+:\/\/)(?=[/?]|$)/, '$1localhost');
  return URL.canParse(withHost) ? new URL(withHost) : null;
}

/** The text itself may hold a password: it isn't shown. */
function wrong(what: string): BenchError {
  return new BenchError('SERVER_URL', `A server can't be used: ${what}.`);
}
