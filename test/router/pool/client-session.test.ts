import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { createPool, createRouter, type Router, type RouterOptions } from '../../../src/router/index.js';
import { startServers, withConnection } from '../servers.js';
import { Cursor } from './cursor.js';
import { withClient } from './with-client.js';

let cluster: Cluster;
let router: Router;

beforeAll(async () => {
  cluster = await startServers();
});

afterEach(async () => {
  // Whatever a test did: nothing is held.
  const busy = () => router.stats().pools.map(({ busy, waiting }) => busy + waiting);
  await expect.poll(busy).toEqual([0, 0]);
  await router.end();
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** A pool of a router that sends all reads to the replica. */
async function open(options: Partial<RouterOptions> = {}): Promise<pg.Pool> {
  router = await createRouter({
    primary: cluster.primary.admin,
    replicas: [cluster.replicas[0]!.admin],
    policy: 'everything-to-replica',
    poolSize: 3,
    acquireTimeoutMs: 1000,
    ...options,
  });
  return createPool(router, { keepRouter: true });
}

/** The first column of the first row. */
async function ask(
  queryable: Pick<pg.PoolClient, 'query'>,
  text: string,
  values?: unknown[],
): Promise<unknown> {
  const { rows } = await queryable.query({ text, values, rowMode: 'array' });
  return rows[0]?.[0];
}

const onStandby = (queryable: Pick<pg.PoolClient, 'query'>) => ask(queryable, 'select pg_is_in_recovery()');
const backend = (queryable: Pick<pg.PoolClient, 'query'>) =>
  ask(queryable, 'select pg_backend_pid(), txid_current()');
const busy = () => router.stats().pools.map((pool) => pool.busy);

async function readAll(client: pg.PoolClient, text: string): Promise<unknown[]> {
  return client.query(new Cursor(text)).read(10);
}

const INSERT = 'insert into audit (note) values ($1)';

describe('one connection to the primary', () => {
  test('a client gets the numbers that it drew, whoever draws beside it', async () => {
    const pool = await open({ poolSize: 6 });
    const visitor = (name: string) =>
      withClient(pool, async (client) => {
        for (let i = 0; i < 20; i++) {
          await client.query(INSERT, [`${name} ${i}`]);
          await sleep((i * 7) % 5);
          const id = await ask(client, 'select lastval()');
          expect(await ask(client, 'select note from audit where id = $1 for share', [id])).toBe(
            `${name} ${i}`,
          );
          expect(await ask(client, "select currval('audit_id_seq')")).toBe(id);
        }
      });
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(visitor));
  });

  test('it is taken with the first statement that needs the primary, and reads may go on elsewhere', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      expect(await onStandby(client)).toBe(true);
      expect(busy()).toEqual([0, 0]);
      await client.query(INSERT, ['first']);
      expect(busy()).toEqual([1, 0]);
      const first = await backend(client);
      expect(await onStandby(client)).toBe(true);
      await client.query('begin');
      expect(await backend(client)).toBe(first);
      await client.query('commit');
      expect(await readAll(client, "select nextval('tickets') > 0 as drawn")).toEqual([{ drawn: 't' }]);
      expect(await backend(client)).toBe(first);
    });
    expect(router.stats().requests.map(({ reason, category }) => [reason, category])).toEqual(
      expect.arrayContaining([
        ['write', 'write'],
        ['unsafe', 'write'],
        ['transaction', 'write'],
        ['policy-replica', 'read'],
      ]),
    );
  });

  test('whatever of a client runs on the primary needs no second one', async () => {
    const pool = await open({ poolSize: 1, policy: 'primary-only', acquireTimeoutMs: 2000 });
    await withClient(pool, async (client) => {
      await client.query(INSERT, ['one']);
      expect(await onStandby(client)).toBe(false);
      await client.query('begin read only');
      expect(await onStandby(client)).toBe(false);
      await client.query('commit');
      expect(await readAll(client, 'select 1 as n')).toEqual([{ n: '1' }]);
      await client.query('create table made (id int)');
      await client.query('drop table made');
    });
  });

  test('a statement that a replica refuses runs there, too', async () => {
    const pool = await open();
    // Made past the router, so that its catalog still has the one that only reads.
    await withConnection(cluster.primary.admin, async (admin) => {
      await admin.query('create or replace view changing as select 1::bigint as n');
      await expect.poll(() => withClient(pool, (client) => ask(client, 'select n from changing'))).toBe('1');
    });
    await withConnection(cluster.primary.admin, async (admin) => {
      await router.classify('select n from changing');
      await admin.query("create or replace view changing as select nextval('tickets') as n");
    });
    const definition = () =>
      withConnection(cluster.replicas[0]!.admin, (replica) =>
        ask(replica, "select pg_get_viewdef('changing')"),
      );
    await expect.poll(definition).toContain('nextval');
    await withClient(pool, async (client) => {
      const first = await backend(client);
      await client.query('select n from changing');
      expect(busy()).toEqual([1, 0]);
      expect(await backend(client)).toBe(first);
    });
    await pool.query('drop view changing');
  });

  test('a client without a session reads its own writes', async () => {
    const pool = await open({ policy: 'lsn' });
    await withConnection(cluster.replicas[0]!.admin, async (replica) => {
      await replica.query('select pg_wal_replay_pause()');
      try {
        const read = (client: pg.PoolClient) =>
          ask(client, "select count(*)::int from audit where note = 'own'");
        await withClient(pool, async (client) => {
          expect(await read(client)).toBe(0);
          await client.query(INSERT, ['own']);
          expect(await read(client)).toBe(1);
        });
        expect(await withClient(pool, read)).toBe(0);
      } finally {
        await replica.query('select pg_wal_replay_resume()');
      }
    });
  });

  const terminate = (pid: unknown) =>
    withConnection(cluster.primary.admin, (admin) =>
      admin.query('select pg_terminate_backend($1, 5000)', [pid]),
    );

  test('one that breaks is replaced if nothing was left in it', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      const broken = new Promise((resolve) => client.on('error', resolve));
      const first = await backend(client);
      await terminate(first);
      await broken;
      await expect.poll(busy).toEqual([1, 0]);
      expect(await backend(client)).not.toBe(first);
    });
  });

  test('after one that breaks with what its client left, all fails until the release', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      const broken = new Promise((resolve) => client.on('error', resolve));
      await client.query("set statement_timeout = '1min'");
      await terminate(await backend(client));
      await broken;
      for (const text of ['select 1', 'begin', INSERT.replace('$1', "'x'")]) {
        await expect(client.query(text)).rejects.toMatchObject({ code: 'SESSION_LOST' });
      }
    });
    expect(await onStandby(pool)).toBe(true);
  });
});

