import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { latenessInWords } from '../../src/report/lateness.js';
import { at, csvlogRecord } from '../workload/capture/csvlog-text.js';
import { withLoggedShop } from './logged-shop.js';

/** What clients leave in their sessions and find there again, logged by a server and replayed. */

const CLIENTS = 3;
/** More than the connections that servers allow by default, for longer than one is waited for. */
const TRANSACTIONS = 120;
const OPEN_MS = 11_000;

/** Each statement fails, or stops the replay, in another session than its own. */
async function work(client: Client, number: number): Promise<void> {
  await client.query("INSERT INTO sale (what) VALUES ('x')");
  await client.query("SELECT currval('sale_id_seq'), lastval()");
  await client.query('CREATE TEMP TABLE basket (what text)');
  await client.query("INSERT INTO basket VALUES ('y')");
  await client.query('SELECT count(*) FROM basket');
  await client.query('SET search_path = counter');
  await client.query('SELECT count(*) FROM till');
  await client.query(`SELECT pg_advisory_lock(${number})`);
  await client.query('PREPARE of_till AS SELECT id FROM till WHERE id = $1');
  await client.query('EXECUTE of_till(1)');
  await client.query('BEGIN');
  await client.query('DECLARE c CURSOR WITH HOLD FOR SELECT id FROM till');
  await client.query('COMMIT');
  await client.query('FETCH ALL FROM c');
  await client.query(`SELECT 1 / pg_advisory_unlock(${number})::int`);
  await client.query('RESET ALL');
  await client.query('SELECT count(*) FROM sale');
  await client.end();
}

const SCHEMA = `
  CREATE TABLE sale (id int GENERATED ALWAYS AS IDENTITY, what text);
  CREATE SCHEMA counter;
  CREATE TABLE counter.till (id int PRIMARY KEY);
  INSERT INTO counter.till VALUES (1);
  ALTER DATABASE shop SET log_min_duration_statement = 0`;

const shop = withLoggedShop(SCHEMA, async ({ server, importLog }) => {
  for (let number = 0; number < CLIENTS; number++) await work(await server.connect('shop'), number);
  await importLog(await server.log(), 'sessions.trace');
  await server.stop();
});

/** At once, each with results of its own: one of them waits for most of the time. */
describe.concurrent('captured sessions', () => {
  it('find what they left, on both sides', async () => {
    const out = ['--out', 'apart'];
    const baseline = await shop.replay('baseline', 'sessions.trace', 'shop', ...out);
    const split = await shop.run('split', ...out);
    expect([baseline, split].map(({ load }) => load.errors)).toEqual([[], []]);
    for (const { accounting } of [baseline, split]) {
      expect(accounting).toMatchObject({ captured: CLIENTS * 17, ok: CLIENTS * 17 });
    }
    expect(split.warnings.join()).toMatch(/Reads stayed on the primary.*a setting/);
  }, 120_000);

  it('have a connection each, however many transactions are open at a time', async () => {
    const lines = Array.from({ length: TRANSACTIONS }, (_, number) =>
      ['BEGIN', "INSERT INTO sale (what) VALUES ('z')", 'COMMIT'].map((text, step) => ({
        time: at(number * 5 + step * (OPEN_MS / 2)),
        session: `67c57aa0.${number.toString(16)}`,
        message: `statement: ${text}`,
      })),
    ).flat();
    const log = join(shop.folder, 'many.csv');
    await writeFile(log, lines.map((line) => csvlogRecord(line)).join(''));
    await shop.importLog([log], 'many.trace');
    const { accounting, load, plan } = await shop.replay('baseline', 'many.trace', 'shop', '--out', 'many');
    expect(load.errors).toEqual([]);
    expect(accounting).toMatchObject({ captured: 3 * TRANSACTIONS, ok: 3 * TRANSACTIONS });
    expect(plan.topology.poolSize).toBeGreaterThanOrEqual(TRANSACTIONS);
    expect(load.window.late.connection).toBeUndefined();
  }, 120_000);

  it('share a pool between their transactions where that is asked for, on both sides', async () => {
    const sessions = 40;
    const texts = ['BEGIN', "INSERT INTO sale (what) VALUES ('p')", 'COMMIT', 'SELECT count(*) FROM sale'];
    const lines = Array.from({ length: sessions }, (_, number) =>
      [...texts, ...texts].map((text, step) => ({
        time: at(number * 10 + step * 100),
        session: `67c57aa0.${number.toString(16)}`,
        message: `statement: ${text}`,
      })),
    ).flat();
    const session = '67c57aa0.ffff';
    lines.push(
      { time: at(0), session, message: 'statement: CREATE TEMP TABLE basket (what text)' },
      { time: at(900), session, message: 'statement: SELECT count(*) FROM basket' },
    );
    const log = join(shop.folder, 'pooled.csv');
    await writeFile(log, lines.map((line) => csvlogRecord(line)).join(''));
    await shop.importLog([log], 'pooled.trace');
    const out = ['--out', 'pooled'];
    const baseline = await shop.replay('baseline', 'pooled.trace', 'shop', '--pooled', '4', ...out);
    const split = await shop.run('split', ...out);
    for (const record of [baseline, split]) {
      const { plan, load, accounting, router, pools, warnings } = record;
      expect(plan.load.pooled).toBe(4);
      expect(load.errors).toEqual([]);
      expect(accounting).toMatchObject({ captured: 8 * sessions + 2, ok: 8 * sessions + 2 });
      for (const { size, series } of pools) {
        expect(size).toBe(4);
        expect(Math.max(...series.busy)).toBeLessThanOrEqual(4);
      }
      // 40 sessions with 16 connection-seconds on three of them: whoever begins late waits for a connection.
      const { connection, server, generator } = load.window.late;
      expect(connection!.sumUs).toBeGreaterThan((server?.sumUs ?? 0) + (generator?.sumUs ?? 0));
      expect(latenessInWords(record)).toMatch(/waited for a connection: the bench’s own limit of 4 \(p99/);
      expect(router.kept).toMatchObject({ 'temporary-objects': 1, settings: 0, sequences: 0 });
      expect(warnings.join('\n')).toMatch(
        /kept a connection of the pool .*: a temporary table .*\(1 session\)/,
      );
    }
    await shop.replay('baseline', 'pooled.trace', 'shop', ...out);
    const { code, stderr } = await shop.bench('compare', ...out);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toMatch(/connections that sessions share: not set and 4/);
  }, 180_000);
});
