import fc from 'fast-check';
import type pg from 'pg';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { type Catalog, classify, loadCatalog, loadParser } from '../../src/router/index.js';
import { SAFE, UNSAFE } from './corpus.js';
import { startServers, withConnection } from './servers.js';

let cluster: Cluster;
let catalog: Catalog;
let standby: pg.Client;

beforeAll(async () => {
  await loadParser();
  cluster = await startServers();
  catalog = await withConnection(cluster.primary.monitor, loadCatalog);
  standby = new Client(cluster.replicas[0]!.admin);
  await standby.connect();
});

afterAll(async () => {
  await standby?.end();
  await cluster?.[Symbol.asyncDispose]();
});

/** COPY TO STDOUT is another protocol: the COPY of a file would do, but not into the test. */
const runnable = (sql: string) => sql.replace(/to stdout/, "to '/dev/null'");

test('a standby accepts every statement of the corpus that is called safe', async () => {
  const wrong: string[] = [];
  for (const sql of SAFE) {
    const { target, writes, reason } = classify(sql, catalog);
    if (target !== 'replica' || writes !== 'never') wrong.push(`${sql}: ${reason}`);
    await standby.query(runnable(sql)).catch((error) => wrong.push(`${sql}: ${error.message}`));
  }
  expect(wrong).toEqual([]);
});

test('what is kept on the primary is kept for the reason that it has', () => {
  const found = UNSAFE.map(([sql]) => classify(sql, catalog)).map(({ reason, writes }) => [reason, writes]);
  expect(found).toEqual(UNSAFE.map(([, reason, writes]) => [reason, writes]));
});

test('what a view, function or type hides is named with it', () => {
  expect(classify('select * from next_ticket_again', catalog).culprit).toBe('next_ticket_again (nextval)');
  expect(classify('select with_default()', catalog).culprit).toBe('with_default (nextval)');
  expect(classify('select * from cart_lines', catalog).culprit).toBe('cart_lines (carts)');
  expect(classify('select nextval($$tickets$$)', catalog).culprit).toBe('nextval');
});

/** A value for each type of argument that functions of PostgreSQL's own are tried with. */
const SAMPLES: Record<string, string> = {
  int4: '1',
  int8: '1',
  text: "'items'",
  regclass: "'items'::regclass",
  oid: "'items'::regclass::oid",
  bool: 'true',
  name: "'items'::name",
  float8: '1.5',
  numeric: '2',
  pg_lsn: "'0/1'::pg_lsn",
  xid8: "'3'::xid8",
  timestamptz: 'now()',
  jsonb: "'{}'::jsonb",
  anyelement: '1',
};

test('no function of PostgreSQL that is called safe is refused during recovery', async () => {
  const { rows } = await withConnection(cluster.primary.admin, (client) =>
    client.query<{ name: string; types: string[] }>(`
      select distinct proname::text as name, array(select t.typname::text
          from unnest(proargtypes) with ordinality a(type, n) join pg_type t on t.oid = a.type order by n) as types
      from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and pronargs <= 2
        and prorettype not in ('trigger'::regtype, 'internal'::regtype, 'event_trigger'::regtype)`),
  );
  let tried = 0;
  const refused: string[] = [];
  for (const { name, types } of rows) {
    const values = types.map((type) => SAMPLES[type]);
    const sql = `select pg_catalog."${name}"(${values.join(', ')})`;
    if (values.includes(undefined) || classify(sql, catalog).target !== 'replica') continue;
    tried++;
    const error = await standby.query(sql).then(
      () => null,
      (failure: pg.DatabaseError) => failure,
    );
    if (error?.code === '25006' || /recovery|standby/.test(error?.message ?? '')) refused.push(sql);
  }
  expect(tried).toBeGreaterThan(400);
  expect(refused).toEqual([]);
});