describe('numbers of a session', () => {
  test('are asked for in vain without one', async () => {
    const pool = await open();
    await pool.query(INSERT, ['drawn']);
    for (const text of [
      'select lastval()',
      "select currval('audit_id_seq')",
      'select lastval() + 1 from items',
    ]) {
      await expect(router.query(text)).rejects.toMatchObject({
        code: 'SESSION_STATE_NEEDED',
        message: expect.stringContaining('RETURNING'),
      });
      await expect(pool.query(text)).rejects.toMatchObject({ code: 'SESSION_STATE_NEEDED' });
    }
    const drawn = await router.transaction({}, async (client) => {
      const { rows } = await client.query('insert into audit (note) values (null) returning id');
      return [rows[0].id, Number((await client.query('select lastval() as id')).rows[0].id)];
    });
    expect(drawn[0]).toBe(drawn[1]);
  });

  test('are never those of who had the connection before', async () => {
    const pool = await open({ poolSize: 1 });
    await withClient(pool, (client) => client.query("select nextval('tickets')"));
    await withClient(pool, async (client) => {
      await expect(client.query('select lastval()')).rejects.toMatchObject({ code: '55000' });
      await client.query(INSERT, ['mine']);
      const id = await ask(client, 'select lastval()');
      expect(await ask(client, 'select note from audit where id = $1 for share', [id])).toBe('mine');
    });
  });
});

