import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionConfig } from '../../../src/cluster/cluster.js';
import type { Found } from '../../../src/cluster/external/examine.js';
import { refuseStrangers } from '../../../src/cluster/external/examine.js';
import { external } from '../../../src/cluster/external/external.js';
import { clearServer, prepareServer } from '../../../src/cluster/external/prepare-server.js';
import type { Dataset } from '../../../src/cluster/provider.js';
import type { PlannedNode, Reset } from '../../../src/record/plan.js';
import type { Side } from '../../../src/record/words.js';
import { withConnection } from '../../servers.js';
import { type ForeignServers, startForeign } from './support.js';

const { signal } = new AbortController();
const poolSize = 5;

let foreign: ForeignServers;
beforeAll(async () => {
  foreign = await startForeign();
});
afterAll(async () => {
  await foreign?.[Symbol.asyncDispose]();
});

const made: Dataset = {
  kind: 'made',
  label: 'numbers',
  key: { rows: 10 },
  database: 'numbers',
  load: (admin) =>
    withConnection(admin, async (client) => {
      await client.query('CREATE TABLE numbers AS SELECT generate_series(1, 10) AS n');
    }),
};
const present = (readOnly: boolean): Dataset => ({ kind: 'present', readOnly });

async function prepared(
  nodes: PlannedNode[],
  dataset: Dataset,
  { reset, allowWritesTo }: { reset?: Reset; allowWritesTo?: string } = {},
) {
  const topology = await external.describe({ nodes, poolSize, ...(reset && { reset }) });
  return external.prepare(dataset, { topology, signal, ...(allowWritesTo && { allowWritesTo }) });
}

async function rows(config: ConnectionConfig, sql: string) {
  return withConnection(config, async (client) => (await client.query(sql)).rows);
}

