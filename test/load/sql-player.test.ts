import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import type { LoadJob, LoadTarget } from '../../src/load/driver.js';
import { player } from '../../src/load/player/driver.js';
import { packageRoot } from '../../src/machine/entry.js';
import type { LoadResult } from '../../src/record/run.js';
import type { RouterStats } from '../../src/router/types.js';
import { type KeyCatalog, loadKeyCatalog } from '../../src/workload/generated-keys/index.js';
import type { SqlEvent } from '../../src/workload/trace.js';
import { readTrace } from '../../src/workload/trace-file.js';
import { startWithSchema } from '../servers.js';
import { addsUp, playEvents, sql } from './fixture.js';

const SCHEMA = `
  CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0), note text);
  INSERT INTO account SELECT n, 100, NULL FROM generate_series(1, 20) n;
  CREATE TABLE trail (id int GENERATED ALWAYS AS IDENTITY, what text);
  CREATE PROCEDURE open_till() LANGUAGE plpgsql AS $$ BEGIN SET my.till = 'seven'; END $$;
  CREATE SEQUENCE step MINVALUE 0;
  CREATE TABLE reached (step int);
  CREATE FUNCTION await_step(n int) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      WHILE (SELECT last_value FROM step) < n LOOP PERFORM pg_sleep(0.01); END LOOP;
      INSERT INTO reached VALUES (n);
    END $$;`;

/** What orders the statements of several sessions, however slow the machine is: outside of what transactions see. */
const reach = (step: number) => `SELECT setval('step', ${step})`;
const waitFor = (step: number) => `SELECT await_step(${step})`;

/** Statements of one session, each due a moment after the one before. */
function session(number: number, ...texts: string[]): SqlEvent[] {
  return texts.map((text, i) => sql(i * 5, number, text));
}

/** What asyncpg sends when a connection goes back to its pool. */
const ASYNCPG_RESET = 'SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;';

let cluster: Cluster;
let admin: pg.Client;

beforeAll(async () => {
  cluster = await startWithSchema('player', SCHEMA);
  admin = new pg.Client(cluster.primary.admin);
  await admin.connect();
});

afterAll(async () => {
  await admin?.end();
  await cluster?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await admin.query('UPDATE account SET balance = 100, note = NULL');
  await admin.query("TRUNCATE trail, reached; SELECT setval('step', 0)");
});

async function play(
  events: SqlEvent[],
  more: Partial<LoadJob> & { poolSize?: number; keyCatalog?: KeyCatalog } = {},
): Promise<LoadResult> {
  const { poolSize = 8, timeoutMs = 20_000, keyCatalog, ...job } = more;
  const target: LoadTarget = {
    kind: 'sql',
    keyCatalog,
    router: {
      primary: cluster.primary.app,
      replicas: cluster.replicas.map((replica) => replica.app),
      policy: 'balanced',
      poolSize,
    },
  };
  const result = await playEvents(
    await player.prepare(),
    target,
    [...events].sort((a, b) => a.dueUs - b.dueUs),
    { timeoutMs, ...job },
  );
  expect(addsUp(result.accounting)).toBe(true);
  return result;
}

async function balances(...ids: number[]): Promise<number[]> {
  const { rows } = await admin.query('SELECT balance FROM account WHERE id = ANY($1) ORDER BY id', [ids]);
  return rows.map(({ balance }) => balance);
}

function codes({ errors }: LoadResult): string[] {
  return errors.map(({ operation, code, count }) => `${count} x ${code}: ${operation}`).sort();
}