describe('what keeps reads on the primary', () => {
  const KEEP: Record<string, { leave: string; clear: string }> = {
    settings: { leave: "set statement_timeout = '1min'", clear: 'reset statement_timeout' },
    'all settings': { leave: "set statement_timeout = '1min'", clear: 'reset all' },
    role: { leave: 'set role pg_read_all_data', clear: 'reset role' },
    'temporary objects': { leave: 'create temp table mine (id int)', clear: 'discard temp' },
    'advisory locks': { leave: 'select pg_advisory_lock(17)', clear: 'select pg_advisory_unlock_all()' },
    everything: { leave: "set statement_timeout = '1min'", clear: 'discard all' },
    "asyncpg's reset": {
      leave: "set statement_timeout = '1min'",
      clear: 'SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;',
    },
    'a text with the end of a transaction': {
      leave: "set statement_timeout = '1min'",
      clear: 'rollback; reset all',
    },
  };

  test.each(Object.entries(KEEP))('%s, until it is cleared', async (_, { leave, clear }) => {
    const pool = await open();
    await withClient(pool, async (client) => {
      expect(await onStandby(client)).toBe(true);
      await client.query(leave);
      expect(await onStandby(client)).toBe(false);
      await client.query(clear);
      expect(await onStandby(client)).toBe(true);
    });
  });

  test.each([
    INSERT.replace('$1', "'x'"),
    'prepare one as select 1',
    'listen news',
    'set local work_mem = 100',
    'begin; declare c cursor for select 1; commit',
  ])('not: %s', async (text) => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query(text);
      expect(await onStandby(client)).toBe(true);
    });
  });

  test('what clears takes no connection of a client that left nothing', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      for (const text of [
        'discard all',
        'reset all',
        'deallocate all',
        'unlisten *',
        'rollback; deallocate all',
      ]) {
        await client.query(text);
        expect(busy()).toEqual([0, 0]);
      }
    });
  });

  test('a text that ends the transaction and clears ends the transaction', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin');
      await client.query(INSERT, ['undone']);
      await client.query('rollback; deallocate all');
      expect(client.getTransactionStatus()).toBe('I');
      expect(await onStandby(client)).toBe(true);
      expect(await ask(client, "select count(*)::int, txid_current() from audit where note = 'undone'")).toBe(
        0,
      );
    });
  });

  test('a clear that is rolled back clears nothing', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query("set statement_timeout = '1min'");
      await client.query('begin');
      await client.query('reset statement_timeout');
      await client.query('rollback');
      expect(await ask(client, 'show statement_timeout')).toBe('1min');
    });
  });

  test('the statistics tell what and how much', async () => {
    const pool = await open();
    for (let i = 0; i < 2; i++) {
      await withClient(pool, async (client) => {
        await client.query("set statement_timeout = '1min'");
        await client.query('select pg_advisory_lock(18)');
        await client.query('select 1');
        await client.query('select pg_advisory_unlock_all()');
        await client.query('select 1');
      });
    }
    const { pinning, requests } = router.stats();
    expect(pinning).toMatchObject({
      settings: { clients: 2, reads: 4 },
      'advisory-locks': { clients: 2, reads: 2 },
      'temporary-objects': { clients: 0, reads: 0 },
    });
    expect(requests.find(({ reason }) => reason === 'session-state')).toMatchObject({
      category: 'read',
      ok: 4,
    });
  });
});