describe('what the bench refuses', () => {
  let before: string;
  beforeAll(async () => {
    before = await foreign.state();
  });
  afterAll(async () => {
    expect(await foreign.state()).toBe(before);
  });

  const { port } = { port: () => foreign.cluster.primary.admin.port };

  test('a workload with its own data in a database that the bench did not make', async () => {
    await expect(prepared(foreign.nodes('foreign'), made)).rejects.toThrow(
      `127.0.0.1:${port()}/foreign is not a database of the bench's`,
    );
    await expect(prepared(foreign.nodes('foreign'), made)).rejects.toThrow(
      `"bench prepare 'postgres://bench@127.0.0.1:${port()}/NAME?sslmode=prefer'" makes one`,
    );
    // Leave to write to a database is no leave to fill or drop it.
    const allowWritesTo = `127.0.0.1:${port()}/foreign`;
    await expect(prepared(foreign.nodes('foreign'), made, { allowWritesTo })).rejects.toThrow(
      'bench prepare',
    );
  });

  test('a trace that writes where it was not allowed to, by its exact name', async () => {
    for (const allowWritesTo of [undefined, `127.0.0.1:${port()}/other`, '127.0.0.1/foreign', 'foreign']) {
      const about = allowWritesTo === undefined ? {} : { allowWritesTo };
      await expect(prepared(foreign.nodes('foreign'), present(false), about)).rejects.toThrow(
        `--read-only, or allow its writes with --allow-writes-to 127.0.0.1:${port()}/foreign.`,
      );
    }
  });

  test('servers in each other’s place, and a split without a replica', async () => {
    const [primary, replica] = foreign.nodes('foreign');
    const swapped = [
      { ...primary!, server: replica!.server! },
      { ...replica!, server: primary!.server! },
    ];
    await expect(external.describe({ nodes: swapped, poolSize })).rejects.toThrow(
      'is given as the primary, but it is a standby, which takes no writes.',
    );
    await expect(
      external.describe({ nodes: [primary!, { ...replica!, server: primary!.server! }], poolSize }),
    ).rejects.toThrow('is given as the replica, but it is no standby');
    const elsewhere = { url: foreign.url('postgres', { node: 'replica' }) };
    await expect(
      external.describe({ nodes: [primary!, { ...replica!, server: elsewhere }], poolSize }),
    ).rejects.toThrow(
      `/postgres has to be named with the database of its primary, 127.0.0.1:${port()}/foreign.`,
    );
    const alone = await external.describe({ nodes: [primary!], poolSize });
    expect(external.nodesOf(alone, 'baseline')).toHaveLength(1);
    expect(() => external.nodesOf(alone, 'split')).toThrow('A split needs a replica');
    expect(() => external.nodesOf(alone, 'control')).toThrow('as big as they are');
  });

  test('a standby of another server', () => {
    const server = (port: number, facts: object) => ({ address: { host: 'db', port }, facts }) as Found;
    const primary = server(5432, { systemId: '1', timeline: 2 });
    refuseStrangers(primary, [server(5433, { systemId: '1', timeline: 2 })]);
    expect(() => refuseStrangers(primary, [server(5433, { systemId: '7', timeline: 2 })])).toThrow(
      'db:5433 is no replica of db: it comes from another cluster (system identifier 7, not 1).',
    );
    expect(() => refuseStrangers(primary, [server(5433, { systemId: '1', timeline: 1 })])).toThrow(
      'it is on timeline 1, and the primary on 2.',
    );
  });

  test('more connections than are left, settings, and a database or server that is not there', async () => {
    const nodes = foreign.nodes('foreign');
    await expect(external.describe({ nodes, poolSize: 500 })).rejects.toThrow('and a run needs 514: raise');
    const changedSettings = { work_mem: '8MB' };
    await expect(external.describe({ nodes, poolSize, changedSettings })).rejects.toThrow(
      'keep their settings',
    );
    await expect(external.describe({ nodes: foreign.nodes('nowhere'), poolSize })).rejects.toThrow(
      `There is no database 127.0.0.1:${port()}/nowhere: name another. ("bench prepare URL" makes one`,
    );
    const closed = { name: 'primary', role: 'primary', cpus: null } as const;
    const server = { url: 'postgres://bench@127.0.0.1:1/foreign' };
    await expect(external.describe({ nodes: [{ ...closed, server }], poolSize })).rejects.toThrow(
      "127.0.0.1:1 can't be connected to: ",
    );
    const stranger = { url: foreign.url('foreign').replace('bench@', 'stranger@') };
    await expect(external.describe({ nodes: [{ ...closed, server: stranger }], poolSize })).rejects.toThrow(
      'asks for the password of "stranger": give it in PGPASSWORD',
    );
  });

  test('to prepare what is there already, what it has no right to, or a standby', async () => {
    await expect(prepareServer(foreign.url('foreign'))).rejects.toThrow('is not the bench');
    await expect(clearServer(foreign.url('foreign'))).rejects.toThrow('is not the bench');
    await expect(prepareServer(foreign.url('own', { role: 'guest' }))).rejects.toThrow(
      'permission denied to create database. "guest" needs CREATEDB',
    );
    await expect(prepareServer(foreign.url('own', { node: 'replica' }))).rejects.toThrow('is a standby');
  });
});

describe('a database of the bench’s own', () => {
  test('begins each run with the same data on all servers, and leaves everything else as it was', async () => {
    const [before, counted] = [await foreign.state(), await statementCounts()];
    await prepareServer(foreign.url('own'));
    expect(await prepareServer(foreign.url('own'))).toMatchObject({ made: false });
    const data = await prepared(foreign.nodes('own'), made);
    expect(data).toMatchObject({ database: 'own', warnings: [expect.stringContaining('Measured without')] });
    for (const side of ['baseline', 'split', 'split'] as const satisfies Side[]) {
      await using cluster = await data.start({ side, runId: 'test', signal });
      expect(cluster.replicas).toHaveLength(side === 'split' ? 1 : 0);
      expect(cluster.capabilities).toMatchObject({ writes: true, resettable: false, superuser: false });
      for (const { app } of [cluster.primary, ...cluster.replicas]) {
        expect(await rows(app, 'SELECT count(*)::int FROM numbers')).toEqual([{ count: 10 }]);
      }
      await rows(cluster.primary.app, 'INSERT INTO numbers VALUES (11)');
    }
    expect(await clearServer(foreign.url('own'))).toEqual(['own', 'own_template']);
    expect(await foreign.state()).toBe(before);
    const after = await statementCounts();
    for (const [statement, calls] of counted) expect(after.get(statement)).toBeGreaterThanOrEqual(calls);
  });

  test('begins with the content of a template of the user’s', async () => {
    await rows({ ...foreign.cluster.primary.admin, database: 'postgres' }, 'ALTER ROLE bench SUPERUSER');
    await prepareServer(foreign.url('copy'), { template: 'foreign' });
    await rows({ ...foreign.cluster.primary.admin, database: 'postgres' }, 'ALTER ROLE bench NOSUPERUSER');
    await expect(prepared(foreign.nodes('copy'), present(false))).resolves.toMatchObject({ roles: null });
    await clearServer(foreign.url('copy'));
  });
});

