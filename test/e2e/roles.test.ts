import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { type LoggingServer, startLoggingServer } from '../workload/capture/logging-server.js';
import { runBench } from './bench.js';

/** What roles are to a capture: their settings, their rights, the rows that they may see. */

const SCHEMA = `
  CREATE ROLE shopper LOGIN;
  CREATE ROLE reporter LOGIN;
  CREATE SCHEMA shop;
  CREATE TABLE shop.item (id int PRIMARY KEY, name text);
  INSERT INTO shop.item SELECT n, 'item ' || n FROM generate_series(1, 50) n;
  CREATE TABLE shop.secret (id int);
  CREATE TABLE shop.basket (owner text, item int);
  INSERT INTO shop.basket VALUES ('shopper', 1), ('somebody', 2), ('somebody', 3);
  ALTER TABLE shop.basket ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON shop.basket USING (owner = current_user);
  GRANT USAGE ON SCHEMA shop TO shopper, reporter;
  GRANT SELECT ON shop.item TO shopper, reporter;
  GRANT SELECT, INSERT, UPDATE ON shop.basket TO shopper;
  ALTER ROLE shopper IN DATABASE shop SET search_path = shop;
  ALTER ROLE reporter SET statement_timeout = '300ms';
  ALTER ROLE reporter SET search_path = shop;
  ALTER DATABASE shop SET application_name = 'of the database'`;

const AS_SHOPPER = [
  'SELECT name FROM item WHERE id = 7',
  'SELECT name FROM item WHERE id = 8',
  // Row security: one row that is the role's own, and one that it may not add.
  "SELECT 1 / (CASE WHEN count(*) = 1 THEN 1 ELSE 0 END) FROM basket WHERE current_user = 'shopper'",
  "UPDATE basket SET item = item + 1 WHERE owner = 'shopper'",
  "INSERT INTO basket VALUES ('somebody', 4)",
  'SELECT id FROM secret',
];
const AS_REPORTER = [
  'SELECT count(*) FROM item',
  'SELECT pg_sleep(3) FROM item WHERE id = 1',
  'SELECT id FROM item ORDER BY id LIMIT 3',
];
/** What came of them when they were captured, and what is to come of them again. */
const FAILURES = [
  '42501 insufficient_privilege: INSERT INTO basket VALUES ($1, $2)',
  '42501 insufficient_privilege: SELECT id FROM secret',
  '57014 query_canceled: SELECT pg_sleep($1) FROM item WHERE id = $2',
];

/** A whole PostgreSQL of this machine, whose pg_dump is as new as its server. */
const folders = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
const systemBin = folders
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((bin) =>
    ['postgres', 'initdb', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(bin, name))),
  );
const env: NodeJS.ProcessEnv = systemBin ? { BENCH_PG_BIN: systemBin } : {};

const reports = join(import.meta.dirname, '../../../shared/data/reports');

let folder: string;
let server: LoggingServer;
const bench = (...args: string[]) => runBench(folder, args, env);

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
  Object.assign(process.env, env);
  server = await startLoggingServer();
  await server.createDatabase('shop', {});
  const setUp = await server.connect('shop');
  await setUp.query(SCHEMA);
  await setUp.end();
  if (systemBin) {
    const to = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres'];
    const dump = (name: string, ...args: string[]) => execFileSync(join(systemBin, name), [...args, ...to]);
    dump('pg_dump', '-Fc', '-f', join(folder, 'shop.dump'), '-d', 'shop');
    dump('pg_dumpall', '-g', '-f', join(folder, 'globals.sql'));
  }
  const asAdmin = await server.connect();
  await asAdmin.query('ALTER DATABASE shop SET log_min_duration_statement = 0');
  await asAdmin.end();
  for (const [user, statements] of Object.entries({ shopper: AS_SHOPPER, reporter: AS_REPORTER })) {
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, database: 'shop' });
    await client.connect();
    for (const statement of statements) await client.query(statement).catch(() => {});
    await client.end();
  }
  const files = await server.log();
  await server.stop();
  const imported = await bench('import', ...files, '-o', 'shop.trace', '--database', 'shop', '--json');
  expect(imported, imported.stderr).toMatchObject({ code: 0 });
});

