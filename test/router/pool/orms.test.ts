import { EventEmitter } from 'node:events';
import { PrismaPg } from '@prisma/adapter-pg';
import { eq } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { boolean, integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import knex, { type Knex } from 'knex';
import { type Generated, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DataTypes, Sequelize, type Transaction } from 'sequelize';
import { DataSource, type EntityManager, EntitySchema } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { createPool, createRouter, type Router, withSession } from '../../../src/router/index.js';
import { startWithSchema, withConnection } from '../../servers.js';

const APPLICATION = 'orms-test';

/** A view that says which server it was read on, and a table that refuses an author without a name. */
const SCHEMA = `
create table notes (id serial primary key, author text not null check (author <> ''));
create view seen as select id, author, pg_is_in_recovery() as standby from notes;
insert into notes (author) values ('first');
`;

interface Seen {
  id: number;
  author: string;
  standby: boolean;
}

interface Notes {
  /** The id that the table's sequence gave it. */
  insert(author: string): Promise<number>;
  read(id: number): Promise<Seen | undefined>;
}

/** What an application does with its ORM, in that ORM's own words. */
interface Orm extends Notes {
  transaction<T>(work: (notes: Notes) => Promise<T>): Promise<T>;
  /** The server's error as it is found in what the ORM throws. */
  causeOf(error: unknown): unknown;
  /** Ends the ORM, and the pool with it. */
  end(): Promise<void>;
}

const ORMS: Record<string, (router: Router) => Orm | Promise<Orm>> = {
  Kysely: openKysely,
  Drizzle: openDrizzle,
  'Prisma (its adapter)': openPrisma,
  TypeORM: (router) => openTypeorm(router, {}),
  'TypeORM with replication': (router) =>
    openTypeorm(router, { replication: { master: { applicationName: 'master' }, slaves: [{}] } }),
  Sequelize: openSequelize,
  Knex: openKnex,
};

function openKysely(router: Router): Orm {
  interface Tables {
    notes: { id: Generated<number>; author: string };
    seen: Seen;
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(router) }) });
  const notes = (on: Kysely<Tables>): Notes => ({
    insert: async (author) =>
      (await on.insertInto('notes').values({ author }).returning('id').executeTakeFirstOrThrow()).id,
    read: (id) => on.selectFrom('seen').selectAll().where('id', '=', id).executeTakeFirst(),
  });
  return {
    ...notes(db),
    transaction: (work) => db.transaction().execute((trx) => work(notes(trx))),
    causeOf: (error) => error,
    end: () => db.destroy(),
  };
}

function openDrizzle(router: Router): Orm {
  const pool = createPool(router);
  const table = pgTable('notes', { id: serial().primaryKey(), author: text().notNull() });
  const view = pgTable('seen', {
    id: integer().notNull(),
    author: text().notNull(),
    standby: boolean().notNull(),
  });
  const db = drizzle({ client: pool });
  const notes = (on: Pick<NodePgDatabase, 'insert' | 'select'>): Notes => ({
    insert: async (author) => (await on.insert(table).values({ author }).returning())[0]!.id,
    read: async (id) => (await on.select().from(view).where(eq(view.id, id)))[0],
  });
  return {
    ...notes(db),
    transaction: (work) => db.transaction((tx) => work(notes(tx))),
    causeOf: (error) => (error as Error).cause,
    end: () => pool.end(),
  };
}

async function openPrisma(router: Router): Promise<Orm> {
  const factory = new PrismaPg(createPool(router), { disposeExternalPool: true });
  const adapter = await factory.connect();
  const notes = (on: Pick<typeof adapter, 'queryRaw'>): Notes => ({
    async insert(author) {
      const sql = 'INSERT INTO "public"."notes" ("author") VALUES ($1) RETURNING "public"."notes"."id"';
      const argTypes = [{ scalarType: 'string', arity: 'scalar' } as const];
      return Number((await on.queryRaw({ sql, args: [author], argTypes })).rows[0]![0]);
    },
    async read(id) {
      const sql = 'SELECT "id", "author", "standby" FROM "public"."seen" WHERE "id" = $1 LIMIT $2 OFFSET $3';
      const argTypes = Array(3).fill({ scalarType: 'int', arity: 'scalar' });
      const { columnNames, rows } = await on.queryRaw({ sql, args: [id, 1, 0], argTypes });
      return (
        rows[0] && (Object.fromEntries(columnNames.map((name, i) => [name, rows[0]![i]])) as unknown as Seen)
      );
    },
  });
  return {
    ...notes(adapter),
    // As its client does it: the adapter begins, the client sends COMMIT and then gives the connection back.
    async transaction(work) {
      const tx = await adapter.startTransaction('READ COMMITTED');
      const send = (sql: string) => tx.executeRaw({ sql, args: [], argTypes: [] });
      try {
        const result = await work(notes(tx));
        await send('COMMIT');
        await tx.commit();
        return result;
      } catch (error) {
        await send('ROLLBACK');
        await tx.rollback();
        throw error;
      }
    },
    causeOf: (error) => (error as Error).cause,
    end: () => adapter.dispose(),
  };
}