describe('a database of the user’s', () => {
  test('can only be read where nobody allowed more, and is not put back', async () => {
    const data = await prepared(foreign.nodes('foreign'), present(true));
    await using cluster = await data.start({ side: 'split', runId: 'test', signal });
    expect(cluster.capabilities).toMatchObject({
      writes: false,
      schemas: false,
      statements: true,
      cpu: true,
    });
    const { app } = cluster.primary;
    expect(await rows(app, 'SELECT count(*)::int FROM items')).toEqual([{ count: 100 }]);
    await expect(rows(app, 'INSERT INTO items VALUES (0)')).rejects.toThrow('read-only transaction');
    expect((await cluster.primary.usage())!.cpuSeconds).toBeGreaterThan(0);
  });

  test('is not waited for on a replica whose replay somebody has paused', async () => {
    const data = await prepared(foreign.nodes('foreign'), present(true));
    const { primary, replicas } = foreign.cluster;
    await rows(replicas[0]!.admin, 'SELECT pg_wal_replay_pause()');
    try {
      await rows(primary.admin, 'CREATE TABLE unseen ()');
      await expect(data.start({ side: 'split', runId: 'test', signal })).rejects.toThrow(
        'pg_wal_replay_resume()',
      );
    } finally {
      await rows(replicas[0]!.admin, 'SELECT pg_wal_replay_resume()');
      await rows(primary.admin, 'DROP TABLE unseen');
    }
  });

  test('is put back by the user’s command before each run, and a command that fails is said', async () => {
    const file = join(tmpdir(), `splitbench-reset-${process.pid}`);
    const name = `127.0.0.1:${foreign.cluster.primary.admin.port}/foreign`;
    const how = { allowWritesTo: name, reset: { command: `echo x >> ${file}` } };
    const data = await prepared(foreign.nodes('foreign'), present(false), how);
    expect(existsSync(file)).toBe(false);
    await using cluster = await data.start({ side: 'split', runId: 'test', signal });
    // Leave to write is none to make schemas.
    expect(cluster.capabilities).toMatchObject({ writes: true, schemas: false });
    expect(existsSync(file)).toBe(true);
    rmSync(file);
    const failing = await prepared(foreign.nodes('foreign'), present(false), {
      ...how,
      reset: { command: 'echo no backup >&2; exit 3' },
    });
    await expect(failing.start({ side: 'split', runId: 'test', signal })).rejects.toThrow(
      'The command that puts the data back ended with 3: no backup.',
    );
  });

  test('is watched with few rights too, and it is said what is not known then', async () => {
    const data = await prepared(foreign.nodes('foreign', { role: 'guest' }), present(true));
    expect(data.warnings).toEqual([expect.stringContaining('"guest" is no member of pg_read_all_stats')]);
  });
});

/** Calls of each statement in databases that aren't the bench's. */
async function statementCounts(): Promise<Map<string, number>> {
  const counted = await rows(
    { ...foreign.cluster.primary.admin, database: 'foreign' },
    `SELECT queryid || ' ' || userid || ' ' || toplevel AS statement, calls::int FROM pg_stat_statements
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return new Map(counted.map(({ statement, calls }) => [statement, calls]));
}
