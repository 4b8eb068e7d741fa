import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { loadParser } from '../../../src/router/sql/index.js';
import { DatabaseTypes, findTypes } from '../../../src/workload/parameter-types/index.js';
import { ValueTypes } from '../../../src/workload/parameter-types/value-types.js';
import { startWithSchema } from '../../servers.js';

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TABLE t (id int PRIMARY KEY, v text, big bigint, price numeric, due timestamptz, day date, m mood, u uuid, tags text[]);
  INSERT INTO t SELECT g, 'x', g, g, now(), now(), 'sad', gen_random_uuid(), '{a}' FROM generate_series(1, 2000) g;
  CREATE INDEX ON t (big);
  CREATE INDEX ON t (due);
  ANALYZE t;
  CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
  CREATE FUNCTION fill(n int) RETURNS void LANGUAGE sql AS 'SELECT';
  CREATE FUNCTION twice(n numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n'`;

let cluster: Cluster;
let client: pg.Client;
let database: DatabaseTypes;

beforeAll(async () => {
  await loadParser();
  cluster = await startWithSchema('parameter_types', SCHEMA);
  client = new pg.Client(cluster.primary.app);
  await client.connect();
  database = await DatabaseTypes.of(client);
});

afterAll(async () => {
  await client?.end();
  await cluster?.[Symbol.asyncDispose]();
});

async function find(text: string, ...samples: (string | null)[][]) {
  const valueTypes = samples[0]!.map((_, index) => {
    const types = new ValueTypes();
    for (const values of samples) types.see(values[index]!);
    return types;
  });
  const shape = {
    shape: text,
    role: '',
    text,
    statements: samples.length,
    samples: samples.slice(0, 3),
    valueTypes,
  };
  const { types, error } = await findTypes(client, database, shape);
  return { types: types.map((oid) => database.nameOf(oid) ?? null), code: error?.code };
}

describe('the types of parameters that a server can not infer', () => {
  it.each([
    // What it infers elsewhere in the statement.
    ['SELECT v FROM t WHERE ($1 IS NULL OR id = $1)', ['2'], ['int4']],
    [
      'SELECT v FROM t WHERE ($1 IS NULL OR big = $1) AND ($2 IS NULL OR v = $2)',
      ['2', '3'],
      ['int8', 'text'],
    ],
    ['SELECT v FROM t WHERE ($1 IS NULL OR m = $1)', ['sad'], ['public.mood']],
    [
      'SELECT v FROM t WHERE ($1 IS NULL OR due > $1) AND date_trunc($2, $3) < due',
      [null, 'day', '2026-01-01 10:00:00+00'],
      ['timestamptz', 'text', 'timestamptz'],
    ],
    ['INSERT INTO t (id, v) VALUES ($1, $1)', ['5000'], ['int4']],
    ['SELECT $1 AS given, v FROM t WHERE $1 IS NULL OR id = $1', ['1'], ['int4']],
    // The type of what it is compared with.
    ['SELECT v FROM t WHERE id = coalesce($1, $2)', [null, '3'], ['int4', null]],
    ['SELECT v FROM t WHERE id = ANY(ARRAY[$1, $2])', ['1', '2'], ['int4', null]],
    ['SELECT v FROM t WHERE nullif($1, $2) = big', ['1', '2'], ['int8', null]],
    // What its values look like.
    ["SELECT count(*) FROM t WHERE due > date_trunc('day', $1)", ['2026-01-01 10:00:00+00'], ['timestamptz']],
    ["SELECT v FROM t WHERE day = $1 - interval '1 day'", ['2026-11-01 10:00:00+00'], ['timestamptz']],
    ['SELECT to_jsonb($1)', ['5'], ['int4']],
    ["SELECT to_char($1, 'YYYY')", ['2026-01-01 10:00:00'], ['timestamp']],
    ['SELECT extract(epoch FROM $1)', ['2026-01-01 10:00:00+00'], ['timestamptz']],
    ['SELECT extract(epoch FROM $1)', ['1 day 02:00:00'], ['interval']],
    ["SELECT jsonb_build_object('a', $1)", ['x'], ['text']],
    ["SELECT jsonb_build_object('a', $1)", ['12'], ['int4']],
    ["SELECT jsonb_build_object('a', $1, 'b', $2)", ['{"c": [1]}', 't'], ['jsonb', 'bool']],
    ['SELECT v FROM t WHERE due > now() - $1', ['7 days'], ['interval']],
    ['SELECT now() - $1', ['7 days'], ['interval']],
    ['SELECT v FROM t WHERE id = $1 + $2', ['1', '2'], ['int4', null]],
    ['SELECT v FROM t WHERE id IN (SELECT unnest($1))', ['{1,2}'], ['_int4']],
    ['SELECT v FROM t WHERE v IN (SELECT unnest($1))', ['{1,2}'], ['_text']],
    ['SELECT twice($1)', ['1.5'], ['numeric']],
    ["SELECT v, 'ü€𝄞' FROM t WHERE due > date_trunc('day', $1)", ['2026-01-01'], ['date']],
    // A place for the result, as pgjdbc has it for `{? = call twice(?)}`.
    ['SELECT * FROM twice($1, $2) AS result', [null, '1.5'], ['void', 'numeric']],
    ['SELECT * FROM fill($1, $2) AS result', [null, '3'], ['void', null]],
    // Nothing has to be said.
    ['SELECT v FROM t WHERE id = $1', ['1'], [null]],
    ['SELECT $1', ['1'], [null]],
    ['SELECT v FROM nowhere WHERE id = $1', ['1'], [null]],
    ['SELECT v FROM t WHERE id = $1', ['no number'], [null]],
  ] as [string, (string | null)[], (string | null)[]][])('%s', async (text, values, types) => {
    const found = await find(text, values);
    expect(found).toEqual({ types, code: undefined });
  });

  it('are said to be untold where there are none', async () => {
    expect(await find('SELECT nothing_of_that_name($1, $2)', ['1', 'x'])).toEqual({
      types: [null, null],
      code: '42883',
    });
  });
});