async function openTypeorm(router: Router, options: Partial<PostgresDataSourceOptions>): Promise<Orm> {
  const table = new EntitySchema<{ id: number; author: string }>({
    name: 'notes',
    columns: { id: { type: Number, primary: true, generated: true }, author: { type: String } },
  });
  const view = new EntitySchema<Seen>({
    name: 'seen',
    columns: { id: { type: Number, primary: true }, author: { type: String }, standby: { type: Boolean } },
  });
  const source = new DataSource({
    type: 'postgres',
    driver: {
      // What TypeORM wants of its master, such as the look-up before a save, is the primary's.
      Pool: function Pool({ application_name }: pg.PoolConfig) {
        return createPool(router, application_name === 'master' ? { category: 'write' } : {});
      },
    },
    entities: [table, view],
    ...options,
  });
  await source.initialize();
  const notes = (on: EntityManager): Notes => ({
    insert: async (author) => (await on.save(table, { author })).id,
    read: async (id) => (await on.findOneBy(view, { id })) ?? undefined,
  });
  return {
    ...notes(source.manager),
    transaction: (work) => source.transaction((manager) => work(notes(manager))),
    causeOf: (error) => (error as { driverError: unknown }).driverError,
    end: () => source.destroy(),
  };
}

function openSequelize(router: Router): Orm {
  const pool = createPool(router);
  /** A connection as Sequelize uses it: one client of the pool, as long as Sequelize has it. */
  class Client extends EventEmitter {
    /** Listened to for what the server reports at the start. */
    readonly connection = new EventEmitter();
    readonly standard_conforming_strings = 'on';
    #client: pg.PoolClient | undefined;

    constructor(readonly options: { types: pg.CustomTypesConfig }) {
      super();
    }

    connect(done: (error?: Error) => void): void {
      pool.connect().then((client) => {
        this.#client = client;
        done();
      }, done);
    }

    query(text: string, values?: unknown[] | (() => void), done?: () => void): unknown {
      if (typeof values === 'function') return this.query(text, undefined, values);
      return this.#client!.query({ text, values, types: this.options.types }, done as never);
    }

    end(done: () => void): void {
      this.#client!.release();
      done();
    }
  }
  // What it would set in each session keeps that on the primary. Its types lack the first of these.
  const setsNothing = { keepDefaultTimezone: true, dialectOptions: { clientMinMessages: 'ignore' } };
  const sequelize = new Sequelize({
    dialect: 'postgres',
    dialectModule: { Client, types: pg.types },
    pool: { max: 20, maxUses: 1 },
    ...setsNothing,
    logging: false,
  });
  const columns = { author: { type: DataTypes.TEXT, allowNull: false } };
  const options = { timestamps: false, freezeTableName: true };
  const table = sequelize.define('notes', columns, options);
  const view = sequelize.define('seen', { ...columns, standby: DataTypes.BOOLEAN }, options);
  const notes = (transaction?: Transaction): Notes => ({
    insert: async (author) => (await table.create({ author }, { transaction })).get('id') as number,
    read: async (id) => (await view.findByPk(id, { transaction }))?.get(),
  });
  return {
    ...notes(),
    transaction: (work) => sequelize.transaction((transaction) => work(notes(transaction))),
    causeOf: (error) => (error as { parent: unknown }).parent,
    async end() {
      await sequelize.close();
      await pool.end();
    },
  };
}

function openKnex(router: Router): Orm {
  const pool = createPool(router);
  const db = knex({ client: 'pg', connectionPool: pool });
  const notes = (on: Knex): Notes => ({
    insert: async (author) => (await on('notes').insert({ author }).returning('id'))[0].id,
    read: (id) => on<Seen>('seen').where({ id }).first(),
  });
  return {
    ...notes(db),
    transaction: (work) => db.transaction((trx) => work(notes(trx))),
    causeOf: (error) => error,
    async end() {
      await db.destroy();
      await pool.end();
    },
  };
}

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startWithSchema('orms', SCHEMA);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