describe('a READ ONLY transaction on a replica', () => {
  test('is left at its end, with its cursors and local settings', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      await client.query('set local work_mem = 100');
      await client.query('declare c cursor for select id from items order by id');
      expect(await ask(client, 'fetch c')).toBe(1);
      expect(await onStandby(client)).toBe(true);
      await client.query('close c');
      await client.query('commit');
      expect(busy()).toEqual([0, 0]);
      await client.query('update items set price = price where id = 1');
      expect(await onStandby(client)).toBe(true);
    });
  });

  test('what outlives it is done again on the primary, in order and with its values', async () => {
    const pool = await open({ poolSize: 1 });
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      await client.query('set role pg_read_all_data');
      expect(await onStandby(client)).toBe(true);
      await client.query('reset role');
      await client.query("select set_config('app.tenant', $1, false)", ['north']);
      await client.query('savepoint here');
      await client.query("select set_config('app.tenant', $1, false)", ['south']);
      await client.query('rollback to here');
      await client.query('prepare kept as select 1');
      expect(await ask(client, 'execute kept')).toBe(1);
      await client.query('prepare gone as select 2');
      await client.query('deallocate gone');
      await client.query('commit');
      expect(busy()).toEqual([0, 0]);
      expect(await ask(client, "select current_setting('app.tenant', true)")).toBe('north');
      expect(await onStandby(client)).toBe(false);
      await client.query('update items set price = price where id = 1');
      expect(await ask(client, 'execute kept')).toBe(1);
      await client.query('prepare gone as select 2');
    });
    await withClient(pool, async (client) => {
      expect(await ask(client, "select current_setting('app.tenant', true)")).toBeNull();
    });
  });

  test('of what it rolled back nothing is done again', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      await client.query("set statement_timeout = '1min'");
      await client.query('rollback');
      expect(await onStandby(client)).toBe(true);
      await client.query('begin read only');
      await client.query("set statement_timeout = '1min'");
      await client.query('prepare two as select 2');
      await expect(client.query('prepare three as select 3; select 1 / 0')).rejects.toMatchObject({
        code: '22012',
      });
      expect((await client.query('commit')).command).toBe('ROLLBACK');
      expect(await onStandby(client)).toBe(true);
      expect(await ask(client, 'execute two')).toBe(2);
      expect(await ask(client, 'execute three')).toBe(3);
      expect(await ask(client, 'show statement_timeout')).toBe('0');
    });
  });

  test('what failed since its transaction had failed is not done again', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      await expect(client.query('prepare never as select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      await client.query('prepare never as select 2');
      expect(await ask(client, 'execute never')).toBe(2);
    });
  });

  test('a setting of its own that was only reset is there from then on', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('set app.region to default');
      expect(await ask(client, "select current_setting('app.region', true)")).toBe('');
    });
  });

  test('one that has run nothing is moved for what only the primary can do', async () => {
    const pool = await open({ policy: 'balanced' });
    await withClient(pool, (exporter) =>
      withClient(pool, async (importer) => {
        for (let i = 0; i < 4; i++) {
          await exporter.query('begin isolation level repeatable read read only');
          const snapshot = await ask(exporter, 'select pg_export_snapshot()');
          await importer.query('begin isolation level repeatable read read only');
          await importer.query(`set transaction snapshot '${snapshot}'`);
          expect(await ask(importer, 'select count(*)::int from items')).toBe(200);
          await importer.query('commit');
          await exporter.query('commit');
        }
      }),
    );
  });

  test.each(['set transaction read write', 'set transaction_read_only = off'])(
    '%s moves it, with what was set before',
    async (readWrite) => {
      const pool = await open();
      await pool.query("delete from audit where note = 'moved'");
      await withClient(pool, async (client) => {
        await client.query('begin read only');
        await client.query("set local statement_timeout = '2min'");
        await client.query("set lock_timeout = '3min'");
        await client.query(readWrite);
        await client.query(INSERT, ['moved']);
        expect(await ask(client, 'show statement_timeout')).toBe('2min');
        await client.query('commit');
        expect(
          await ask(client, "select count(*)::int, txid_current() from audit where note = 'moved'"),
        ).toBe(1);
        expect(await ask(client, 'show statement_timeout')).toBe('0');
        expect(await ask(client, 'show lock_timeout')).toBe('3min');
      });
    },
  );

  test.each([
    'set transaction read write',
    'select pg_export_snapshot()',
    'select pg_advisory_lock(19)',
    'declare c cursor with hold for select 1',
    'listen news',
    'create temp table mine (id int)',
    'select setseed(0.5)',
    'select lastval()',
    'select last_value from audit_id_seq',
    'commit; insert into audit (note) values (null)',
    'abort; begin isolation level serializable read only',
    'commit; begin',
  ])('once it has run a query this is refused by name, and it goes on: %s', async (text) => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      expect(await onStandby(client)).toBe(true);
      await expect(client.query(text)).rejects.toMatchObject({
        code: 'NEEDS_PRIMARY',
        message: expect.stringContaining('READ ONLY transaction that has begun on a replica'),
      });
      expect(client.getTransactionStatus()).toBe('T');
      expect(await onStandby(client)).toBe(true);
      await client.query('commit');
    });
  });

  test("what shows only there that it is the primary's is refused by name as well", async () => {
    const pool = await open();
    await pool.query(
      `create function listen_to(name text) returns void language plpgsql as $$ begin execute 'lis' || 'ten ' || name; end $$`,
    );
    await withConnection(cluster.replicas[0]!.admin, (replica) =>
      expect
        .poll(async () => (await replica.query("select 1 from pg_proc where proname = 'listen_to'")).rowCount)
        .toBe(1),
    );
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      expect(await onStandby(client)).toBe(true);
      await expect(client.query("select listen_to('news')")).rejects.toMatchObject({ code: 'NEEDS_PRIMARY' });
      await client.query('rollback');
    });
    await pool.query('drop function listen_to');
  });

  test('one of the router itself is never moved', async () => {
    await open();
    const refused = router.transaction({ readOnly: true }, (client) =>
      client.query('set transaction read write'),
    );
    await expect(refused).rejects.toMatchObject({ code: 'NEEDS_PRIMARY' });
    const held = await router.connect({ readOnly: true });
    await expect(held.query('select pg_advisory_lock(1)')).rejects.toMatchObject({ code: 'NEEDS_PRIMARY' });
    expect((await held.query('select pg_is_in_recovery() as standby')).rows).toEqual([{ standby: true }]);
    held.release();
  });
});

