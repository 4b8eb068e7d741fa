import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importLog } from '../../../src/workload/capture/import.js';
import { formatImportSummary } from '../../../src/workload/capture/summary.js';
import type { SqlEvent } from '../../../src/workload/trace.js';
import { readTrace } from '../../../src/workload/trace-file.js';
import { type LoggingServer, startLoggingServer } from './logging-server.js';

const FORMATS = ['csv', 'json', 'log'] as const;
const logs = new Map<(typeof FORMATS)[number], string[]>();
let folder: string;
let server: LoggingServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'splitbench-formats-'));
  server = await startLoggingServer({
    log_destination: 'csvlog,jsonlog,stderr',
    log_line_prefix: '%m [%p] %q%u@%d %e ',
    log_min_duration_statement: '0',
    log_connections: 'on',
    log_disconnections: 'on',
  });
  await work();
  for (const format of FORMATS) logs.set(format, await server.log(format));
  await server.stop();
});
afterAll(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

/** Two databases, two users, and of what an application does one of each kind. */
async function work() {
  await server.createDatabase('shop', {});
  await server.createDatabase('blog', { log_statement: 'all' });
  const admin = await server.connect('shop');
  await admin.query('CREATE ROLE "a user" LOGIN; GRANT ALL ON SCHEMA public TO "a user"');
  await admin.query('CREATE TABLE t (id int PRIMARY KEY, body text)');
  for (const database of ['shop', 'blog', 'shop']) {
    const client = await server.connect(database, 'a user');
    for (const step of steps(database)) await step(client).catch(() => {});
    await client.end();
  }
  await admin.end();
}

function steps(database: string): ((client: pg.Client) => Promise<unknown>)[] {
  const insert = { name: 'insert', text: 'INSERT INTO t\n\tVALUES ($1,\n$2)' };
  return [
    (client) => client.query(`/* ${database} */ SELECT\n\n\t1,\r\n  'ünï—😀 "quoted" ''text''\\'`),
    (client) => client.query({ ...insert, values: ['1', "two\nlines,\n\t$2 = 'x'"] }),
    (client) => client.query({ ...insert, values: ['1', null] }),
    (client) => client.query('BEGIN; SELECT count(*) FROM t'),
    (client) => client.query('SELECT nothing FROM nowhere\nWHERE true'),
    (client) => client.query('ROLLBACK'),
    (client) => client.query('SELECT $1::int, $2::text', ['x', 'refused']),
    (client) => client.query('PREPARE p AS SELECT $1::int; EXECUTE p(1)'),
    (client) => client.query("DO $$ BEGIN RAISE LOG 'LOG:  statement: SELECT 2' ; END $$"),
    (client) => client.query('COPY t TO STDOUT'),
    (client) => client.query('COPY t FROM STDIN'),
  ];
}

async function importAs(format: (typeof FORMATS)[number], database: string) {
  const out = join(folder, 'trace.jsonl');
  const summary = await importLog({ logFiles: logs.get(format)!, out, database });
  const events: SqlEvent[] = [];
  for await (const event of (await readTrace(out)).events) events.push(event as SqlEvent);
  return { summary, events };
}

describe('one log of a server in three formats', () => {
  it.each(['shop', 'blog'])('gives one trace: database %s', async (database) => {
    const csv = await importAs('csv', database);
    expect(csv.events.length).toBeGreaterThan(5);
    expect(csv.summary.users.map(({ name }) => name)).toContain('a user');
    for (const format of FORMATS) {
      const { events, summary } = await importAs(format, database);
      expect(events).toEqual(csv.events);
      const { tornRecords, skipped, databases, failedInLog, recordsRead } = summary;
      const same = { tornRecords, skipped, databases, failedInLog, recordsRead };
      expect(csv.summary).toMatchObject(same);
      expect(summary.header.meta.serverVersion).toBe(csv.summary.header.meta.serverVersion);
    }
  });

  it('says which prefix it took the lines to have', async () => {
    const prefix = '%m [%p] %q%u@%d %e ';
    const { summary } = await importAs('log', 'shop');
    expect(summary.linePrefixes).toEqual([prefix]);
    expect(formatImportSummary(summary)).toContainEqual(
      expect.stringContaining(`log_line_prefix = '${prefix}'`),
    );
  });
});
