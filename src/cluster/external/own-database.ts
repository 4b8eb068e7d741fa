import { createHash } from 'node:crypto';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { BenchError, wordsOf } from '../../machine/pure.js';
import { withClient } from '../client.js';
import type { ConnectionConfig } from '../cluster.js';
import type { MadeDataset } from '../provider.js';
import { type Address, nameOf } from './address.js';
import { toDatabase } from './connect.js';

/**
 * A database of the bench's own on a server that others run: it may be written to, dropped and made anew. What says so is the
 * comment on it, which `bench prepare` sets, and which no dump of its content and no copy made from it as a template carries on.
 */
interface OwnMark {
  splitbench: 'own';
  /** What it is made from anew; null: the bench's own template with the workload's data. */
  template: string | null;
}

/** A database that the bench has filled once, to copy from; `data` names what is in it, null while it is being loaded. */
interface TemplateMark {
  splitbench: 'template';
  data: string | null;
}

type Mark = OwnMark | TemplateMark;

/** Every server has it, for connections that are about others. */
export const MAINTENANCE_DATABASE = 'postgres';

/** What PostgreSQL keeps of a name, in bytes. */
const NAME_BYTES = 63;
const SUFFIX = '_template';

/** The mark of the database that a connection leads to; null if there is none. */
export async function ownMarkOf(connection: ConnectionConfig): Promise<OwnMark | null> {
  return withClient(connection, (client) => ownMark(client, connection.database));
}

/**
 * Makes the database that an address names, which isn't there yet, and marks it as the bench's.
 * @param template its first content; by default it is empty
 * @returns false if it is the bench's already
 * @throws BenchError NOT_OURS, PREPARE_REFUSED
 */
export async function makeOwn(
  address: Address,
  connection: ConnectionConfig,
  { template = null }: { template?: string | null } = {},
): Promise<boolean> {
  const { database } = connection;
  if (Buffer.byteLength(database + SUFFIX) > NAME_BYTES) {
    throw new BenchError(
      'PREPARE_REFUSED',
      `The name "${database}" is too long: "${SUFFIX}" has to fit behind it.`,
    );
  }
  return onMaintenance(address, connection, async (client) => {
    const isThere = await exists(client, database);
    if (isThere && (await ownMark(client, database)) === null) throw notOurs(nameOf(address));
    if (isThere) return false;
    await create(client, database, { template, mark: { splitbench: 'own', template } });
    return true;
  });
}

/**
 * Drops the bench's database and its template.
 * @returns the names of what was dropped
 * @throws BenchError NOT_OURS if there is such a database without the bench's mark
 */
export async function removeOwn(address: Address, connection: ConnectionConfig): Promise<string[]> {
  const { database } = connection;
  return onMaintenance(address, connection, async (client) => {
    const dropped: string[] = [];
    for (const name of [database, database + SUFFIX]) {
      if (!(await exists(client, name))) continue;
      if ((await markOf(client, name)) === null) {
        if (name === database) throw notOurs(nameOf(address));
        continue;
      }
      await client.query(`DROP DATABASE ${escapeIdentifier(name)}`);
      dropped.push(name);
    }
    return dropped;
  });
}

/**
 * Sees to it that the template beside the bench's database holds a data set.
 * @returns what the bench could not make there, in sentences
 */
export async function ensureTemplateOf(
  address: Address,
  connection: ConnectionConfig,
  { label, key, load }: MadeDataset,
  onProgress: (words: string) => void = () => {},
): Promise<string> {
  const template = connection.database + SUFFIX;
  const hash = createHash('sha256')
    .update(JSON.stringify(Object.entries(key).sort()))
    .digest('hex');
  const data = `${label}-${hash.slice(0, 16)}`;
  await onMaintenance(address, connection, async (client) => {
    const mark = await markOf(client, template);
    if (mark?.splitbench === 'template' && mark.data === data) return;
    if (mark?.splitbench === 'template') await client.query(`DROP DATABASE ${escapeIdentifier(template)}`);
    else if (await exists(client, template)) throw notOurs(template);
    onProgress(`loading the data into ${template}`);
    await create(client, template, { template: null, mark: { splitbench: 'template', data: null } });
    const filling = toDatabase(connection, template);
    await load(filling);
    await countStatements(filling);
    await setMark(client, template, { splitbench: 'template', data });
  });
  return template;
}

