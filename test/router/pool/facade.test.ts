import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, numeric, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, ConnectionConfig } from '../../../src/cluster/cluster.js';
import { createRouter, type Router, type RouterOptions } from '../../../src/router/index.js';
import { createPool, type PoolDefaults } from '../../../src/router/pool/facade.js';
import { currentSession, withSession } from '../../../src/router/sessions/scope.js';
import { startServers, withConnection } from '../servers.js';
import { Cursor } from './cursor.js';
import { withClient } from './with-client.js';

const APPLICATION = 'facade-test';

let cluster: Cluster;
let router: Router;

beforeAll(async () => {
  cluster = await startServers();
});

afterEach(async () => {
  // Whatever a test did: nothing is held once all is reset, and no transaction was left open.
  const used = () => router.stats().pools.map(({ node, busy, waiting }) => ({ node, busy, waiting }));
  await expect.poll(used).toEqual([
    { node: 'primary', busy: 0, waiting: 0 },
    { node: 'replica', busy: 0, waiting: 0 },
  ]);
  for (const { admin } of [cluster.primary, cluster.replicas[0]!]) {
    await withConnection(admin, (client) => expect.poll(() => openTransactions(client)).toEqual([]));
  }
  await router.end();
});

async function openTransactions(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query(
    `select query from pg_stat_activity where application_name = $1 and state like 'idle in transaction%'`,
    [APPLICATION],
  );
  return rows;
}

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

async function open(defaults: PoolDefaults = {}, options: Partial<RouterOptions> = {}): Promise<pg.Pool> {
  router = await createRouter({
    primary: cluster.primary.admin,
    replicas: [cluster.replicas[0]!.admin],
    policy: 'rails',
    poolSize: 3,
    applicationName: APPLICATION,
    ...options,
  });
  return createPool(router, { keepRouter: true, ...defaults });
}