describe('the player of SQL traces', () => {
  test('runs a transaction on one connection, commits and rolls back as the session did', async () => {
    const { accounting } = await play([
      sql(0, 1, 'BEGIN'),
      sql(5, 1, 'UPDATE account SET balance = balance - 10 WHERE id = 1'),
      sql(10, 1, 'SELECT balance FROM account WHERE id = $1', ['1']),
      sql(15, 1, 'UPDATE account SET balance = balance + 10 WHERE id = 2'),
      sql(20, 1, 'COMMIT'),
      sql(0, 2, 'BEGIN'),
      sql(5, 2, 'UPDATE account SET balance = 0 WHERE id = 3'),
      sql(10, 2, 'ROLLBACK'),
      sql(30, 2, 'INSERT INTO trail (what) VALUES ($1)', [null]),
    ]);
    expect(accounting).toMatchObject({ captured: 9, ok: 9 });
    expect(await balances(1, 2, 3)).toEqual([90, 110, 100]);
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([{ what: null }]);
  });

  test('plays the example of docs/trace.md', async () => {
    const manual = readFileSync(join(packageRoot, 'docs/trace.md'), 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'splitbench-trace-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'example.trace');
    await writeFile(file, /```jsonl\n([\s\S]*?)```/.exec(manual)![1]!);
    const events: SqlEvent[] = [];
    for await (const event of (await readTrace(file)).events) events.push(event as SqlEvent);
    const { accounting, errors } = await play(events);
    expect(accounting).toMatchObject({ captured: 10, ok: 9, failed: 1, skipped: 0 });
    expect(errors).toMatchObject([{ compared: 'same', count: 1 }]);
    expect(await balances(1, 2)).toEqual([90, 110]);
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([{ what: null }]);
    // What it says of an event, it says of each of its fields.
    const fields = events.flatMap(({ sql, ...event }) => [
      ...Object.keys(event),
      ...Object.keys(sql).map((key) => `sql.${key}`),
    ]);
    for (const field of fields) expect(manual).toContain(`| \`${field}\` |`);
  });

  test('sends reads outside of transactions to the replica and reports what its router did', async () => {
    const seen: RouterStats[] = [];
    const reads = Array.from({ length: 40 }, (_, i) =>
      sql(i * 25, i % 4, `SELECT balance FROM account WHERE id = ${i}`),
    );
    const result = await play([...reads, sql(500, 9, "INSERT INTO trail (what) VALUES ('x')")], {
      onRouterStats: (stats) => seen.push(stats),
    });
    expect(result.accounting).toMatchObject({ captured: 41, ok: 41 });
    const on = (node: string) =>
      result.router!.requests.filter((r) => r.node === node).reduce((sum, r) => sum + r.ok + r.failed, 0);
    expect(on('replica')).toBeGreaterThan(0);
    expect(on('primary') + on('replica')).toBe(41);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toEqual(result.router);
  });

  test('has the connections of the first sessions open when the trace begins', async () => {
    const openedAt = `(SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid())`;
    const sessions = Array.from({ length: 5 }, (_, number) =>
      session(number, 'BEGIN', `INSERT INTO trail (what) VALUES (${openedAt})`, 'COMMIT'),
    );
    const { accounting, zeroEpochMs } = await play(sessions.flat());
    expect(accounting.ok).toBe(15);
    const { rows } = await admin.query('SELECT what FROM trail');
    for (const { what } of rows) expect(1000 * Number(what)).toBeLessThan(zeroEpochMs);
  });

  test('comes to the same with several threads as with one', async () => {
    const events = Array.from({ length: 400 }, (_, i) => [
      sql(i, i % 9, `SELECT balance FROM account WHERE id = ${i % 20}`),
      sql(i, 10 + (i % 7), 'UPDATE account SET balance = balance + 1 WHERE id = $1', [String(1 + (i % 20))]),
      sql(i, 20 + (i % 3), i % 50 === 0 ? 'SELECT 1 FROM missing' : 'COPY trail (what) FROM STDIN'),
    ]).flat();
    const [one, three] = [await play(events, { threads: 1 }), await play(events, { threads: 3 })];
    const comparable = ({ accounting, window, errors, skips, router }: LoadResult) => ({
      ...{ accounting, inWindow: window.accounting, errors, skips },
      latencies: [window.latency.read!.count, window.latency.write!.count],
      requests: router!.requests.reduce((sum, row) => sum + row.ok + row.failed, 0),
      pools: router!.pools.map(({ node, size }) => [node, size]),
    });
    expect(comparable(three)).toEqual(comparable(one));
    expect(one.accounting).toMatchObject({ captured: 1200, ok: 800, failed: 8, skipped: 392, notSent: 0 });
    expect(await balances(1, 20)).toEqual([140, 140]);
  });

  test('compares errors with those of the capture', async () => {
    const failing = (event: SqlEvent, failed: string): SqlEvent => ({ ...event, failed });
    const result = await play([
      failing(sql(0, 1, 'SELECT 1 / 0'), '22012'),
      failing(sql(10, 1, 'SELECT 1 / 0'), '42501'),
      sql(20, 1, 'SELECT 1 / 0'),
      failing(sql(30, 1, 'SELECT 1'), '42501'),
      // What ends a transaction that had failed is no error of the replay's.
      sql(40, 1, 'BEGIN'),
      failing(sql(50, 1, 'SELECT 1 / 0'), '22012'),
      failing(sql(60, 1, 'SELECT 1'), '25P02'),
      sql(70, 1, 'COMMIT'),
      sql(80, 1, 'BEGIN'),
      sql(90, 1, 'SELECT 1 / 0'),
      sql(100, 1, 'COMMIT'),
    ]);
    const { errors, missingErrors } = result;
    const told = errors.map(({ code, compared, capturedCode, count }) => [
      code,
      compared,
      capturedCode,
      count,
    ]);
    expect(told.sort()).toEqual([
      ['22012 division_by_zero', 'changed', '42501 insufficient_privilege', 1],
      ['22012 division_by_zero', 'new', undefined, 2],
      ['22012 division_by_zero', 'same', undefined, 2],
      ['25P02 in_failed_sql_transaction', 'same', undefined, 1],
      ['COMMIT rolled back', 'new', undefined, 1],
      ['COMMIT rolled back', 'same', undefined, 1],
    ]);
    expect(missingErrors).toEqual([
      { category: 'read', operation: 'SELECT $1', code: '42501 insufficient_privilege', count: 1 },
    ]);
    expect((await play([sql(0, 1, 'SELECT 1 / 0')])).missingErrors).toBeUndefined();
  });

  test('ends a wait for a lock that nobody will release in time, and gives that transaction up', async () => {
    const result = await play(
      [
        ...session(
          1,
          'BEGIN',
          'UPDATE account SET balance = 1 WHERE id = 1',
          reach(1),
          // It holds its lock until the other has given up.
          `SET LOCAL statement_timeout = 0; ${waitFor(2)}`,
          'COMMIT',
        ),
        ...session(
          2,
          'BEGIN',
          waitFor(1),
          'UPDATE account SET balance = 2 WHERE id = 2',
          'UPDATE account SET balance = 3 WHERE id = 1',
          "INSERT INTO trail (what) VALUES ('given up with it')",
          'COMMIT',
          "INSERT INTO trail (what) VALUES ('after')",
          reach(2),
        ),
      ],
      { timeoutMs: 2000 },
    );
    expect(result.accounting).toMatchObject({ captured: 13, ok: 10, failed: 1, skipped: 2, notSent: 0 });
    expect(codes(result)).toEqual([
      '1 x 57014 query_canceled: UPDATE account SET balance = $1 WHERE id = $2',
    ]);
    expect(result.skips).toEqual([{ reason: expect.stringMatching(/transaction was given up/), count: 2 }]);
    expect(await balances(1, 2)).toEqual([1, 100]);
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([{ what: 'after' }]);
  });

  test('survives a deadlock: one transaction fails on as PostgreSQL has it, the other commits', async () => {
    const result = await play([
      ...session(
        1,
        'BEGIN',
        'UPDATE account SET balance = 11 WHERE id = 1',
        reach(1),
        waitFor(2),
        'UPDATE account SET balance = 12 WHERE id = 2',
        'SELECT 1',
        'COMMIT',
      ),
      ...session(
        2,
        'BEGIN',
        'UPDATE account SET balance = 22 WHERE id = 2',
        waitFor(1),
        reach(2),
        'UPDATE account SET balance = 21 WHERE id = 1',
        'SELECT 1',
        'COMMIT',
      ),
    ]);
    expect(result.accounting).toMatchObject({ captured: 14, ok: 11, failed: 3, skipped: 0, notSent: 0 });
    expect(codes(result)).toEqual([
      '1 x 25P02 in_failed_sql_transaction: SELECT $1',
      '1 x 40P01 deadlock_detected: UPDATE account SET balance = $1 WHERE id = $2',
      '1 x COMMIT rolled back: COMMIT',
    ]);
    expect([
      [11, 12],
      [21, 22],
    ]).toContainEqual(await balances(1, 2));
  });

  test('recovers with ROLLBACK TO where the session did', async () => {
    const result = await play([
      sql(0, 1, 'BEGIN'),
      sql(5, 1, 'SAVEPOINT a'),
      sql(10, 1, "UPDATE account SET note = 'secret', balance = -1 WHERE id = 1"),
      sql(15, 1, 'ROLLBACK TO a'),
      sql(20, 1, 'UPDATE account SET balance = 7 WHERE id = 1'),
      sql(25, 1, 'COMMIT'),
    ]);
    expect(result.accounting).toMatchObject({ ok: 5, failed: 1 });
    expect(codes(result)).toEqual([
      '1 x 23514 check_violation: UPDATE account SET note = $1, balance = -$2 WHERE id = $3',
    ]);
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(await balances(1)).toEqual([7]);
  });

  test('keeps a connection for a session that leaves something on it, and gives it to nobody else', async () => {
    const result = await play(
      [
        sql(0, 1, "SET my.till = 'seven'"),
        sql(10, 1, "INSERT INTO trail (what) SELECT coalesce(current_setting('my.till', true), 'none')"),
        sql(20, 1, 'BEGIN'),
        sql(30, 1, "INSERT INTO trail (what) SELECT coalesce(current_setting('my.till', true), 'none')"),
        sql(40, 1, 'COMMIT'),
        sql(50, 1, "INSERT INTO trail (what) SELECT coalesce(current_setting('my.till', true), 'none')"),
        sql(60, 1, "SELECT current_setting('my.till')"),
        sql(150, 2, "INSERT INTO trail (what) SELECT coalesce(current_setting('my.till', true), 'none')"),
      ],
      { poolSize: 1 },
    );
    expect(result.accounting).toMatchObject({ captured: 8, ok: 8 });
    const { rows } = await admin.query('SELECT what FROM trail ORDER BY id');
    expect(rows.map(({ what }) => what)).toEqual(['seven', 'seven', 'seven', 'none']);
    expect(result.warnings.join()).toMatch(
      /^Reads stayed on the primary.*: a setting \(1 read of 1 session\)\.$/,
    );
  });

  test('gives the connection back after the last statement, as new, whatever the session left', async () => {
    const sessions = [
      ['SET work_mem = 1024'],
      ['SELECT pg_advisory_lock(1)', 'LISTEN a', 'CREATE TEMP TABLE t (a int)'],
      ['CREATE TEMP TABLE t (a int)', 'INSERT INTO t VALUES (1)', 'SELECT pg_advisory_lock(1)'],
      ['PREPARE p AS SELECT 1', 'EXECUTE p'],
      ['PREPARE p AS SELECT 1', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'FETCH c'],
    ];
    // Each takes the only connection while those before it are still to be heard of.
    const result = await play(
      sessions.flatMap((texts, session) => texts.map((text, i) => sql(session * 100 + i * 5, session, text))),
      { poolSize: 1 },
    );
    expect(codes(result)).toEqual([]);
    expect(result.accounting.ok).toBe(sessions.flat().length);
  });

  test('a reset sets the reads after it free', async () => {
    const result = await play([
      sql(0, 1, 'SET work_mem = 1024'),
      sql(10, 1, 'SELECT 1'),
      sql(20, 1, 'RESET ALL'),
      sql(30, 1, 'SELECT 1'),
      sql(40, 1, 'SELECT 1'),
    ]);
    expect(codes(result)).toEqual([]);
    expect(result.warnings).toEqual([expect.stringMatching(/: a setting \(1 read of 1 session\)\.$/)]);
  });

  test('what a session made and locked is there for its later statements, and for no other session', async () => {
    const result = await play([
      ...session(
        1,
        'SELECT pg_advisory_lock(7)',
        'CREATE TEMP TABLE seen (n int)',
        'INSERT INTO seen VALUES (41)',
        reach(1),
        waitFor(3),
        'UPDATE account SET balance = (SELECT n FROM seen) WHERE id = 1',
      ),
      ...session(
        2,
        waitFor(1),
        'UPDATE account SET note = pg_try_advisory_lock(7)::text WHERE id = 2',
        reach(2),
      ),
      ...session(3, waitFor(2), 'CREATE TEMP TABLE seen (n int)', reach(3)),
    ]);
    expect(codes(result)).toEqual([]);
    expect(await balances(1)).toEqual([41]);
    expect((await admin.query('SELECT note FROM account WHERE id = 2')).rows).toEqual([{ note: 'false' }]);
  });

  test('a session that has nothing to clear keeps no connection for it', async () => {
    const texts = ['DISCARD ALL', 'RESET ALL', 'DEALLOCATE ALL', 'UNLISTEN *', 'CLOSE ALL', ASYNCPG_RESET];
    const result = await play(
      texts.flatMap((text, session) => [sql(session * 50, session, text), sql(4000, session, 'SELECT 1')]),
      { poolSize: 1, timeoutMs: 3000 },
    );
    expect(codes(result)).toEqual([]);
    expect(result.accounting.ok).toBe(2 * texts.length);
    expect(result.warnings).toEqual([]);
  });

  test('ends the transaction of a text that does more', async () => {
    const result = await play(
      [
        sql(0, 1, 'BEGIN'),
        sql(5, 1, "INSERT INTO trail (what) VALUES ('undone')"),
        sql(10, 1, 'ROLLBACK; DEALLOCATE ALL'),
        sql(100, 2, "INSERT INTO trail (what) VALUES ('kept')"),
        sql(110, 1, 'SELECT 1'),
      ],
      { poolSize: 2 },
    );
    expect(codes(result)).toEqual([]);
    expect(result.accounting).toMatchObject({ captured: 5, ok: 5 });
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([{ what: 'kept' }]);
    expect(result.warnings).toEqual([]);
  });

  test('knows by the catalog what a procedure leaves', async () => {
    const note = "INSERT INTO trail (what) SELECT coalesce(current_setting('my.till', true), 'none')";
    const result = await play(
      [
        ...session(1, 'CALL open_till()', reach(1), waitFor(2), note, 'SELECT 1', reach(3)),
        ...session(2, waitFor(1), note, reach(2), waitFor(3), note),
      ],
      { poolSize: 2 },
    );
    expect(codes(result)).toEqual([]);
    const { rows } = await admin.query('SELECT what FROM trail ORDER BY id');
    expect(rows.map(({ what }) => what)).toEqual(['none', 'seven', 'none']);
    expect(result.warnings.join()).toMatch(
      /^Reads stayed on the primary.*: a setting \(1 read of 1 session\)\.$/,
    );
  });

  test("answers lastval() with the session's own number, outside of a transaction as well", async () => {
    const insert = 'INSERT INTO trail (what) VALUES ($1)';
    const result = await play([
      sql(0, 1, insert, ['first']),
      sql(100, 2, insert, ['second']),
      sql(200, 1, 'SELECT lastval()'),
      sql(210, 1, 'UPDATE account SET balance = lastval() WHERE id = 1'),
      sql(220, 2, "UPDATE account SET balance = currval('trail_id_seq') WHERE id = 2"),
    ]);
    expect(codes(result)).toEqual([]);
    const { rows } = await admin.query('SELECT id FROM trail ORDER BY what');
    expect(await balances(1, 2)).toEqual(rows.map(({ id }) => id));
  });

  test('stops a session whose SET failed, unless it did so in the capture, or failed with its transaction', async () => {
    const result = await play(
      [
        sql(0, 1, 'SET no_such_setting = 1'),
        sql(100, 2, "INSERT INTO trail (what) VALUES ('kept')"),
        // Until then it would keep one of the two connections, and the others would wait for it in vain.
        sql(4000, 1, 'SELECT 1'),
        sql(0, 3, 'BEGIN'),
        sql(10, 3, 'SELECT 1/0'),
        sql(20, 3, 'SET work_mem = 1024'),
        sql(30, 3, 'ROLLBACK'),
        sql(40, 3, 'SELECT 1'),
        { ...sql(0, 4, 'SET work_mem = nonsense'), failed: '22023' },
        sql(50, 4, 'SELECT 1'),
      ],
      { poolSize: 2, timeoutMs: 3000 },
    );
    expect(codes(result)).toEqual([
      '1 x 22012 division_by_zero: SELECT $1/$2',
      '1 x 22023 invalid_parameter_value: SET work_mem = $1',
      '1 x 25P02 in_failed_sql_transaction: SET work_mem = $1',
      '1 x 42704 undefined_object: SET no_such_setting = $1',
    ]);
    expect(result.accounting).toMatchObject({ captured: 10, ok: 5, failed: 4, skipped: 1 });
    expect(result.skips).toEqual([{ reason: expect.stringMatching(/^its session was stopped/), count: 1 }]);
  });

  test("leaves a driver's settings of its connection out, so that the session's reads can be routed", async () => {
    const result = await play([
      sql(0, 1, 'SET extra_float_digits = 3'),
      sql(5, 1, "SET application_name = 'till'"),
      sql(10, 1, 'SELECT 1'),
    ]);
    expect(result.accounting).toMatchObject({ captured: 3, ok: 1, skipped: 2 });
    expect(result.skips).toEqual([{ reason: expect.stringMatching(/application_name/), count: 2 }]);
    expect(result.warnings).toEqual([]);
  });

  test('skips what its trace says is not to be played', async () => {
    const left: SqlEvent = { ...sql(0, 1, "INSERT INTO trail (what) VALUES ('x')"), skip: 'not a read' };
    const result = await play([left, sql(5, 1, 'SELECT 1')]);
    expect(result.accounting).toMatchObject({ captured: 2, ok: 1, skipped: 1 });
    expect(result.skips).toEqual([{ reason: 'not a read', count: 1 }]);
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([]);
  });

  test('ends a session with the last event that is played, though more of it are skipped', async () => {
    const result = await play(
      [
        ...session(1, 'BEGIN', 'UPDATE account SET balance = 1 WHERE id = 1', reach(1)),
        ...session(2, waitFor(1), 'UPDATE account SET balance = 2 WHERE id = 1'),
        { ...sql(4000, 1, "INSERT INTO trail (what) VALUES ('x')"), skip: 'not a read' },
      ],
      { timeoutMs: 3000 },
    );
    expect(result.accounting).toMatchObject({ captured: 6, ok: 5, skipped: 1 });
    expect(result.lockWaits!.cutOff).toBe(1);
    expect(await balances(1)).toEqual([2]);
  });

  test('plays a session as its role, though the first of its events is skipped', async () => {
    const as = (who: string) => ({
      primary: { ...cluster.primary.app, options: `-c my.who=${who}` },
      replicas: [],
      poolSize: 2,
    });
    const insert = "INSERT INTO trail (what) SELECT current_setting('my.who')";
    const result = await playEvents(
      await player.prepare(),
      {
        kind: 'sql',
        router: { ...as('nobody'), policy: 'balanced' },
        roles: { '': as('nobody'), clerk: as('clerk') },
      },
      [{ ...sql(0, 1, insert), user: 'clerk', skip: 'not a read' }, sql(5, 1, insert)],
    );
    expect(result.accounting).toMatchObject({ ok: 1, skipped: 1 });
    expect((await admin.query('SELECT what FROM trail')).rows).toEqual([{ what: 'clerk' }]);
  });

  test('leaves COPY FROM STDIN out, with the reason', async () => {
    const result = await play([
      sql(0, 1, 'COPY trail (what) FROM STDIN'),
      sql(5, 1, 'COPY (SELECT 1) TO STDOUT'),
      sql(10, 1, 'SELECT 1'),
    ]);
    expect(result.accounting).toMatchObject({ captured: 3, ok: 2, skipped: 1 });
    expect(result.skips).toEqual([{ reason: expect.stringMatching(/COPY FROM STDIN/), count: 1 }]);
  });

  test('says at once that the dump may not fit when many of the first statements fail', async () => {
    const warnings: string[] = [];
    const events = Array.from({ length: 100 }, (_, i) =>
      sql(i * 5, i, i % 10 === 0 ? "SELECT * FROM missing WHERE a = 'secret'" : 'SELECT 1'),
    );
    const result = await play(events, { onWarning: (sentence) => warnings.push(sentence) });
    expect(result.accounting).toMatchObject({ captured: 100, ok: 90, failed: 10 });
    expect(warnings).toEqual([
      expect.stringMatching(/^\d+ % of the first 50 statements failed .*42P01 undefined_table.*dump/),
    ]);
    expect(result.warnings).toEqual(warnings);
    expect(codes(result)).toEqual(['10 x 42P01 undefined_table: SELECT * FROM missing WHERE a = $1']);
  });

  test('goes on from a savepoint after a statement that ran out of time when it was captured too', async () => {
    const result = await play([
      sql(0, 1, 'BEGIN'),
      sql(5, 1, 'UPDATE account SET balance = 5 WHERE id = 1'),
      sql(10, 1, "SET LOCAL statement_timeout = '500ms'; SAVEPOINT s"),
      { ...sql(15, 1, 'SELECT pg_sleep(5)'), failed: '57014' },
      { ...sql(20, 1, 'SELECT 1'), failed: '25P02' },
      sql(25, 1, 'ROLLBACK TO s'),
      sql(30, 1, 'COMMIT'),
    ]);
    expect(result.accounting).toMatchObject({ captured: 7, ok: 5, failed: 2 });
    expect(result.errors.map(({ compared }) => compared)).toEqual(['same', 'same']);
    expect(await balances(1)).toEqual([5]);
  });

  test('keeps the limits that a session has set for itself where they ended a statement, and its reads free', async () => {
    const sleep = { ...sql(0, 1, 'SELECT pg_sleep(2)'), failed: '57014' };
    const result = await play([
      sql(0, 1, "SET statement_timeout = '50ms'"),
      { ...sleep, dueUs: 10_000 },
      sql(20, 1, 'BEGIN'),
      sql(25, 1, 'UPDATE account SET balance = 5 WHERE id = 1'),
      sql(30, 1, 'SAVEPOINT s'),
      { ...sleep, dueUs: 35_000 },
      sql(40, 1, 'ROLLBACK TO s'),
      sql(45, 1, 'SELECT pg_sleep(0.1)'),
      sql(50, 1, 'COMMIT'),
      sql(55, 1, 'SELECT balance FROM account'),
      sql(60, 1, 'RESET statement_timeout'),
      { ...sql(65, 1, 'SELECT pg_sleep(0.1)'), failed: '57014' },
    ]);
    expect(result.accounting).toMatchObject({ ok: 8, failed: 2, skipped: 2 });
    expect(result.errors.map(({ compared, count }) => [compared, count])).toEqual([['same', 2]]);
    expect(result.missingErrors).toHaveLength(1);
    // Only the one that ran out of time outside of a transaction.
    expect(result.router!.pinning.settings.reads).toBe(1);
    expect(await balances(1)).toEqual([5]);
  });

  test("skips a client's setting that is made by a function", async () => {
    const result = await play([
      sql(0, 1, "SELECT set_config('TimeZone', $1, false)", ['Europe/Berlin']),
      sql(5, 1, "SELECT set_config('TimeZone', 'UTC', false), balance FROM account"),
    ]);
    expect(result.accounting).toMatchObject({ ok: 1, skipped: 1 });
  });

  test('counts a session once that lost its connection and what it had set there', async () => {
    const result = await play([
      ...session(1, 'CREATE TEMP TABLE mine (id int)', `${reach(1)} /* the last before it is lost */`),
      ...session(
        2,
        waitFor(1),
        `SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
         WHERE application_name = 'splitbench-player' AND query LIKE 'SELECT setval%before it is lost%'`,
      ),
      // A session can't wait on a connection that it is to lose.
      ...[3000, 3010, 3020].map((ms) => sql(ms, 1, 'SELECT * FROM mine')),
    ]);
    expect(result.accounting).toMatchObject({ captured: 7, ok: 4, failed: 1, skipped: 2 });
    expect(result.skips).toEqual([{ reason: expect.stringMatching(/session was stopped/), count: 2 }]);
  });

  test('plays on when a connection is terminated in a transaction, which is given up', async () => {
    const result = await play([
      sql(0, 1, 'BEGIN'),
      sql(5, 1, 'UPDATE account SET balance = 5 WHERE id = 1'),
      sql(10, 1, 'SELECT pg_terminate_backend(pg_backend_pid())'),
      sql(15, 1, 'UPDATE account SET balance = 6 WHERE id = 1'),
      sql(20, 1, 'COMMIT'),
      sql(30, 1, 'UPDATE account SET balance = 8 WHERE id = 2'),
    ]);
    expect(result.accounting).toMatchObject({ captured: 6, ok: 3, failed: 1, skipped: 2 });
    expect(await balances(1, 2)).toEqual([100, 8]);
  });

  test("a session's keys are found by sessions of other threads", async () => {
    const keyCatalog = await loadKeyCatalog(admin);
    const events = [1, 2, 3, 4].flatMap((n) => [
      sql(50 * n, n, 'INSERT INTO trail (what) VALUES ($1) RETURNING what, id', [`of ${n}`]),
      sql(50 * n + 20, n, 'UPDATE trail SET what = $1 WHERE id = $2', [`by ${n}`, `${7000 + n}`]),
      ...[1, 2, 3, 4].map((other) =>
        sql(1000 + 10 * n, other, `UPDATE trail SET what = what || ', ${other}' WHERE id = ${7000 + n}`),
      ),
    ]);
    const { accounting, warnings } = await play(events, { threads: 2, keyCatalog });
    expect(accounting).toMatchObject({ captured: 24, ok: 24 });
    const { rows } = await admin.query('SELECT what FROM trail ORDER BY id');
    const others = rows.map(({ what }) => what.split(', ').sort().join(' ')).sort();
    expect(others).toEqual([1, 2, 3, 4].map((n) => `1 2 3 4 by ${n}`));
    expect(warnings.join('\n')).toContain('in 20 statements');
  });

  test('does not wait for sessions that end with an open transaction', async () => {
    const events = Array.from({ length: 10 }, (_, i) => [
      sql(i * 20, i, 'BEGIN'),
      sql(i * 20 + 5, i, 'UPDATE account SET balance = 1 WHERE id = 1'),
    ]).flat();
    const result = await play(events, { poolSize: 2 });
    expect(result.accounting).toMatchObject({ captured: 20, ok: 20 });
    expect(await balances(1)).toEqual([100]);
  });

  test('fails with one sentence when the primary is not there', async () => {
    const target: LoadTarget = {
      kind: 'sql',
      router: { primary: { ...cluster.primary.app, port: 1 }, replicas: [], policy: 'balanced', poolSize: 1 },
    };
    await expect(playEvents(await player.prepare(), target, [sql(0, 1, 'SELECT 1')])).rejects.toThrow(
      /primary can't be used/,
    );
  });
});
