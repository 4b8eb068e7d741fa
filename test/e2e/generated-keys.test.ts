import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/machine/random.js';
import { withLoggedShop } from './logged-shop.js';

/** Numbers that sequences gave to several sessions at once, and that these sent back. */

const SESSIONS = 4;
const ROUNDS = 25;

/** Orders with their lines, as an application writes them that is given the keys by RETURNING. */
async function takeOrders(client: Client, session: number, done: string[]): Promise<void> {
  const { below } = random(1, 0, session);
  const insert = 'INSERT INTO orders (number) VALUES ($1) RETURNING *';
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(below(12));
    await client.query('BEGIN');
    const { rows } = await client.query(insert, [`${session}-${round}`]);
    const { id } = rows[0];
    await sleep(below(6));
    const lines = await client.query(
      'INSERT INTO line (order_id, item) VALUES ($1, 7), ($1, 8) RETURNING item, id',
      [id],
    );
    await client.query(`UPDATE line SET item = item + 1 WHERE order_id = ${id}`);
    for (const line of lines.rows) await client.query(`INSERT INTO parcel (line_id) VALUES ('${line.id}')`);
    if (round % 5 === 4) {
      // It draws a number, and gives none.
      await client.query(insert, ['old 1']).catch(() => {});
      await client.query('ROLLBACK');
      continue;
    }
    await client.query('COMMIT');
    done.push(id);
    await client.query('SELECT * FROM line l JOIN orders o ON o.id = l.order_id WHERE o.id = ANY($1)', [
      [id],
    ]);
  }
}

const SCHEMA = `
  CREATE TABLE orders (number text UNIQUE, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
  CREATE TABLE line (id serial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, item int);
  CREATE TABLE parcel (id serial PRIMARY KEY, line_id int NOT NULL REFERENCES line);
  CREATE TABLE payment (order_id bigint NOT NULL REFERENCES orders);
  INSERT INTO orders (number) SELECT 'old ' || g FROM generate_series(1, 100) g`;

const shop = withLoggedShop(SCHEMA, async ({ server, importLog }) => {
  const admin = await server.connect();
  // The data as it was when the recording began.
  await admin.query('CREATE DATABASE before TEMPLATE shop');
  await admin.query('ALTER DATABASE shop SET log_min_duration_statement = 0');
  await admin.end();
  const unseen = await server.connect('shop');
  await unseen.query('SET log_min_duration_statement = -1');
  // A number that no statement of the log drew: all later ones are others in a replay.
  await unseen.query("SELECT nextval('orders_id_seq')");
  await unseen.end();
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => server.connect('shop')));
  const done: string[] = [];
  await Promise.all(clients.map((client, session) => takeOrders(client, session, done)));
  // Each session then pays for others' orders; by then all of these are there, in a replay that is late as well.
  await sleep(3000);
  const pay = async (client: Client, session: number) => {
    for (const id of done.filter((_, index) => index % SESSIONS === session)) {
      await client.query('INSERT INTO payment (order_id) VALUES ($1)', [id]);
    }
  };
  await Promise.all(clients.map(pay));
  await Promise.all(clients.map((client) => client.end()));
  await importLog(await server.log(), 'shop.trace');
  await server.stop();
});

describe('numbers that sequences give out', () => {
  it('are those of the replay wherever its sessions send them back, so that it has no errors but the captured ones', async () => {
    const baseline = await shop.replay('baseline', 'shop.trace', 'before');
    const split = await shop.run('split');
    for (const { load, warnings } of [baseline, split]) {
      expect(load.errors.map(({ code, compared, count }) => [code, compared, count])).toEqual([
        ['23505 unique_violation', 'same', (SESSIONS * ROUNDS) / 5],
      ]);
      expect(load.missingErrors).toEqual([]);
      // An order's and two lines', in each transaction.
      expect(warnings.join('\n')).toContain(`${3 * SESSIONS * ROUNDS} numbers that sequences`);
    }
  }, 180_000);
});
