import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, ConnectionConfig } from '../../../src/cluster/cluster.js';
import type { PlannedNode } from '../../../src/record/plan.js';
import { startWithSchema, withConnection } from '../../servers.js';

/** Servers of somebody else's: a database with data in it, a role for the bench, and one that may do little. */
export interface ForeignServers extends AsyncDisposable {
  cluster: Cluster;
  /** The URL of a database, as a role, on either server. */
  url(database: string, of?: { role?: 'bench' | 'guest'; node?: 'primary' | 'replica' }): string;
  /** Nodes of a plan for both servers. */
  nodes(database: string, of?: { role?: 'bench' | 'guest'; replica?: boolean }): PlannedNode[];
  /** What must not change where the bench has no leave, in text. */
  state(): Promise<string>;
}

const SCHEMA = `
  CREATE TABLE items AS SELECT id, md5(id::text) AS name FROM generate_series(1, 100) AS id;
  CREATE ROLE bench LOGIN CREATEDB PASSWORD 'bench';
  CREATE ROLE guest LOGIN PASSWORD 'guest';
  GRANT pg_monitor TO bench;
  GRANT SELECT, INSERT ON items TO bench, guest`;

export async function startForeign(settings?: Record<string, string>): Promise<ForeignServers> {
  const cluster = await startWithSchema('foreign', SCHEMA, settings);
  const [replica] = cluster.replicas;
  const folder = mkdtempSync(join(tmpdir(), 'splitbench-foreign-'));
  const passwords = join(folder, 'pgpass');
  writeFileSync(passwords, '*:*:*:bench:bench\n*:*:*:guest:guest\n');
  chmodSync(passwords, 0o600);
  process.env.PGPASSFILE = passwords;
  const url: ForeignServers['url'] = (database, { role = 'bench', node = 'primary' } = {}) => {
    const { host, port } = (node === 'primary' ? cluster.primary : replica!).admin;
    return `postgres://${role}@${host}:${port}/${database}`;
  };
  return {
    cluster,
    url,
    nodes: (database, { role, replica = true } = {}) =>
      (['primary', 'replica'] as const).slice(0, replica ? 2 : 1).map((node) => ({
        ...{ name: node, role: node, cpus: null },
        server: { url: url(database, { role, node }) },
      })),
    state: () => stateOf(cluster.primary.admin),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** Settings, roles, databases, and what is in the one that isn't the bench's. */
async function stateOf(admin: ConnectionConfig): Promise<string> {
  const server = await withConnection({ ...admin, database: 'postgres' }, async (client) => [
    (
      await client.query(
        `SELECT name, setting, source FROM pg_settings WHERE source NOT IN ('client', 'session')`,
      )
    ).rows,
    (await client.query('SELECT * FROM pg_authid ORDER BY oid')).rows,
    (await client.query('SELECT * FROM pg_db_role_setting ORDER BY 1, 2')).rows,
    (
      await client.query(`
        SELECT datname, datdba, datacl, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY oid`)
    ).rows,
  ]);
  const data = await withConnection({ ...admin, database: 'foreign' }, async (client) => [
    (await client.query('SELECT * FROM items ORDER BY id')).rows,
    (await client.query('SELECT oid, nspname FROM pg_namespace ORDER BY oid')).rows,
    (await client.query('SELECT oid, relname, relfilenode FROM pg_class ORDER BY oid')).rows,
  ]);
  return JSON.stringify([server, data], null, 1);
}
