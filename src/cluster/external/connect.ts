import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import pgpass from 'pgpass';
import { postgresVariables } from '../../machine/index.js';
import { BenchError, wordsOf } from '../../machine/pure.js';
import type { ConnectionConfig } from '../cluster.js';
import { type Address, addressOf, hostOf, nameOf, type SslMode } from './address.js';

/**
 * How to connect to an address: its password looked up, and its TLS settled as libpq would.
 * @param through the database that is connected to for that, where its own may not be there yet
 * @throws BenchError TLS_ROOT_MISSING, PASSWORD_MISSING, SERVER_UNREACHABLE, SERVER_REFUSES or DATABASE_MISSING
 */
export async function connectionTo(address: Address, through = address.database): Promise<ConnectionConfig> {
  const password = await passwordOf(address);
  let refusal: Error | null = null;
  for (const mode of modesToTry(address)) {
    const config = configOf(address, password, mode);
    refusal = await tryConnecting(toDatabase(config, through));
    if (refusal === null) return config;
    // Another mode helps where this one was not wanted: without TLS here, or by a line of pg_hba.conf.
    if (isAnswer(refusal) && refusal.code !== NOT_WANTED_SO) break;
  }
  if (password === '' && /password/i.test(refusal!.message)) throw passwordMissing(address, refusal!);
  throw inWords(address, refusal!);
}

/**
 * How to connect to the database that a URL names, and how sentences name it.
 * @throws BenchError as addressOf and connectionTo
 */
export async function connectionToUrl(
  url: string,
): Promise<{ server: string; connection: ConnectionConfig }> {
  const address = addressOf(url);
  return { server: nameOf(address), connection: await connectionTo(address) };
}

/** invalid_authorization_specification */
const NOT_WANTED_SO = '28000';

/** Whether a server has answered so: SQLSTATEs are of five characters, codes of the system's errors aren't, but for EPIPE. */
function isAnswer(error: Error): error is Error & { code: string } {
  const { code = '' } = error as { code?: string };
  return /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE';
}

/** The same server's connection to another of its databases. */
export function toDatabase(config: ConnectionConfig, database: string): ConnectionConfig {
  const url = new URL(config.connectionString!);
  url.pathname = `/${encodeURIComponent(database)}`;
  return { ...config, database, connectionString: url.href };
}

/** The same connection, on which nothing can be written unless somebody sets out to. */
export function readOnly(config: ConnectionConfig): ConnectionConfig {
  const url = new URL(config.connectionString!);
  url.searchParams.set('options', '-c default_transaction_read_only=on');
  return { ...config, connectionString: url.href };
}

/** libpq's order, but that a URL given by the router's variables may bring one of its own. */
async function passwordOf(address: Address): Promise<string> {
  const given = passwordInEnvironment(address) ?? postgresVariables().PGPASSWORD;
  if (given !== undefined) return given;
  // A socket's passwords stand there under this name.
  const { port, user, database } = address;
  const host = address.host.startsWith('/') ? 'localhost' : address.host;
  return new Promise((resolve) =>
    pgpass({ host, port, user, database }, (password) => resolve(password ?? '')),
  );
}

function passwordInEnvironment({ host, port, user }: Address): string | undefined {
  const entries = [process.env.PRIMARY_DB_HOST, process.env.REPLICA_DB_HOST].flatMap(
    (each) => each?.split(',') ?? [],
  );
  for (const entry of entries) {
    if (!entry.includes('://') || !URL.canParse(entry.trim())) continue;
    const url = new URL(entry.trim());
    const isIt = url.hostname === host && Number(url.port || 5432) === port;
    if (isIt && (url.username === '' || decodeURIComponent(url.username) === user) && url.password !== '') {
      return decodeURIComponent(url.password);
    }
  }
  return undefined;
}

/** What libpq tries, in its order. A certificate of the root in its usual place makes `require` verify. */
function modesToTry({ host, sslmode, sslrootcert }: Address): SslMode[] {
  if (host.startsWith('/')) return ['disable'];
  if (sslmode === 'prefer') return ['prefer', 'disable'];
  if (sslmode === 'allow') return ['disable', 'prefer'];
  if (sslmode === 'require' && (sslrootcert !== undefined || existsSync(USUAL_ROOT))) return ['verify-ca'];
  return [sslmode];
}

const USUAL_ROOT = join(homedir(), '.postgresql', 'root.crt');

/**
 * As a URL that `pg` reads with libpq's meaning of sslmode: it goes to other processes, and what checks a certificate could
 * not be sent there.
 */
function configOf(address: Address, password: string, mode: SslMode): ConnectionConfig {
  const { host, port, user, database, sslcert, sslkey } = address;
  const url = new URL('postgres://localhost');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  url.pathname = `/${encodeURIComponent(database)}`;
  url.searchParams.set('host', host);
  url.searchParams.set('port', String(port));
  url.searchParams.set('uselibpqcompat', 'true');
  url.searchParams.set('sslmode', mode);
  const root = rootFor(address, mode);
  for (const [name, file] of Object.entries({ sslrootcert: root, sslcert, sslkey })) {
    if (file !== undefined) url.searchParams.set(name, file);
  }
  return { host, port, user, password, database, connectionString: url.href };
}

/** `system`: those that Node.js trusts. */
function rootFor(address: Address, mode: SslMode): string | undefined {
  const { sslrootcert } = address;
  if (!mode.startsWith('verify-')) return undefined;
  if (sslrootcert === 'system' && mode === 'verify-full') return undefined;
  const file = sslrootcert ?? USUAL_ROOT;
  if (existsSync(file)) return file;
  throw new BenchError(
    'TLS_ROOT_MISSING',
    `sslmode=${mode} of ${hostOf(address)} needs the certificate of its authority, and there is no file ${file}: name it with sslrootcert${mode === 'verify-full' ? ', or trust the public ones with sslrootcert=system' : ''}.`,
  );
}

const PATIENCE_MS = 10_000;

/** @returns why it can't be connected to; null if it can */
async function tryConnecting(config: ConnectionConfig): Promise<Error | null> {
  const client = new Client({ ...config, connectionTimeoutMillis: PATIENCE_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => {});
  }
}

function passwordMissing(address: Address, cause: Error): BenchError {
  return new BenchError(
    'PASSWORD_MISSING',
    `${hostOf(address)} asks for the password of "${address.user}": give it in PGPASSWORD, in the file that PGPASSFILE names, or in ~/.pgpass (which only you may read, mode 0600).`,
    { cause },
  );
}

function inWords(address: Address, cause: Error): BenchError {
  const why = wordsOf(cause);
  if (!isAnswer(cause)) {
    return new BenchError('SERVER_UNREACHABLE', `${hostOf(address)} can't be connected to: ${why}.`, {
      cause,
    });
  }
  if (cause.code === DATABASE_MISSING) {
    return new BenchError(
      'DATABASE_MISSING',
      `There is no database ${nameOf(address)}: name another. ("bench prepare URL" makes one for the bench to measure in.)`,
      { cause },
    );
  }
  return new BenchError(
    'SERVER_REFUSES',
    `${hostOf(address)} doesn't let "${address.user}" connect: ${why}.`,
    {
      cause,
    },
  );
}

/** invalid_catalog_name */
const DATABASE_MISSING = '3D000';
