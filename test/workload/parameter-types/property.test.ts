import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { StatementTypes } from '../../../src/load/player/statement-types.js';
import { loadParser, shapeOf } from '../../../src/router/sql/index.js';
import { DatabaseTypes, findTypes } from '../../../src/workload/parameter-types/index.js';
import { ValueTypes } from '../../../src/workload/parameter-types/value-types.js';
import { startWithSchema } from '../../servers.js';

const SCHEMA = `
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE TABLE t (id int PRIMARY KEY, v text, big bigint, price numeric, due timestamptz, day date, m mood, ok bool);
  INSERT INTO t SELECT g, 'word ' || g, g, g * 0.5, '2026-01-01'::timestamptz + g * interval '1 hour', '2026-01-01'::date + g,
      'sad', g % 2 = 0 FROM generate_series(1, 50) g;
  CREATE INDEX ON t (v); CREATE INDEX ON t (big); CREATE INDEX ON t (price); CREATE INDEX ON t (due);
  CREATE INDEX ON t (day); CREATE INDEX ON t (m);
  ANALYZE t`;

let cluster: Cluster;
let client: pg.Client;
let database: DatabaseTypes;

beforeAll(async () => {
  await loadParser();
  cluster = await startWithSchema('parameter_types_property', SCHEMA);
  client = new pg.Client(cluster.primary.app);
  await client.connect();
  database = await DatabaseTypes.of(client);
  // An index is used wherever one can be.
  await client.query('SET enable_seqscan = off');
});

afterAll(async () => {
  await client?.end();
  await cluster?.[Symbol.asyncDispose]();
});

/** A part of a statement, and the types and values of its parameters, which are `$1`, `$2`... in it. */
interface Part {
  sql: string;
  parameters: { type: string; value: string | null }[];
}

/** Values as drivers write them, that can't be taken for those of another type with other results. */
const VALUES: Record<string, string[]> = {
  int4: ['1', '7', '42'],
  int8: ['3', '5000000000'],
  numeric: ['0.5', '12.25'],
  text: ['word 3', 'word 12', 'another'],
  timestamptz: ['2026-01-02 10:00:00+00', '2026-01-01 00:30:00.5+01'],
  timestamp: ['2026-01-02 10:00:00'],
  date: ['2026-01-05', '2026-02-01'],
  interval: ['1 day', '2 days 03:00:00', '-01:00:00'],
  'public.mood': ['sad', 'happy'],
  bool: ['t', 'f'],
  jsonb: ['{"a": [1, 2]}'],
};
const COLUMNS = {
  id: 'int4',
  v: 'text',
  big: 'int8',
  price: 'numeric',
  due: 'timestamptz',
  day: 'date',
  m: 'public.mood',
} as const;

const part = (sql: string, ...types: string[]): fc.Arbitrary<Part> =>
  fc
    .tuple(...types.map((type) => fc.constantFrom(...VALUES[type]!)))
    .map((values) => ({ sql, parameters: types.map((type, i) => ({ type, value: values[i] ?? null })) }));
const orNull = (sql: string, type: string): fc.Arbitrary<Part> =>
  fc.constantFrom(null, ...VALUES[type]!).map((value) => ({ sql, parameters: [{ type, value }] }));

const ofColumn = Object.entries(COLUMNS).flatMap(([column, type]) => [
  orNull(`($1 IS NULL OR ${column} = $1)`, type),
  part(`${column} = coalesce($1, $2)`, type, type),
  part(`${column} = ANY(ARRAY[$1, $2])`, type, type),
  part(`nullif($1, $2) <> ${column}`, type, type),
  part(`${column} IN (SELECT unnest(ARRAY[$1, $2, $1]))`, type, type),
  part(`CASE WHEN $1 IS NOT NULL THEN ${column} >= $1 ELSE false END`, type),
]);
const condition = fc.oneof(
  ...ofColumn,
  part('due > now() - $1', 'interval'),
  part("due >= date_trunc('day', $1)", 'timestamptz'),
  part('id = $1 + $2', 'int4', 'int4'),
  part('id * 2 > $1 - 3', 'int4'),
  part('v LIKE $1', 'text'),
);
const column = fc.oneof(
  part("jsonb_build_object('a', $1, 'b', $2)", 'text', 'int4'),
  part('json_build_array($1, $2, $3)', 'numeric', 'bool', 'jsonb'),
  part("to_char($1, 'YYYY-MM-DD HH24:MI')", 'timestamp'),
  part("to_char($1, 'YYYY-MM-DD HH24:MI')", 'timestamptz'),
  part('extract(epoch FROM $1)', 'interval'),
  part('extract(epoch FROM $1)', 'timestamptz'),
  part("concat_ws('-', $1, v)", 'text'),
  part('$1 + price', 'numeric'),
  part('greatest($1, day)', 'date'),
  part('$1', 'text'),
);

/** Joins parts, numbering their parameters on. */
function join(parts: Part[], separator: string): Part {
  const parameters: Part['parameters'] = [];
  const texts = parts.map(({ sql, parameters: own }) => {
    const first = parameters.length;
    parameters.push(...own);
    return sql.replace(/\$(\d)/g, (_, number) => `$${first + Number(number)}`);
  });
  return { sql: texts.join(separator), parameters };
}

const statement = fc
  .record({
    columns: fc.array(column, { maxLength: 3 }),
    conditions: fc.array(condition, { minLength: 1, maxLength: 4 }),
    word: fc.constantFrom(' AND ', ' OR '),
  })
  .map(({ columns, conditions, word }) => {
    const selected = join([{ sql: 'id', parameters: [] }, ...columns], ', ');
    const where = join(conditions, word);
    const whole = join([selected, where], ' FROM t WHERE ');
    return { ...whole, sql: `SELECT ${whole.sql} ORDER BY id` };
  })
  // Numbers of two digits would be taken for shorter ones by `join`.
  .filter(({ parameters }) => parameters.length < 10);

async function rowsWith(types: number[], text: string, values: (string | null)[]): Promise<unknown[][]> {
  const { rows } = await client.query(
    new StatementTypes([{ shape: shapeOf(text), role: '', oids: types }]).typed({ text, values }),
  );
  return rows as unknown as unknown[][];
}

/** What is returned, and by which nodes of a plan. */
async function answerWith(types: number[], sql: string, values: (string | null)[]) {
  const plan = await rowsWith(types, `EXPLAIN (COSTS OFF, FORMAT JSON) ${sql}`, values);
  return {
    rows: await rowsWith(types, sql, values),
    nodes: String(plan).match(/"(Node Type|Index Name)": "[^"]*"/g),
  };
}

it('what is found parses, returns what the statement returned with its own types, and uses the same indexes', async () => {
  await fc.assert(
    fc.asyncProperty(statement, async ({ sql, parameters }) => {
      const values = parameters.map(({ value }) => value);
      const original = parameters.map(({ type }) => database.oidOf(type)!);
      const expected = await answerWith(original, sql, values);
      const valueTypes = values.map((value) => {
        const seen = new ValueTypes();
        seen.see(value);
        return seen;
      });
      const shape = {
        shape: shapeOf(sql),
        role: '',
        text: sql,
        statements: 1,
        samples: [values],
        valueTypes,
      };
      const found = await findTypes(client, database, shape);
      expect(found.error, sql).toBeNull();
      expect(await answerWith(found.types, sql, values), sql).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