test('no system view that is called safe is refused', async () => {
  const { rows } = await withConnection(cluster.primary.admin, (client) =>
    client.query<{ name: string }>(`select c.oid::regclass::text as name from pg_class c
      where relkind in ('v', 'r') and relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`),
  );
  for (const { name } of rows) {
    const sql = `select * from ${name} limit 1`;
    if (classify(sql, catalog).target === 'replica') await standby.query(sql);
  }
});

/** Expressions of type int: those that are safe, those that aren't, and what they can be put into. */
const SAFE_LEAVES = [
  '1',
  'random()::int',
  '(select max(id) from items)',
  'length($$nextval$$)',
  'i.id',
  'plus_tax(2)::int',
];
const UNSAFE_LEAVES = [
  "nextval('tickets')::int",
  'note_it()',
  '(select id from items limit 1 for update)',
  '(select n::int from next_ticket_again)',
  '(select count(*)::int from carts)',
  '1 +! 2',
  'sneaky_sql()::int',
  'pg_advisory_xact_lock_shared(1)::text::int',
  'either(1)',
  '(select count(*)::int from pg_stat_activity)',
  '(select sum_noted(id) from items)',
  'i.archive',
];
const CONTEXTS: ((x: string, y: string) => string)[] = [
  (x, y) => `(${x} + ${y})`,
  (x, y) => `coalesce(${x}, ${y})`,
  (x, y) => `case when ${x} > 0 then 1 else ${y} end`,
  (x, y) => `(select count(*)::int from items j where j.id in (${x}, ${y}))`,
  (x, y) => `(with c as materialized (select ${x} as a) select a from c order by ${y} limit 1)`,
  (x, y) => `(array[${x}, ${y}])[1]`,
  (x, y) => `(select a from (values (${x}), (${y})) v(a) limit 1)`,
  (x, y) => `(select sum(${x})::int from items group by ${y} is null limit 1)`,
  (x, y) => `greatest(${x}, -- a comment\n ${y})`,
  (x, y) => `(select ${x} union all select ${y} limit 1)`,
  (x, y) => `(select row_number() over (order by ${x}, ${y})::int limit 1)`,
];
const STATEMENTS: ((x: string) => string)[] = [
  (x) => `select ${x} from items i limit 2`,
  (x) => `with q as (select ${x} as a from items i limit 2) select * from q`,
  (x) => `select 1; select ${x} from items i limit 1; select 2`,
  (x) => `explain analyze select ${x} from items i limit 1`,
  (x) => `select id from items i where price > 0 and ${x} is not null limit 1`,
  (x) => `select * from items i left join lateral (select ${x} as a) l on true limit 1`,
  (x) => `select id from items i order by ${x} limit 1`,
];

test('one unsafe fragment anywhere keeps a statement on the primary, and nothing else does', async () => {
  const leaf = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...SAFE_LEAVES).map((sql) => ({ sql, safe: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...UNSAFE_LEAVES).map((sql) => ({ sql, safe: false })) },
  );
  const { expression } = fc.letrec<{ expression: { sql: string; safe: boolean } }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc
        .tuple(fc.constantFrom(...CONTEXTS), tie('expression'), tie('expression'))
        .map(([put, x, y]) => ({ sql: put(x.sql, y.sql), safe: x.safe && y.safe })),
    ),
  }));
  const statement = fc
    .tuple(fc.constantFrom(...STATEMENTS), expression)
    .map(([put, { sql, safe }]) => ({ sql: put(sql), safe }));
  const judged = fc.asyncProperty(statement, async ({ sql, safe }) => {
    expect(classify(sql, catalog).target).toBe(safe ? 'replica' : 'primary');
    if (!safe) return;
    const code = await standby.query(sql).then(
      () => 'ok',
      (error: pg.DatabaseError) => error.code,
    );
    expect(['25006', '0A000', '55000', 'XX000']).not.toContain(code);
  });
  await fc.assert(judged, { numRuns: 400 });
});