/**
 * Drops the bench's database and makes it anew from a template, settings included.
 * @throws BenchError NOT_OURS where it has lost its mark, PREPARE_REFUSED
 */
export async function makeAnew(
  address: Address,
  connection: ConnectionConfig,
  template: string,
): Promise<void> {
  const { database } = connection;
  await onMaintenance(address, connection, async (client) => {
    const mark = await ownMark(client, database);
    if (mark === null) throw notOurs(nameOf(address));
    await client.query(`DROP DATABASE ${escapeIdentifier(database)} WITH (FORCE)`);
    await create(client, database, { template, mark });
  });
}

/** Where the role may make the extension, in a database of the bench's own; elsewhere a run goes without these counts. */
async function countStatements(connection: ConnectionConfig): Promise<void> {
  await withClient(connection, (client) =>
    client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements'),
  ).catch(() => {});
}

async function create(
  client: Client,
  database: string,
  { template, mark }: { template: string | null; mark: Mark },
): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${escapeIdentifier(template ?? 'template1')}`);
  try {
    await setMark(client, database, mark);
    if (template !== null) await copySettings(client, template, database);
  } catch (error) {
    await client.query(`DROP DATABASE ${name}`);
    throw error;
  }
}

/** What ALTER DATABASE has set is not copied with a template. */
async function copySettings(client: Client, from: string, to: string): Promise<void> {
  const { rows } = await client.query<{ setting: string }>(
    `SELECT unnest(setconfig) AS setting FROM pg_catalog.pg_db_role_setting
     WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = $1)`,
    [from],
  );
  for (const { setting } of rows) {
    const at = setting.indexOf('=');
    const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
    await client.query(`ALTER DATABASE ${escapeIdentifier(to)} SET ${name} = ${escapeLiteral(value)}`);
  }
}

async function exists(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1', [
    database,
  ]);
  return rowCount === 1;
}

async function ownMark(client: Client, database: string): Promise<OwnMark | null> {
  const mark = await markOf(client, database);
  return mark?.splitbench === 'own' ? mark : null;
}

async function markOf(client: Client, database: string): Promise<Mark | null> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT pg_catalog.shobj_description(oid, 'pg_database') AS comment FROM pg_catalog.pg_database WHERE datname = $1`,
    [database],
  );
  try {
    const mark = JSON.parse(rows[0]?.comment ?? 'null') as Mark | null;
    return mark?.splitbench === 'own' || mark?.splitbench === 'template' ? mark : null;
  } catch {
    return null;
  }
}

async function setMark(client: Client, database: string, mark: Mark): Promise<void> {
  await client.query(
    `COMMENT ON DATABASE ${escapeIdentifier(database)} IS ${escapeLiteral(JSON.stringify(mark))}`,
  );
}

/** @throws BenchError PREPARE_REFUSED with what the server says */
async function onMaintenance<T>(
  address: Address,
  connection: ConnectionConfig,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    // A big database takes minutes to copy.
    return await withClient(toDatabase(connection, MAINTENANCE_DATABASE), use, { queryTimeoutMs: 0 });
  } catch (cause) {
    if (cause instanceof BenchError) throw cause;
    throw new BenchError(
      'PREPARE_REFUSED',
      `The bench's database ${nameOf(address)} can't be made or dropped: ${wordsOf(cause)}. "${address.user}" needs CREATEDB, and to own that database and what it is made from.`,
      { cause },
    );
  }
}

function notOurs(name: string): BenchError {
  return new BenchError(
    'NOT_OURS',
    `The database ${name} is not the bench's: nothing in it is touched. Name one that isn't there yet, and "bench prepare" makes it.`,
  );
}
