import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importLog } from '../../../src/workload/capture/import.js';
import { SKIP_REASONS } from '../../../src/workload/capture/statements.js';
import type { SqlEvent } from '../../../src/workload/trace.js';
import { readTrace } from '../../../src/workload/trace-file.js';
import { type LoggingServer, startLoggingServer } from './logging-server.js';

let folder: string;
let server: LoggingServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-import-'));
  server = await startLoggingServer();
});
afterAll(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

async function importLines(logFiles: string[], database?: string) {
  const out = join(folder, 'trace.jsonl');
  const summary = await importLog({ logFiles, out, database });
  const events: SqlEvent[] = [];
  for await (const event of (await readTrace(out)).events) events.push(event as SqlEvent);
  return { summary, events };
}

const NASTY = ["it's", "two\nlines, $2 = 'x'", 'ünï—😀', '"quoted", \\ and', '', null, 'ends in dots...'];

const DURATIONS = { log_min_duration_statement: '0' };

describe('a log of a real server', () => {
  it.each([
    ['log_statement = all', 'started', { log_statement: 'all' }],
    ['log_min_duration_statement = 0', 'timed', DURATIONS],
    ['both, and log_duration', 'twice', { ...DURATIONS, log_statement: 'all', log_duration: 'on' }],
  ])('gives back what its clients did, in order, with parameters: %s', async (_, database, settings) => {
    await server.createDatabase(database, settings);
    const one = await server.connect(database);
    const two = await server.connect(database);
    const done: { session: number; sql: SqlEvent['sql'] }[] = [];
    const run = async (session: number, text: string, values?: (string | null)[], name?: string) => {
      done.push({ session, sql: values ? { text, values } : { text } });
      await (session === 1 ? one : two).query({ text, values, name }).catch(() => {});
    };
    await run(1, 'CREATE TABLE t (id int, body text)');
    for (const value of NASTY) await run(1, 'INSERT INTO t VALUES (1, $1)', [value], 'insert');
    await run(1, 'SELECT $1::text, $2::text', NASTY.slice(0, 2));
    await run(2, 'BEGIN');
    await run(2, 'SELECT count(*) FROM t');
    await run(2, 'UPDATE t SET id = 2;\nUPDATE t SET id = 3');
    await run(2, 'COMMIT');
    await run(1, 'SELECT 1/0');
    await run(1, 'SELECT nothing FROM nowhere');
    await run(1, 'SELEC 1');
    await run(1, 'SELECT $1::int', ['12']);
    await run(2, "/* category='analytics' */ SELECT sum(id) FROM t");
    for (const client of [one, two]) await client.end();

    const { summary, events } = await importLines(await server.log(), database);
    // Between sessions the order is known to a millisecond, as the stamps are.
    for (const number of [1, 2]) {
      const replayed = events.filter(({ session }) => session === number);
      expect(replayed.map(({ sql }) => sql)).toEqual(
        done.filter((one) => one.session === number).map(({ sql }) => sql),
      );
    }
    expect(summary).toMatchObject({ database, sessions: 2, peak: 2, failedInLog: 3, skipped: [] });
    const failed = events.filter((event) => event.failed).map(({ sql, failed }) => [failed, sql.text]);
    expect(failed).toEqual([
      ['22012', 'SELECT 1/0'],
      ['42P01', 'SELECT nothing FROM nowhere'],
      ['42601', 'SELEC 1'],
    ]);
    expect(summary.databases).toContainEqual({ name: database, statements: done.length });
    expect(summary.header.meta.serverVersion).toMatch(/^\d+\.\d+/);
    expect(summary.tornRecords.count).toBe(0);
    const writes = events.filter((event) => event.category === 'write').map((event) => event.sql.text);
    expect(writes.toSorted()).toEqual(
      [
        done[0]!.sql.text,
        ...NASTY.map(() => 'INSERT INTO t VALUES (1, $1)'),
        'BEGIN',
        'UPDATE t SET id = 2;\nUPDATE t SET id = 3',
        'COMMIT',
        'SELEC 1',
      ].toSorted(),
    );
    const analytics = events.filter((event) => event.category === 'analytics');
    expect(analytics).toMatchObject([{ session: 2, priority: 'high' }]);
  });

  it('tells when a statement that failed had begun, and with which parameters, by their binding', async () => {
    await server.createDatabase('failing', DURATIONS);
    const client = await server.connect('failing');
    const failing = (text: string, values: string[]) => expect(client.query(text, values)).rejects.toThrow();
    await client.query("SET statement_timeout = '1s'");
    await failing('SELECT 1 / (random() * $1)::int', ['0']);
    await failing('SELECT pg_sleep($1)', ['5']);
    await client.query("SET log_parameter_max_length_on_error = -1; SET statement_timeout = '0'");
    await failing('SELECT $1::int, $2::int', ['1', 'one']);
    await client.end();
    const { events, summary } = await importLines(await server.log(), 'failing');
    expect(summary).toMatchObject({ failedInLog: 3, skipped: [] });
    expect(events.filter(({ failed }) => failed).map(({ failed, sql }) => [failed, sql.values])).toEqual([
      ['22012', ['0']],
      ['57014', ['5']],
      ['22P02', [null, 'one']],
    ]);
    const [division, sleep, after] = events.slice(1).map(({ dueUs }) => dueUs / 1000);
    expect(sleep! - division!).toBeLessThan(800);
    expect(after! - sleep!).toBeGreaterThan(800);
  });

  it('shows that some of its transactions were sampled, by the numbers that the server gives them', async () => {
    await server.createDatabase('whole', DURATIONS);
    await server.createDatabase('sampled', { log_transaction_sample_rate: '0.1' });
    for (const database of ['whole', 'sampled']) {
      const client = await server.connect(database);
      for (let i = 0; i < 400; i++)
        await client.query({ name: `q${i % 40}`, text: `SELECT $1::int + ${i % 40}`, values: [i] });
      await client.end();
    }
    const log = await server.log();
    const sampled = expect.stringMatching(/log_transaction_sample_rate/);
    expect((await importLines(log, 'whole')).summary.warnings).not.toContainEqual(sampled);
    expect((await importLines(log, 'sampled')).summary.warnings).toContainEqual(sampled);
  });

  it('loses the statements whose parameters were cut short, and says so', async () => {
    await server.createDatabase('cut', { ...DURATIONS, log_parameter_max_length: '10' });
    const client = await server.connect('cut');
    for (const value of ['short', 'longer than ten', 'zehn üüüüüü'])
      await client.query('SELECT $1::text', [value]);
    await client.end();
    const { summary } = await importLines(await server.log(), 'cut');
    expect(summary).toMatchObject({
      events: 1,
      skipped: [{ code: 'cutParameters', reason: SKIP_REASONS.cutParameters, statements: 2 }],
    });
  });
});

const pgbench = findPgbench();

describe('a log made by pgbench', () => {
  it.skipIf(!pgbench).each(['simple', 'prepared'])(
    'has as many statements as the server counted (protocol %s; needs pgbench on the PATH)',
    async (protocol) => {
      await server.createDatabase(protocol, DURATIONS);
      const where = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres', protocol];
      const client = await server.connect(protocol);
      await client.query(
        `SET log_min_duration_statement = -1; CREATE EXTENSION IF NOT EXISTS pg_stat_statements`,
      );
      execFileSync(pgbench!, ['-i', '-q', ...where], { stdio: 'ignore' });
      const before = (await importLines(await server.log(), protocol)).summary;
      await client.query('SELECT pg_stat_statements_reset()');
      const load = ['-n', '-c', '4', '-t', '100', '-M', protocol, ...where];
      execFileSync(pgbench!, load, { stdio: 'ignore' });
      execFileSync(pgbench!, ['-S', ...load], { stdio: 'ignore' });
      // Of prepared BEGINs and ENDs the server counts each connection's first only.
      const { rows } = await client.query(`
        SELECT sum(calls)::int AS calls FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid
        WHERE datname = current_database() AND query NOT IN ('BEGIN', 'END') AND query NOT LIKE '%pg_stat_statements%'`);
      await client.end();

      const { summary, events } = await importLines(await server.log(), protocol);
      expect(summary.events - before.events).toBe(rows[0].calls + 400 + 400);
      const more = (kind: string) => summary.statementsByKind[kind]! - (before.statementsByKind[kind] ?? 0);
      expect(['BEGIN', 'UPDATE', 'INSERT', 'END'].map(more)).toEqual([400, 1200, 400, 400]);
      expect(summary.readsInReadWriteTransactions.inReadWrite).toBe(400);
      const prepared = events.filter((event) => event.sql.values).length;
      expect(prepared).toBe(protocol === 'prepared' ? 400 * 6 : 0);
    },
  );
});

function findPgbench(): string | undefined {
  return (process.env.PATH ?? '')
    .split(':')
    .map((dir) => join(dir, 'pgbench'))
    .find(existsSync);
}

const logs = join(import.meta.dirname, '../../../../shared/data/logs');

describe("other people's logs", () => {
  it.skipIf(!existsSync(logs))('of PostgreSQL 8.4 are read (../shared/data/logs)', async () => {
    const { summary } = await importLines([join(logs, 'pgreplay.csvlog')]);
    expect(summary).toMatchObject({ events: 22, sessions: 3, failedInLog: 2, recordsRead: 53 });
    expect(summary.tornRecords.count).toBe(0);
  });

  it.skipIf(!existsSync(logs))('of a busy PostgreSQL 17 are read (../shared/data/logs)', async () => {
    const { summary } = await importLines([join(logs, 'quellog.csvlog.csv.gz')]);
    expect(summary).toMatchObject({ database: 'app_db', recordsRead: 7251, failedInLog: 9 });
    expect(summary.databases.map(({ name }) => name)).toEqual(['app_db', 'postgres', 'analytics']);
    expect(summary.tornRecords.count).toBe(0);
  });

  it.skipIf(!existsSync(logs))('say the same in each format (../shared/data/logs)', async () => {
    const { events, summary } = await importLines([join(logs, 'quellog.csvlog.csv.gz')]);
    for (const name of ['quellog.jsonlog.json.gz', 'quellog.stderr.log.gz']) {
      const other = await importLines([join(logs, name)]);
      expect(other.events).toEqual(events);
      expect(other.summary.tornRecords.count).toBe(0);
      expect(other.summary.recordsRead).toBe(summary.recordsRead);
    }
  });

  it.skipIf(!existsSync(logs))("of pgreplay's are read, plain ones too (../shared/data/logs)", async () => {
    const withoutState = ({ failed: _, ...event }: SqlEvent) => event;
    const csv = await importLines([join(logs, 'pgreplay.csvlog')]);
    const plain = await importLines([join(logs, 'pgreplay.stderr.log')]);
    expect(plain.events).toEqual(csv.events.map(withoutState));
    expect(plain.summary).toMatchObject({ failedInLog: 2, recordsRead: 53, tornRecords: { count: 0 } });
    // It names no SQLSTATE.
    expect(plain.summary.header.tellsFailures).toBe(false);
    const go = await importLines([join(logs, 'pgreplay-go.stderr.log')]);
    expect(go.summary).toMatchObject({ events: 7, database: 'pgreplay_test', tornRecords: { count: 0 } });
  });
});