/** A way to a server on which its word that it is ready for the next statement comes a moment after the answer. */
async function lateReady(to: ConnectionConfig): Promise<AsyncDisposable & { config: ConnectionConfig }> {
  const server = createServer((near) => {
    const far = connect(to.port, to.host);
    const late = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        this.push(chunk.subarray(0, -READY_BYTES));
        setTimeout(() => done(null, chunk.subarray(-READY_BYTES)), 10);
      },
    });
    for (const stream of [near, far]) stream.setNoDelay().on('error', () => {});
    near.pipe(far).pipe(late).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    config: { ...to, host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** Length of the message ReadyForQuery, with which an answer ends. */
const READY_BYTES = 6;

/** What the server itself says. */
const WHERE = 'select pg_is_in_recovery() as standby';
/** The same and the connection, of one that is held. */
const WHICH = 'select pg_is_in_recovery() as standby, pg_backend_pid() as pid';

async function standby(queryable: pg.Pool | pg.PoolClient): Promise<boolean> {
  return (await queryable.query(WHERE)).rows[0].standby;
}

describe('as a pg.Pool', () => {
  test('each statement is routed by itself, by promise and by callback', async () => {
    const pool = await open();
    expect(await standby(pool)).toBe(true);
    const write = await pool.query(
      'insert into audit (note) values ($1) returning pg_is_in_recovery() as standby',
      ['a'],
    );
    expect(write.rows).toEqual([{ standby: false }]);
    const byCallback = await new Promise<pg.QueryResult>((resolve, reject) => {
      pool.query('select $1::int as n', [7], (error, result) => (error ? reject(error) : resolve(result)));
    });
    expect(byCallback.rows).toEqual([{ n: 7 }]);
    const arrays = await pool.query({ text: 'select 1, 2', rowMode: 'array' });
    expect(arrays.rows).toEqual([[1, 2]]);
    await expect(pool.query('select 1 / 0')).rejects.toBeInstanceOf(pg.DatabaseError);
    const failure = await new Promise((resolve) => pool.query('select 1 / 0', (error) => resolve(error)));
    expect(failure).toMatchObject({ code: '22012' });
  });

  test('a client that only reads takes no connection and is routed statement by statement', async () => {
    const pool = await open();
    const clients = await Promise.all(Array.from({ length: 20 }, () => pool.connect()));
    expect(pool.waitingCount).toBe(0);
    for (const client of clients) {
      expect(await standby(client)).toBe(true);
      expect(router.stats().pools.map(({ busy }) => busy)).toEqual([0, 0]);
      client.release();
    }
  });

  test('the callback form of connect gives the client and the way to give it back', async () => {
    const pool = await open();
    const released = once(pool, 'release');
    const rows = await new Promise((resolve, reject) => {
      pool.connect((error, client, done) => {
        if (error) return reject(error);
        client!.query(WHERE, (failure: Error, result: pg.QueryResult) => {
          done();
          if (failure) reject(failure);
          else resolve(result.rows);
        });
      });
    });
    expect(rows).toMatchObject([{ standby: true }]);
    await released;
  });

  test('a transaction is one connection of the primary, which the client keeps', async () => {
    const pool = await open({}, { policy: 'everything-to-replica' });
    await withClient(pool, async (client) => {
      for (const end of ['commit', 'rollback', 'abort', 'end']) {
        expect((await client.query('begin')).command).toBe('BEGIN');
        const first = (await client.query(WHICH)).rows[0];
        await client.query('set transaction read only');
        expect((await client.query(WHICH)).rows[0]).toEqual(first);
        expect(first.standby).toBe(false);
        expect(client.getTransactionStatus()).toBe('T');
        await client.query(end);
        expect(router.stats().pools[0]!.busy).toBe(1);
        expect(await standby(client)).toBe(true);
      }
    });
  });

  test('a read-only transaction runs on the replica, a serializable one on the primary', async () => {
    const pool = await open();
    const beginnings: [string, boolean][] = [
      ['begin read only', true],
      ['start transaction isolation level repeatable read, read only', true],
      ['begin isolation level serializable read only', false],
      ['begin; set transaction read only', false],
      ['insert into audit (note) values (null); begin read only', false],
      ['begin read write', false],
    ];
    await withClient(pool, async (client) => {
      for (const [begin, expected] of beginnings) {
        await client.query(begin);
        expect([begin, await standby(client)]).toEqual([begin, expected]);
        await client.query('commit');
      }
      await client.query('begin read only');
      await expect(client.query('insert into audit (note) values (null)')).rejects.toMatchObject({
        code: '25006',
      });
      await client.query('rollback');
    });
  });

  test('AND CHAIN keeps the transaction, a failed COMMIT ends it', async () => {
    const pool = await open({}, { policy: 'everything-to-replica' });
    await pool.query('create table deferred (id int unique deferrable initially deferred)');
    await withClient(pool, async (client) => {
      await client.query('begin');
      await client.query('commit and chain');
      expect(await standby(client)).toBe(false);
      await client.query('insert into deferred values (1), (1)');
      await expect(client.query('commit')).rejects.toMatchObject({ code: '23505' });
      expect(client.getTransactionStatus()).toBe('I');
      expect(await standby(client)).toBe(true);
    });
    await pool.query('drop table deferred');
  });

  test('after an error the transaction is held until it is rolled back; savepoints mend it', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('begin');
      await client.query('savepoint here');
      await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback to here');
      expect(await standby(client)).toBe(false);
      await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      // The server answers a COMMIT of it with ROLLBACK.
      expect((await client.query('commit')).command).toBe('ROLLBACK');
      expect(await standby(client)).toBe(true);
    });
  });

  test('an error is believed only with what the server says of the transaction after it', async () => {
    await using link = await lateReady(cluster.primary.admin);
    const pool = await open({}, { primary: link.config });
    await withClient(pool, async (client) => {
      await expect(client.query('begin; select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      expect(client.getTransactionStatus()).toBe('E');
      await client.query('rollback');
      await client.query('begin');
      await expect(client.query('commit; select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      expect(client.getTransactionStatus()).toBe('I');
    });
  });

  test('a transaction that is still open at the release is rolled back', async () => {
    const pool = await open();
    await pool.query('create table kept (id int)');
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into kept values (1)');
    client.release();
    expect(() => client.release()).toThrow(/already been released/);
    await expect(client.query('select 1')).rejects.toMatchObject({ code: 'CLIENT_RELEASED' });
    expect((await pool.query('select id from kept for share')).rows).toEqual([]);
    await pool.query('drop table kept');
  });

  test('state of the session is kept until the release, and is gone for the next client', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query("set application_name = 'facade-test state'");
      const shown = await client.query('show application_name');
      expect(shown.rows).toEqual([{ application_name: 'facade-test state' }]);
      await client.query('begin read only');
      const { rows } = await client.query(WHICH);
      await client.query('commit');
      expect((await client.query(WHICH)).rows).toEqual(rows);
      expect(rows[0].standby).toBe(false);
    });
    const states = [
      'create temp table mine (id int)',
      'prepare one as select 1',
      'select pg_advisory_lock(17)',
    ];
    for (const state of states) {
      await withClient(pool, async (client) => {
        await client.query(state);
        expect((await client.query('show application_name')).rows[0].application_name).toBe(APPLICATION);
      });
    }
    const free = async () => (await pool.query('select pg_try_advisory_xact_lock(17) as free')).rows;
    await expect.poll(free).toEqual([{ free: true }]);
  });

  test('notifications reach a client that listens', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      await client.query('listen news');
      const heard = once(client, 'notification');
      await pool.query("select pg_notify('news', 'hello')");
      expect((await heard)[0]).toMatchObject({ channel: 'news', payload: 'hello' });
    });
  });

  test('statements sent at once on one client run in order', async () => {
    const pool = await open();
    await withClient(pool, async (client) => {
      const results = await Promise.all([
        client.query('begin'),
        client.query('select txid_current() as id'),
        client.query('select 1 / 0').catch((error) => error.code),
        client.query('select 1').catch((error) => error.code),
        client.query('rollback'),
        client.query(WHERE),
      ]);
      expect(results.slice(2, 4)).toEqual(['22012', '25P02']);
      expect(results[5].rows).toMatchObject([{ standby: true }]);
    });
  });

  test('a text too long to be parsed keeps a transaction that it begins', async () => {
    const pool = await open();
    const values = Array.from({ length: 4000 }, (_, i) => `(${i})`).join(',');
    await pool.query('create table many (id int)');
    await withClient(pool, async (client) => {
      await client.query(`insert into many values ${values}`);
      expect(client.getTransactionStatus()).toBe('I');
      await client.query(`begin; insert into many values ${values}`);
      await client.query('insert into many values (0)');
      await client.query('commit');
      const { rows } = await client.query('select count(*)::int as n, txid_current() from many');
      expect(rows).toMatchObject([{ n: 8001 }]);
    });
    await pool.query('drop table many');
  });

  test('a transaction whose connection breaks fails to its end; nothing of it runs elsewhere', async () => {
    const pool = await open();
    await pool.query('create table halves (id int)');
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into halves values (1)');
    const { pid } = (await client.query(WHICH)).rows[0];
    await withConnection(cluster.primary.admin, (admin) =>
      admin.query('select pg_terminate_backend($1, 5000)', [pid]),
    );
    await expect(client.query('insert into halves values (2)')).rejects.toThrow();
    await expect(client.query('insert into halves values (3)')).rejects.toThrow();
    await expect(client.query('commit')).rejects.toThrow();
    client.release();
    const { rows } = await pool.query('select txid_current(), id from halves');
    expect(rows).toEqual([]);
    await pool.query('drop table halves');
  });

  test('a client released with an error closes its connection at once', async () => {
    const pool = await open();
    const client = await pool.connect();
    await client.query('begin');
    const sleeping = client.query('select pg_sleep(30)');
    const queued = client.query('select 1');
    setImmediate(() => client.release(new Error('enough')));
    await expect(sleeping).rejects.toThrow();
    await expect(queued).rejects.toMatchObject({ code: 'CLIENT_RELEASED' });
  });

  test('a cursor of a safe query reads from the replica, another from the primary', async () => {
    const pool = await open({}, { policy: 'everything-to-replica' });
    await withClient(pool, async (client) => {
      const read = client.query(
        new Cursor<{ id: string; standby: string }>(
          'select id, pg_is_in_recovery() as standby from items order by id',
        ),
      );
      // Waits until the cursor is closed.
      const after = client.query(WHERE);
      expect(await read.read(2)).toEqual([
        { id: '1', standby: 't' },
        { id: '2', standby: 't' },
      ]);
      expect(await read.read(1)).toMatchObject([{ id: '3' }]);
      expect(router.stats().pools.map(({ busy }) => busy)).toEqual([0, 1]);
      await read.close();
      expect((await after).rows).toMatchObject([{ standby: true }]);

      const write = client.query(
        new Cursor<{ standby: string }>(
          'insert into audit (note) values ($1) returning pg_is_in_recovery() as standby',
          ['by cursor'],
        ),
      );
      expect(await write.read(10)).toEqual([{ standby: 'f' }]);

      const wrong = client.query(new Cursor('select 1 / 0 from items'));
      await expect(wrong.read(1)).rejects.toMatchObject({ code: '22012' });
      expect(await standby(client)).toBe(true);
    });
  });

  test("a query object gives its rows on the pool and on a transaction's client", async () => {
    const pool = await open();
    const rowsOf = async (query: pg.Query) => {
      const rows: unknown[] = [];
      query.on('row', (row) => rows.push(row));
      await new Promise((resolve, reject) => {
        query.on('end', resolve);
        query.on('error', reject);
      });
      return rows;
    };
    expect(await rowsOf(pool.query(new pg.Query(WHERE)))).toMatchObject([{ standby: true }]);
    await expect(rowsOf(pool.query(new pg.Query('select 1 / 0')))).rejects.toMatchObject({ code: '22012' });
    await withClient(pool, async (client) => {
      await client.query('begin');
      expect(await rowsOf(client.query(new pg.Query(WHERE)))).toMatchObject([{ standby: false }]);
      await client.query('commit');
    });
  });

  test('a session that wrote reads its write, found in its scope or given', async () => {
    const pool = await open();
    const session = router.session();
    await withSession(session, async () => {
      expect(await standby(pool)).toBe(true);
      await withClient(pool, async (client) => {
        await client.query('begin');
        await client.query('update items set price = price where id = 1');
        await client.query('commit');
        expect(await standby(client)).toBe(false);
        await client.query('begin read only');
        expect(await standby(client)).toBe(false);
        await client.query('commit');
      });
      expect(await standby(pool)).toBe(false);
    });
    expect(await standby(pool)).toBe(true);
    expect(await standby(createPool(router, { session: () => session, keepRouter: true }))).toBe(false);
    const other = router.session();
    await withSession(other, async () => {
      const client = await pool.connect();
      await client.query(new Cursor("insert into audit (note) values ('c')")).read(1);
      client.release();
    });
    expect(other.token()).not.toBe('');
  });

  test('however a session wrote, a replica that has not replayed it does not answer it', async () => {
    const pool = await open({}, { policy: 'lsn' });
    const insert = 'insert into audit (note) values ($1)';
    const read = async (note: string): Promise<unknown[]> =>
      (await pool.query('select pg_is_in_recovery() as standby from audit where note = $1', [note])).rows;
    const writeAndRead: Record<string, (client: pg.PoolClient, note: string) => Promise<unknown[]>> = {
      async statement(client, note) {
        await client.query(insert, [note]);
        return read(note);
      },
      async transaction(client, note) {
        await client.query('begin');
        await client.query(insert, [note]);
        await client.query('commit');
        return read(note);
      },
      async cursor(client, note) {
        await client.query(new Cursor(insert, [note])).read(1);
        return read(note);
      },
      async 'slow cursor, with a read while it runs'(client, note) {
        const slow = 'insert into audit (note) select $1 from pg_sleep(2)';
        const done = client.query(new Cursor(slow, [note])).read(1);
        await sleep(50);
        expect(await read(note)).toEqual([]);
        await done;
        return read(note);
      },
      'query object'(client, note) {
        const query = client.query(new pg.Query(insert, [note]));
        const session = currentSession()!;
        return new Promise((resolve, reject) => {
          // Read in the very moment that it ends, which no scope reaches.
          query.on('end', () => resolve(withSession(session, () => read(note))));
          query.on('error', reject);
        });
      },
    };
    await withConnection(cluster.replicas[0]!.admin, async (replica) => {
      for (const [how, work] of Object.entries(writeAndRead)) {
        await replica.query('select pg_wal_replay_pause()');
        try {
          const seen = await withSession(router.session(), () =>
            withClient(pool, (client) => work(client, how)),
          );
          expect([how, seen]).toEqual([how, [{ standby: false }]]);
          expect([how, await read(how)]).toEqual([how, []]);
        } finally {
          await replica.query('select pg_wal_replay_resume()');
        }
      }
    });
  });

  test('a category and a group hold for all of its statements', async () => {
    const pool = await open({ category: 'realtime', group: 'kitchen' });
    expect(await standby(pool)).toBe(false);
    await withClient(pool, async (client) => {
      await client.query('begin read only');
      expect(await standby(client)).toBe(false);
      await client.query('commit');
    });
    expect(router.stats().requests.every(({ group }) => group === 'kitchen')).toBe(true);
  });

  test('it counts connections, and its end is the end of the router unless that is kept', async () => {
    const pool = await open();
    await standby(pool);
    expect(pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0, options: { max: 6 } });
    await pool.end();
    expect(pool).toMatchObject({ ending: true, ended: true });
    await expect(pool.query('select 1')).rejects.toThrow(/after calling end/);
    await expect(pool.connect()).rejects.toThrow(/after calling end/);
    await expect(pool.end()).rejects.toThrow(/more than once/);
    expect((await router.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await createPool(router).end();
    await expect(router.query('select 1')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('under Kysely', () => {
  interface Database {
    items: { id: number; name: string; price: string; restaurant: number };
    audit: { id: number | undefined; note: string | null };
  }

  const onStandby = kyselySql<boolean>`pg_is_in_recovery()`.as('standby');

  async function kysely(): Promise<Kysely<Database>> {
    return new Kysely<Database>({ dialect: new PostgresDialect({ pool: await open(), cursor: Cursor }) });
  }

  test('selects run on the replica, inserts on the primary', async () => {
    const db = await kysely();
    const item = await db
      .selectFrom('items')
      .select(['id', onStandby])
      .where('id', '=', 7)
      .executeTakeFirst();
    expect(item).toEqual({ id: 7, standby: true });
    const inserted = await db.insertInto('audit').values({ note: 'k' }).returning(onStandby).execute();
    expect(inserted).toEqual([{ standby: false }]);
    const updated = await db
      .updateTable('audit')
      .set({ note: 'l' })
      .where('note', '=', 'k')
      .executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(1n);
    await expect(db.selectFrom('items').select(kyselySql`1 / 0`.as('n')).execute()).rejects.toBeInstanceOf(
      pg.DatabaseError,
    );
  });

  test("a transaction is the primary's, a read-only one the replica's", async () => {
    const db = await kysely();
    const where = (mode?: 'read only', level?: 'serializable' | 'repeatable read') => {
      let transaction = db.transaction();
      if (mode) transaction = transaction.setAccessMode(mode);
      if (level) transaction = transaction.setIsolationLevel(level);
      return transaction.execute(async (trx) => {
        return (await trx.selectFrom('items').select(onStandby).executeTakeFirstOrThrow()).standby;
      });
    };
    expect(await where()).toBe(false);
    expect(await where('read only')).toBe(true);
    expect(await where('read only', 'repeatable read')).toBe(true);
    expect(await where('read only', 'serializable')).toBe(false);
  });

  test('an error rolls the transaction back, a savepoint a part of it', async () => {
    const db = await kysely();
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto('audit').values({ note: 'never' }).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const trx = await db.startTransaction().execute();
    await trx.insertInto('audit').values({ note: 'outer' }).execute();
    const inner = await trx.savepoint('inner').execute();
    await inner.insertInto('audit').values({ note: 'never' }).execute();
    await inner.rollbackToSavepoint('inner').execute();
    await trx.commit().execute();
    const { rows } = await kyselySql<{ note: string }>`
      select note, txid_current() from audit where note in ('never', 'outer')`.execute(db);
    expect(rows.map(({ note }) => note)).toEqual(['outer']);
  });

  test('a stream reads from the replica, also if it is left early', async () => {
    const db = await kysely();
    const seen: unknown[] = [];
    for await (const row of db.selectFrom('items').select(['id', onStandby]).orderBy('id').stream(50)) {
      seen.push(row);
      if (seen.length === 120) break;
    }
    expect(seen).toHaveLength(120);
    expect(seen.at(-1)).toEqual({ id: '120', standby: 't' });
  });

  test('a session reads what it wrote', async () => {
    const db = await kysely();
    const where = async () => (await db.selectFrom('items').select(onStandby).limit(1).execute())[0]?.standby;
    await withSession(router.session(), async () => {
      expect(await where()).toBe(true);
      await db.transaction().execute((trx) => trx.insertInto('audit').values({ note: 's' }).execute());
      expect(await where()).toBe(false);
    });
    expect(await where()).toBe(true);
  });
});

describe('under Drizzle', () => {
  const items = pgTable('items', {
    id: integer().primaryKey(),
    name: text().notNull(),
    price: numeric().notNull(),
    restaurant: integer().notNull(),
  });
  const audit = pgTable('audit', { id: serial().primaryKey(), note: text() });
  const onStandby: SQL<boolean> = sql<boolean>`pg_is_in_recovery()`;

  test('selects run on the replica, inserts on the primary', async () => {
    const db = drizzle({ client: await open() });
    const read = await db.select({ id: items.id, standby: onStandby }).from(items).where(eq(items.id, 7));
    expect(read).toEqual([{ id: 7, standby: true }]);
    const inserted = await db.insert(audit).values({ note: 'd' }).returning({ standby: onStandby });
    expect(inserted).toEqual([{ standby: false }]);
    const raw = await db.execute(sql`select pg_is_in_recovery() as standby`);
    expect(raw.rows).toEqual([{ standby: true }]);
    const failure = await db
      .select({ n: sql`1 / 0` })
      .from(items)
      .catch((error) => error);
    expect(failure.cause).toBeInstanceOf(pg.DatabaseError);
  });

  test('prepared statements run on either node under one name', async () => {
    const db = drizzle({ client: await open() });
    const prepared = db
      .select({ id: items.id, standby: onStandby })
      .from(items)
      .where(eq(items.id, sql.placeholder('id')))
      .prepare('item_by_id');
    const session = router.session();
    for (const id of [1, 2]) expect(await prepared.execute({ id })).toEqual([{ id, standby: true }]);
    await withSession(session, async () => {
      await db.insert(audit).values({ note: 'p' });
      expect(await prepared.execute({ id: 3 })).toEqual([{ id: 3, standby: false }]);
    });
    expect(await Promise.all([4, 5].map((id) => prepared.execute({ id })))).toEqual([
      [{ id: 4, standby: true }],
      [{ id: 5, standby: true }],
    ]);
  });

  test("a transaction is the primary's, a read-only one the replica's", async () => {
    const db = drizzle({ client: await open() });
    const where = (config?: Parameters<typeof db.transaction>[1]) =>
      db.transaction(
        async (tx) => (await tx.select({ standby: onStandby }).from(items).limit(1))[0]?.standby,
        config,
      );
    expect(await where()).toBe(false);
    expect(await where({ accessMode: 'read only' })).toBe(true);
    expect(await where({ accessMode: 'read only', isolationLevel: 'repeatable read' })).toBe(true);
    expect(await where({ accessMode: 'read only', isolationLevel: 'serializable' })).toBe(false);
  });

  test('a client of the pool will do as well', async () => {
    await withClient(await open(), async (client) => {
      const db = drizzle({ client });
      const where = () => db.select({ standby: onStandby }).from(items).limit(1);
      expect(await where()).toEqual([{ standby: true }]);
      expect(await db.transaction((tx) => tx.select({ standby: onStandby }).from(items).limit(1))).toEqual([
        { standby: false },
      ]);
      expect(await where()).toEqual([{ standby: true }]);
    });
  });

  test('rollbacks, and nested transactions as savepoints of one connection', async () => {
    const db = drizzle({ client: await open() });
    const failing = db.transaction(async (tx) => {
      await tx.insert(audit).values({ note: 'not this' });
      tx.rollback();
    });
    await expect(failing).rejects.toThrow();
    await db.transaction(async (tx) => {
      await tx.insert(audit).values({ note: 'this' });
      await tx
        .transaction(async (inner) => {
          await inner.insert(audit).values({ note: 'not this' });
          expect(router.stats().pools[0]!.busy).toBe(1);
          inner.rollback();
        })
        .catch(() => {});
    });
    const { rows } = await db.execute(
      sql`select note, txid_current() from audit where note in ('this', 'not this')`,
    );
    expect(rows.map(({ note }) => note)).toEqual(['this']);
  });

  test('a session reads what it wrote', async () => {
    const db = drizzle({ client: await open() });
    const where = async () => (await db.select({ standby: onStandby }).from(items).limit(1))[0]?.standby;
    await withSession(router.session(), async () => {
      await db.transaction((tx) => tx.insert(audit).values({ note: 's' }));
      expect(await where()).toBe(false);
    });
    expect(await where()).toBe(true);
  });
});
