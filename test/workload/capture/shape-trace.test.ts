import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TraceShape } from '../../../src/record/plan.js';
import { type Catalog, loadCatalog } from '../../../src/router/index.js';
import { durationWithoutPauses, shapeTrace } from '../../../src/workload/capture/shape-trace.js';
import type { SqlEvent } from '../../../src/workload/trace.js';
import { readTrace, writeTrace } from '../../../src/workload/trace-file.js';
import { startWithSchema } from '../../servers.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'splitbench-shape-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Line = [seconds: number, session: number, text: string];

async function traceOf(lines: Line[]): Promise<string> {
  const file = join(folder, 'whole.trace');
  const header = {
    schema: 'splitbench.trace/1',
    kind: 'sql',
    workload: 'x',
    tellsFailures: true,
    meta: {},
  } as const;
  const events = lines.map(([seconds, session, text]): SqlEvent => {
    return { dueUs: seconds * 1e6, session, category: 'read', priority: 'low', sql: { text } };
  });
  await writeTrace(file, header, events);
  return file;
}

async function shaped(lines: Line[], shape: TraceShape, endS = 1000, catalog?: Catalog) {
  const to = join(folder, 'shaped.trace');
  await shapeTrace(await traceOf(lines), to, { shape, endUs: endS * 1e6, catalog });
  const { header, events } = await readTrace(to);
  const all: SqlEvent[] = [];
  for await (const event of events) all.push(event as SqlEvent);
  return { header, events: all, texts: all.map(({ sql }) => sql.text) };
}

test('pauses of all sessions at once are cut, and no other', async () => {
  const lines: Line[] = [
    [0, 1, 'SELECT 1'],
    [3, 2, 'SELECT 2'],
    [6, 1, 'SELECT 3'],
    [100, 1, 'SELECT 4'],
    [100, 2, 'SELECT 5'],
    [104, 2, 'SELECT 6'],
  ];
  const seconds = ({ events }: Awaited<ReturnType<typeof shaped>>) => events.map(({ dueUs }) => dueUs / 1e6);
  expect(seconds(await shaped(lines, { skipIdleS: 5 }))).toEqual([0, 3, 6, 11, 11, 15]);
  expect(seconds(await shaped(lines, { skipIdleS: 5 }, 12))).toEqual([0, 3, 6, 11, 11]);
  expect(seconds(await shaped(lines, {}))).toEqual([0, 3, 6, 100, 100, 104]);
  expect(await durationWithoutPauses(await traceOf(lines), 5)).toBe(15e6);
  expect((await shaped(lines, { skipIdleS: 5 })).header).toMatchObject({ tellsFailures: true });
});

test('of a trace that is played read only, what writes is skipped, and what steers its session is not', async () => {
  const played = [
    'SELECT 1',
    'SET search_path = a',
    "SELECT set_config('a.b', 'c', false)",
    'BEGIN',
    'SAVEPOINT s',
  ];
  const skipped = [
    'INSERT INTO t VALUES (1)',
    'SELECT 1 FROM t FOR UPDATE',
    'SET a.b = 1; DELETE FROM t',
    'DROP TABLE t',
  ];
  const { events } = await shaped(
    [...played, ...skipped, 'COMMIT', 'DISCARD ALL'].map((text, n): Line => [n, 1, text]),
    { readOnly: true },
  );
  expect(events.filter(({ skip }) => skip).map(({ sql }) => sql.text)).toEqual(skipped);
});

test('transactions that wrote nothing begin READ ONLY', async () => {
  const { texts } = await shaped(
    [
      [0, 1, 'BEGIN'],
      [0, 2, 'start transaction isolation level repeatable read;'],
      [0, 3, 'BEGIN ISOLATION LEVEL SERIALIZABLE'],
      [1, 1, 'SELECT 1'],
      [1, 2, 'SELECT 1'],
      [1, 3, 'SELECT 1'],
      [2, 1, 'COMMIT'],
      [2, 2, 'ROLLBACK'],
      [2, 3, 'COMMIT'],
      [3, 1, 'BEGIN'],
      [3, 1, 'SELECT 1'],
      [3, 1, 'DELETE FROM t'],
      [3, 1, 'COMMIT'],
      [4, 2, 'BEGIN READ WRITE'],
      [4, 2, 'SELECT 1'],
      [4, 2, 'COMMIT'],
      // Nobody knows what it went on to do.
      [5, 3, 'BEGIN'],
      [5, 3, 'SELECT 1'],
    ],
    { inferReadOnly: true },
  );
  expect(texts.filter((text) => /^(begin|start)/i.test(text))).toEqual([
    'BEGIN READ ONLY',
    'start transaction isolation level repeatable read READ ONLY',
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    'BEGIN',
    'BEGIN READ WRITE',
    'BEGIN',
  ]);
});

test('a transaction whose writes are skipped wrote nothing', async () => {
  const lines: Line[] = ['BEGIN', 'DELETE FROM t', 'SELECT 1', 'COMMIT'].map((text, n) => [n, 1, text]);
  const { texts } = await shaped(lines, { readOnly: true, inferReadOnly: true });
  expect(texts[0]).toBe('BEGIN READ ONLY');
});

test('what a function of the database does decides what is read', async () => {
  await using cluster = await startWithSchema(
    'shape',
    `CREATE TABLE t (id int);
     CREATE FUNCTION found() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM t';
     CREATE FUNCTION noted() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); END $$;`,
  );
  const client = new pg.Client(cluster.primary.admin);
  await client.connect();
  const catalog = await loadCatalog(client);
  await client.end();
  const lines = ['BEGIN', 'SELECT found()', 'COMMIT', 'BEGIN', 'SELECT noted()', 'COMMIT'].map(
    (text, n): Line => [n, 1, text],
  );
  const { texts } = await shaped(lines, { inferReadOnly: true }, 1000, catalog);
  expect(texts).toEqual(['BEGIN READ ONLY', ...lines.slice(1).map(([, , text]) => text)]);
  const { events } = await shaped(lines, { readOnly: true }, 1000, catalog);
  expect(events.filter(({ skip }) => skip).map(({ sql }) => sql.text)).toEqual(['SELECT noted()']);
});