describe.each(Object.entries(ORMS))('%s', (_name, open) => {
  let router: Router;
  let orm: Orm;

  beforeEach(async () => {
    router = await createRouter({
      primary: cluster.primary.admin,
      replicas: [cluster.replicas[0]!.admin],
      policy: 'lsn',
      poolSize: 3,
      applicationName: APPLICATION,
    });
    orm = await open(router);
  });

  // Whatever a test did: ending the ORM as it wants to be ended leaves no connection.
  afterEach(async () => {
    try {
      await orm.end();
      for (const { admin } of [cluster.primary, cluster.replicas[0]!]) {
        await withConnection(admin, (client) => expect.poll(() => connections(client)).toEqual([]));
      }
    } finally {
      await router.end();
    }
  });

  test('reads on the replica, writes on the primary', async () => {
    expect(await orm.read(1)).toEqual({ id: 1, author: 'first', standby: true });
    const id = await orm.insert('second');
    expect(await authorsOf([id])).toEqual(['second']);
    expect(await orm.read(1)).toMatchObject({ standby: true });
  });

  test('a transaction is on the primary and sees its own writes; one that fails leaves nothing', async () => {
    const id = await orm.transaction(async (notes) => {
      const id = await notes.insert('kept');
      expect(await notes.read(id)).toEqual({ id, author: 'kept', standby: false });
      return id;
    });
    expect(await authorsOf([id])).toEqual(['kept']);
    let lost = 0;
    const failing = orm.transaction(async (notes) => {
      lost = await notes.insert('lost');
      throw new Error('no more of this');
    });
    await expect(failing).rejects.toThrow('no more of this');
    expect(await authorsOf([lost])).toEqual([]);
    expect(await orm.read(1)).toMatchObject({ standby: true });
  });

  test('six at a time get their own ids, and their own rows', async () => {
    const written = await Promise.all(
      Array.from({ length: 6 }, async (_, worker) => {
        const own: [number, string][] = [];
        for (let round = 0; round < 10; round++) {
          const author = `worker ${worker}, round ${round}`;
          own.push([await orm.insert(author), author]);
          const inTransaction = await orm.transaction(async (notes) => {
            const id = await notes.insert(author);
            expect(await notes.read(id)).toMatchObject({ id, author });
            return id;
          });
          own.push([inTransaction, author]);
          expect(await orm.read(1)).toMatchObject({ id: 1, author: 'first' });
        }
        return own;
      }),
    );
    const all = written.flat().sort(([a], [b]) => a - b);
    expect(await authorsOf(all.map(([id]) => id))).toEqual(all.map(([, author]) => author));
  });

  test('each of six users reads what he wrote, while the replica shows nothing new', async () => {
    await withConnection(cluster.replicas[0]!.admin, async (replica) => {
      await replica.query('select pg_wal_replay_pause()');
      try {
        const users = Array.from({ length: 6 }, (_, user) =>
          withSession(router.session(), async () => {
            const author = `user ${user}`;
            const plain = await orm.insert(author);
            expect(await orm.read(plain)).toEqual({ id: plain, author, standby: false });
            const id = await orm.transaction((notes) => notes.insert(author));
            expect(await orm.read(id)).toEqual({ id, author, standby: false });
          }),
        );
        await Promise.all(users);
        expect(await orm.read(1)).toMatchObject({ standby: true });
      } finally {
        await replica.query('select pg_wal_replay_resume()');
      }
    });
  });

  test('an error carries its SQLSTATE, in a transaction as well', async () => {
    const failure = await orm.insert('').catch((error) => error);
    expect(orm.causeOf(failure)).toMatchObject({ code: '23514' });
    const inTransaction = await orm.transaction((notes) => notes.insert('')).catch((error) => error);
    expect(orm.causeOf(inTransaction)).toMatchObject({ code: '23514' });
    expect(await orm.read(1)).toMatchObject({ standby: true });
  });
});

/** As the primary has them, asked without a router. */
async function authorsOf(ids: number[]): Promise<string[]> {
  return withConnection(cluster.primary.admin, async (client) => {
    const { rows } = await client.query('select author from notes where id = any($1) order by id', [ids]);
    return rows.map(({ author }) => author);
  });
}

async function connections(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query('select query from pg_stat_activity where application_name = $1', [
    APPLICATION,
  ]);
  return rows;
}
