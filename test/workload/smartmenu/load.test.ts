import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { loadSmartmenu, smartmenuFingerprint } from '../../../src/workload/smartmenu/load.js';
import {
  HISTORY_DAYS,
  historicalRef,
  itemId,
  menuLength,
  REFERENCE_DATE,
  smartmenuSize,
} from '../../../src/workload/smartmenu/size.js';
import { CITIES } from '../../../src/workload/smartmenu/vocabulary.js';
import { startSmartmenu } from '../../servers.js';

const options = { scale: 0.02, seed: 1 };
const size = smartmenuSize(options.scale);

let cluster: Cluster;
let db: Pool;

beforeAll(async () => {
  cluster = await startSmartmenu(options, 0);
  db = new Pool({ ...cluster.primary.admin, max: 2 });
  // The server may stop before the last connection has said goodbye.
  db.on('error', () => {});
});

afterAll(async () => {
  await db?.end();
  await cluster?.[Symbol.asyncDispose]();
});

async function one<T>(sql: string, pool: Pool | Client = db): Promise<T> {
  return (await pool.query({ text: sql, rowMode: 'array' })).rows[0]![0] as T;
}

/** Loads a data set into a database of its own, and hands it over. */
async function withAnother<T>(seed: number, use: (client: Client) => Promise<T>): Promise<T> {
  const name = `other_${seed}`;
  await db.query(`create database ${name}`);
  const admin = { ...cluster.primary.admin, database: name };
  await loadSmartmenu(admin, { ...options, seed });
  const client = new Client(admin);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
    await db.query(`drop database ${name}`);
  }
}

const EVERYTHING = `
  select md5(string_agg(digest, ',' order by digest)) from (
    select md5(r::text) as digest from restaurants r union all select md5(i::text) from menu_items i
    union all select md5(c::text) from customers c union all select md5(o::text) from orders o
    union all select md5(l::text) from order_lines l union all select md5(e::text) from order_events e
    union all select md5(p::text) from payments p union all select md5(a::text) from audit_log a) rows`;

describe('the data set', () => {
  it('has as many rows as its scale says', async () => {
    const count = (table: string) => one<string>(`select count(*) from ${table}`).then(Number);
    expect(await count('restaurants')).toBe(size.restaurants);
    expect(await count('customers')).toBe(size.customers);
    expect(await count('orders')).toBe(size.orders);
    expect(await count('payments')).toBe(size.orders);
    expect(await count('audit_log')).toBe(size.auditRows);
    expect((await count('order_lines')) / size.orders).toBeCloseTo(2.33, 0);
    expect(await count('order_events')).toBeGreaterThan(size.orders / 2);
  });

  it('is the same for the same seed, and another for another', async () => {
    const here = await one(EVERYTHING);
    expect(await withAnother(1, (client) => one(EVERYTHING, client))).toBe(here);
    expect(await withAnother(2, (client) => one(EVERYTHING, client))).not.toBe(here);
    expect(smartmenuFingerprint({ ...options, seed: 2 })).not.toBe(smartmenuFingerprint(options));
  });

  it('can be made from the largest seed', async () => {
    expect(
      await withAnother(Number.MAX_SAFE_INTEGER, (client) => one('select count(*)::int from orders', client)),
    ).toBe(size.orders);
  });

  it('holds the menus, cities and references that the traffic names', async () => {
    const { rows } = await db.query(
      `select restaurant_id as r, min(i.id) as first, max(i.id) as last, count(*)::int as length, min(city) as city
       from menu_items i join restaurants r on r.id = restaurant_id group by restaurant_id`,
    );
    for (const { r, first, last, length, city } of rows) {
      expect({ first, last, length }).toEqual({
        first: itemId(r, 1),
        last: itemId(r, menuLength(r)),
        length: menuLength(r),
      });
      expect(city).toBe(CITIES[(r - 1) % CITIES.length]);
    }
    expect(await one(`select id::int from orders where ref = '${historicalRef(777)}'`)).toBe(777);
  });

  it('lies in the days before the reference date, its newest orders open', async () => {
    const day = `timestamptz '${REFERENCE_DATE} 00:00:00+00'`;
    expect(
      await one(
        `select bool_and(placed_at < ${day} and placed_at >= ${day} - interval '${HISTORY_DAYS} days') from orders`,
      ),
    ).toBe(true);
    expect(await one(`select count(*)::int from orders where status = 'placed'`)).toBe(size.openOrders);
    expect(await one(`select min(id)::int from orders where status = 'placed'`)).toBe(
      size.orders - size.openOrders + 1,
    );
  });

  it('is skewed as traffic is: popular restaurants, and hours when people eat', async () => {
    const byRestaurant = (r: number) =>
      one<number>(`select count(*)::int from orders where restaurant_id = ${r}`);
    expect(await byRestaurant(1)).toBeGreaterThan(1.2 * (await byRestaurant(size.restaurants)));
    const between = (from: number, to: number) =>
      one<number>(
        `select count(*)::int from orders where extract(hour from placed_at at time zone 'UTC') between ${from} and ${to}`,
      );
    expect((await between(11, 13)) + (await between(17, 20))).toBeGreaterThan(0.6 * size.orders);
    expect(await between(1, 5)).toBe(0);
  });

  it('adds up: each order costs what its lines do', async () => {
    expect(
      await one(`select count(*)::int from orders o
        where total_cents <> (select sum(quantity * price_cents) from order_lines l where l.order_id = o.id)`),
    ).toBe(0);
  });

  it('goes on numbering where history ends', async () => {
    expect(await one(`select nextval(pg_get_serial_sequence('orders', 'id'))::int`)).toBe(size.orders + 1);
    expect(await one(`select nextval(pg_get_serial_sequence('audit_log', 'id'))::int`)).toBe(
      size.auditRows + 1,
    );
  });
});

it('says in one sentence why loading failed', async () => {
  await expect(loadSmartmenu(cluster.primary.admin, options)).rejects.toMatchObject({
    code: 'SMARTMENU_LOAD',
    message: expect.stringMatching(/^Loading the SmartMenu data set failed: .*exists/),
  });
});