afterAll(async () => {
  for (const name of Object.keys(env)) delete process.env[name];
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

async function recordOf(...args: string[]): Promise<RunRecord> {
  const outcome = await bench('run', ...args, '--json');
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return JSON.parse(await readFile(join(folder, JSON.parse(outcome.stdout).file), 'utf8'));
}

function failuresOf({ load }: RunRecord): string[] {
  return load.errors
    .flatMap(({ code, operation, count }) => Array<string>(count).fill(`${code}: ${operation}`))
    .sort();
}

function expectAsCaptured(record: RunRecord): void {
  expect(failuresOf(record)).toEqual(FAILURES);
  const { captured, ok, skipped } = record.accounting;
  expect({ captured, ok, skipped }).toEqual({ captured: 9, ok: 6, skipped: 0 });
  expect(record.load.errors.map(({ compared }) => compared)).toEqual(FAILURES.map(() => 'same'));
  expect(record.load.missingErrors).toEqual([]);
}

describe('a capture of two roles', () => {
  it('fails as it did, and nowhere else, on a copy of its data directory', async () => {
    const record = await recordOf('baseline', '--workload', 'shop.trace', '--snapshot', server.dataDir);
    expectAsCaptured(record);
    expect(record.warnings).toEqual([]);
    // What the servers count is all that was played, whoever it was played as.
    expect(record.volume[0]!.wholeCalls.read).toBeGreaterThanOrEqual(5);
    expectAsCaptured(await recordOf('split'));
  }, 120_000);

  it.skipIf(!systemBin)(
    'does so on a dump of its database, with the roles from its globals',
    async () => {
      const args = ['--workload', 'shop.trace', '--snapshot', 'shop.dump', '--globals', 'globals.sql'];
      const record = await recordOf('split', ...args);
      expectAsCaptured(record);
      expect(record.warnings).toEqual([]);
      expect(record.plan.workload.snapshot).toMatchObject({
        database: 'shop',
        globals: { path: join(folder, 'globals.sql'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
    },
    120_000,
  );

  it.skipIf(!systemBin)(
    'is refused where none of their names is found, with the reason, and its record kept',
    async () => {
      const [header, ...events] = (await readFile(join(folder, 'shop.trace'), 'utf8')).split('\n');
      const lost = events.filter(
        (line) => /item WHERE id|secret|basket/.test(line) && !/pg_sleep|1 \/ /.test(line),
      );
      await writeFile(join(folder, 'lost.trace'), [header, ...lost, ''].join('\n'));
      const args = ['--workload', 'lost.trace', '--snapshot', 'shop.dump', '--json'];
      for (const side of [['baseline', ...args], ['split']]) {
        const { code, stderr } = await bench('run', ...side);
        expect({ code, stderr }).toMatchObject({ code: 4 });
        expect(stderr).toMatch(/"shopper" \(5 statements\) isn't among the roles .*--globals/);
        expect(stderr).toMatch(/5 of 5 statements failed .*42P01 undefined_table \(5\), as in "/);
        const file = /--globals FILE .* What was measured is in (.*)\. \[ALL_FAILED\]\n$/.exec(stderr)![1]!;
        const record: RunRecord = JSON.parse(await readFile(join(folder, file), 'utf8'));
        expect(record.accounting).toMatchObject({ captured: 5, failed: 5 });
      }
      const { code, stdout } = await bench('compare', '--out', 'lost');
      expect(code).toBe(3);
      expect(stdout).toMatch(/search_path/);
      expect(stdout).not.toMatch(/lower the rate/i);
    },
    120_000,
  );

  it.skipIf(!existsSync(reports))(
    'reported of a search_path is replayed (../shared/data/reports)',
    async () => {
      const named = (ending: string) => join(reports, `search-path-of-role.${ending}`);
      expect(await bench('import', named('csv'), '-o', 'reported.trace')).toMatchObject({ code: 0 });
      const args = ['--workload', 'reported.trace', '--snapshot', named('sql')];
      const record = await recordOf('split', ...args);
      expect(record.accounting).toMatchObject({ captured: 6, ok: 6 });
      expect(record.warnings).toEqual([]);
    },
    120_000,
  );
});
