import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import type { Scorecard } from '../../src/score/scorecard.js';
import { withLoggedShop } from './logged-shop.js';

/** A log written by a real server goes in, a report with both sides' figures comes out. */

const SECRET = 'a word that only the trace may hold';
const CLIENTS = 4;
const ROUNDS = 60;

/** TPC-B-like transactions, prepared look-ups and a literal, from several clients at once. */
async function work(client: Client, seed: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const id = 1 + ((seed * 7919 + round * 104729) % 1000);
    await client.query('BEGIN');
    await client.query(`UPDATE accounts SET balance = balance + 1 WHERE id = ${id}`);
    await client.query(`SELECT balance FROM accounts WHERE id = ${id}`);
    // Every client updates the same row: in the replay as here, they wait for one another.
    await client.query('UPDATE branches SET balance = balance + 1 WHERE id = 1');
    await client.query(`INSERT INTO history (account, note) VALUES (${id}, '${SECRET}')`);
    await client.query('COMMIT');
    await client.query({
      name: 'look-up',
      text: 'SELECT balance, $2::text FROM accounts WHERE id = $1',
      values: [id, SECRET],
    });
    await client.query(`SELECT count(*) FROM accounts WHERE id BETWEEN ${id} AND ${id + 50}`);
  }
  await client.end();
}

const SCHEMA = `
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0);
  CREATE TABLE branches (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0);
  CREATE TABLE history (account int, note text, at timestamptz DEFAULT now());
  INSERT INTO accounts SELECT generate_series(1, 1100);
  INSERT INTO branches VALUES (1);
  ALTER DATABASE shop SET log_min_duration_statement = 0`;

let summary: unknown;
const shop = withLoggedShop(SCHEMA, async ({ server, importLog }) => {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => server.connect('shop')));
  await Promise.all(clients.map(work));
  summary = await importLog(await server.log(), 'shop.trace');
  await server.stop();
});

describe('a captured log', () => {
  let baseline: RunRecord;
  let split: RunRecord;

  it('becomes a trace of all its statements', async () => {
    expect(summary).toMatchObject({
      database: 'shop',
      sessions: CLIENTS,
      events: CLIENTS * ROUNDS * 8,
    });
    expect(await readFile(join(shop.folder, 'shop.trace'), 'utf8')).toContain(SECRET);
  });

  it('is replayed whole on both topologies, and the accounting adds up', async () => {
    baseline = await shop.replay('baseline', 'shop.trace');
    split = await shop.run('split');
    for (const { accounting } of [baseline, split]) {
      expect(accounting).toMatchObject({
        captured: CLIENTS * ROUNDS * 8,
        ok: CLIENTS * ROUNDS * 8,
        failed: 0,
        skipped: 0,
        notSent: 0,
      });
    }
    for (const record of [baseline, split]) expect(JSON.stringify(record)).not.toContain(SECRET);
  }, 180_000);

  it('sends reads outside transactions to the replica by the policy, and no transaction', () => {
    const [primary, replica] = split.volume;
    expect(replica!.wholeCalls.write).toBe(0);
    expect(primary!.wholeCalls.write).toBe(CLIENTS * ROUNDS * 3);
    expect(primary!.wholeCalls.read + replica!.wholeCalls.read).toBe(CLIENTS * ROUNDS * 3);
    expect(baseline.volume[0]!.wholeCalls.read).toBe(CLIENTS * ROUNDS * 3);
  });

  it('is compared; what has no meaning in it is not measured, with the reason, never 0', async () => {
    const outcome = await shop.bench('compare', '--out', 'report');
    expect([0, 1, 3], outcome.stderr).toContain(outcome.code);
    const card: Scorecard = JSON.parse(await readFile(join(shop.folder, 'report/compare.json'), 'utf8'));
    const analytics = card.scorecard.find((row) => row.id === 'analytics-speedup')!;
    expect(analytics).toMatchObject({
      value: null,
      verdict: 'not-measured',
      reason: expect.stringMatching(/analytics/i),
    });
    expect(await readFile(join(shop.folder, 'report/compare.html'), 'utf8')).not.toContain(SECRET);
    expect(outcome.stdout + outcome.stderr).not.toContain(SECRET);
  }, 60_000);

  it('is replayed without its writes: what is left of its transactions goes to the replica', async () => {
    const how = [
      '--read-only',
      '--read-only-transactions',
      'inferred',
      '--skip-idle',
      '1s',
      '--out',
      'reads',
    ];
    const { accounting, volume, plan, load } = await shop.replay('split', 'shop.trace', 'shop', ...how);
    expect(accounting).toMatchObject({ failed: 0, skipped: CLIENTS * ROUNDS * 3, notSent: 0 });
    expect([load.errors, load.missingErrors]).toEqual([[], []]);
    expect(plan.load.shape).toEqual({ skipIdleS: 1, readOnly: true, inferReadOnly: true });
    const [primary, replica] = volume;
    expect(primary!.wholeCalls.write).toBe(0);
    // Those in transactions among them, which had kept to the primary.
    expect(replica!.wholeCalls.read).toBeGreaterThan(primary!.wholeCalls.read);
  }, 90_000);
});
