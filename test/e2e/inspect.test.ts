import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Inspected } from '../../src/inspect/index.js';
import { TRACE_SCHEMA } from '../../src/workload/trace.js';
import { writeTrace } from '../../src/workload/trace-file.js';
import { withLoggedShop } from './logged-shop.js';

/** What a replica could take is told before anything is run, and a run then moves just that. */

const ROUNDS = 30;
const SCHEMA = `
  CREATE EXTENSION pg_stat_statements;
  CREATE TABLE dishes (id int PRIMARY KEY, price int NOT NULL);
  INSERT INTO dishes SELECT id, id FROM generate_series(1, 500) id;
  CREATE FUNCTION next_price() RETURNS int LANGUAGE sql AS 'UPDATE dishes SET price = price + 1 WHERE id = 1 RETURNING price';
  CREATE ROLE guest LOGIN;
  CREATE ROLE narrow LOGIN;
  ALTER ROLE narrow SET search_path = app;
  GRANT pg_read_all_stats TO narrow;
  CREATE ROLE barred LOGIN;
  REVOKE EXECUTE ON FUNCTION pg_stat_statements(boolean) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean) TO narrow, guest;
  ALTER DATABASE shop SET log_min_duration_statement = 0`;

const shop = withLoggedShop(SCHEMA, async ({ server, importLog }) => {
  const client = await server.connect('shop');
  await client.query('SELECT pg_stat_statements_reset()');
  for (let round = 1; round <= ROUNDS; round++) {
    await client.query('BEGIN');
    await client.query(`SELECT price FROM dishes WHERE id = ${round}`);
    await client.query(`UPDATE dishes SET price = price + 1 WHERE id = ${round}`);
    await client.query('COMMIT');
    await client.query('BEGIN READ ONLY');
    await client.query(`SELECT max(price) FROM dishes WHERE id < ${round + 100}`);
    await client.query('COMMIT');
    await client.query(`SELECT price FROM dishes WHERE id = ${round} FOR UPDATE`);
    await client.query({ text: 'SELECT count(*) FROM dishes WHERE price > $1', values: [round] });
    await client.query('SELECT next_price()');
  }
  await client.end();
  await importLog(await server.log(), 'shop.trace');
});

async function inspected(...args: string[]): Promise<Inspected> {
  const outcome = await shop.bench('inspect', ...args, '--json');
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout);
}
const url = (user: string, database = 'shop') =>
  `postgres://${user}@127.0.0.1:${shop.server.port}/${database}`;

it('tells of a trace which of its reads could move, and in which transactions others are held', async () => {
  const { source, parts, readsMoved, atMost } = await inspected('shop.trace', '--policy', 'lsn');
  expect(source).toMatchObject({ kind: 'trace', file: 'shop.trace', sessions: 1 });
  // A trace does not show what functions do: next_price() counts as a read.
  expect(parts.moves).toEqual({ calls: 3 * ROUNDS, execMs: null, blocks: null });
  expect(parts.transaction.calls).toBe(ROUNDS);
  // And what had been counted was forgotten once.
  expect(parts.primary.calls).toBe(2 * ROUNDS + 1);
  expect([readsMoved, atMost]).toEqual([0.75, false]);
});

it('tells of a server what it has counted, with what its functions do', async () => {
  const { source, parts, readsMoved, atMost, statements } = await inspected(
    url('postgres'),
    '--policy',
    'lsn',
  );
  expect(source).toMatchObject({ kind: 'server', standby: false, discarded: 0, hidden: 0 });
  expect(parts.moves.calls).toBe(3 * ROUNDS);
  expect(parts.primary.calls).toBe(3 * ROUNDS);
  expect(parts.moves.execMs! + parts.primary.execMs!).toBeGreaterThan(0);
  expect(parts.moves.blocks!).toBeGreaterThan(3 * ROUNDS);
  expect([readsMoved, atMost]).toEqual([1, true]);
  const why = new Map(statements.map(({ text, stays }) => [text, stays]));
  expect(why.get('SELECT next_price()')).toContain('next_price');
  expect(why.get('SELECT price FROM dishes WHERE id = $1 FOR UPDATE')).toBe('it locks rows');
});

it('says in words how much of the target is within reach, and what stays although it reads', async () => {
  const words = (await shop.bench('inspect', url('postgres'))).stdout;
  expect(words).toContain('With policy "balanced", at most 50.0 % of the reads would leave the primary.');
  expect(words).toContain('The target of 40 % fewer reads on the primary is within reach.');
  expect(words).toMatch(/SELECT next_price\(\) \(it calls .*next_price/);
  const none = (await shop.bench('inspect', 'shop.trace', '--policy', 'primary-only')).stdout;
  expect(none).toContain('about 0.0 % of the reads');
  expect(none).toContain('can’t be met with this policy. One that moves all it can would take 75.0 %.');
  expect(none).toContain(' run baseline --workload shop.trace --snapshot');
});

it('says which statements a role may not see, and what is not counted', async () => {
  const { source } = await inspected(url('guest'));
  expect(source).toMatchObject({ kind: 'server', hidden: 1 });
  const uncounted = await shop.bench('inspect', url('postgres', 'postgres'));
  expect(uncounted).toMatchObject({ code: 2 });
  const barred = await shop.bench('inspect', url('barred'));
  expect(barred).toMatchObject({ code: 2 });
  expect(barred.stderr).toContain('permission denied for function pg_stat_statements. [NO_STATEMENTS]');
  // The server has loaded it.
  expect(uncounted.stderr).not.toContain('restart');
  expect(uncounted.stderr).toContain('CREATE EXTENSION pg_stat_statements in that database. [NO_STATEMENTS]');
});

it('finds the counts in whatever schema they are', async () => {
  const { parts } = await inspected(url('narrow'));
  expect(parts.moves.calls).toBeGreaterThan(0);
});

it('refuses a trace of requests, and what is no trace', async () => {
  await writeTrace(
    join(shop.folder, 'http.trace'),
    { schema: TRACE_SCHEMA, kind: 'http', workload: 'smartmenu', meta: {} },
    [],
  );
  const http = await shop.bench('inspect', 'http.trace');
  expect(http).toMatchObject({ code: 2 });
  expect(http.stderr).toContain('[TRACE_KIND]');
  expect((await shop.bench('inspect', 'nothing.trace')).stderr).toContain('[TRACE_UNREADABLE]');
});

it('foretells what a run moves', async () => {
  const { readsMoved } = await inspected('shop.trace', '--policy', 'everything-to-replica');
  await shop.server.stop();
  const { volume } = await shop.replay('split', 'shop.trace', 'shop', '--policy', 'everything-to-replica');
  const reads = (node: string) => volume.find((each) => each.node === node)!.wholeCalls.read;
  // next_price() is none: a server knows that it writes. It would count as moved, by the trace alone.
  const all = reads('primary') + reads('replica');
  expect(all).toBe(3 * ROUNDS);
  expect(reads('replica') / all).toBeCloseTo((readsMoved! * 4 - 1) / 3, 2);
});