describe('in transaction mode', () => {
  const openShared = async (options: Partial<RouterOptions> = {}) => {
    await open(options);
    return createPool(router, { keepRouter: true, poolMode: 'transaction' });
  };

  test('clients share connections between their transactions, as many as there may be of them', async () => {
    const pool = await openShared({ poolSize: 2, acquireTimeoutMs: 5000 });
    const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
    const seen = new Set<unknown>();
    await Promise.all(
      clients.map(async (client, number) => {
        await client.query('begin');
        await client.query(INSERT, [`of ${number}`]);
        seen.add(await ask(client, 'select pg_backend_pid() + 0 * txid_current()'));
        expect(
          await ask(
            client,
            'select count(*) from audit where note = $1 and xmin = pg_current_xact_id()::xid',
            [`of ${number}`],
          ),
        ).toBe('1');
        await client.query('commit');
        await client.query(INSERT, [`of ${number}`]);
        await expect(client.query('select 1/0 from tickets for update')).rejects.toThrow();
      }),
    );
    expect(busy()).toEqual([0, 0]);
    expect(seen.size).toBeLessThanOrEqual(2);
    // What each wrote is what it reads, wherever.
    for (const [number, client] of clients.entries()) {
      expect(await ask(client, 'select count(*) from audit where note = $1', [`of ${number}`])).toBe('2');
      client.release();
    }
  });

  test('a connection is kept for what is left on it, until that is cleared, and counted', async () => {
    const pool = await openShared();
    await withClient(pool, async (client) => {
      const leaves: [leave: string, clear: string, state: keyof ReturnType<Router['stats']>['kept']][] = [
        ['create temp table basket (id int)', 'discard temp', 'temporary-objects'],
        ["set work_mem = '5MB'", 'reset work_mem', 'settings'],
        ['select pg_advisory_lock(7)', 'select pg_advisory_unlock_all()', 'advisory-locks'],
        ['listen orders', 'unlisten *', 'listening'],
        ['prepare one as select 1', 'deallocate all', 'prepared-statements'],
      ];
      for (const [leave, clear, state] of leaves) {
        await client.query(leave);
        await client.query(INSERT, ['kept']);
        expect([leave, busy()[0]]).toEqual([leave, 1]);
        await client.query(clear);
        expect([clear, busy()[0]]).toEqual([clear, 0]);
        expect(router.stats().kept[state]).toBe(1);
      }
      // Another's numbers are never shown for one's own.
      await client.query(INSERT, ['numbered']);
      expect(busy()).toEqual([0, 0]);
      await expect(client.query("select currval('audit_id_seq')")).rejects.toMatchObject({ code: '55000' });
    });
    expect(Object.values(router.stats().kept).reduce((sum, count) => sum + count)).toBe(5);
  });

  test('a transaction that failed, or that its client left open, is on the connection of nobody else', async () => {
    const pool = await openShared({ poolSize: 1 });
    await withClient(pool, async (client) => {
      await client.query('begin');
      await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      expect(busy()[0]).toBe(1);
      await client.query('rollback');
      expect(busy()[0]).toBe(0);
    });
    const left = await pool.connect();
    await left.query('begin');
    await left.query(INSERT, ['undone']);
    left.release();
    await withClient(pool, async (client) => {
      expect(
        await ask(client, "select count(*) from audit where note = 'undone' and txid_current() > 0"),
      ).toBe('0');
    });
  });
});
