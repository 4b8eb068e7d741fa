import fc from 'fast-check';
import type pg from 'pg';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import {
  type Catalog,
  classify,
  createClassifier,
  loadCatalog,
  loadParser,
} from '../../../src/router/index.js';
import { parseStatements } from '../../../src/router/sql/parse.js';
import { startServers, withConnection } from '../servers.js';
import { CONSERVATIVE, SAFE, UNKNOWN, UNSAFE, WRONG } from './corpus.js';
import { statementLike } from './mutations.js';

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

const REFUSED = ['25006', '0A000', '55000', 'XX000'];

/** What the standby says to a statement: `ok` or the error's code. Leaves no state in the session. */
async function judge(sql: string): Promise<string> {
  const verdict = await standby.query(runnable(sql)).then(
    () => 'ok',
    (error: pg.DatabaseError) => error.code ?? error.message,
  );
  await standby.query('rollback');
  await standby.query('discard all');
  return verdict;
}

test('a standby accepts every statement of the corpus that is called safe', async () => {
  const wrong: string[] = [];
  for (const sql of SAFE) {
    const { target, writes, reason } = classify(sql, catalog);
    if (target !== 'replica' || writes !== 'never') wrong.push(`${sql}: ${reason}`);
    await standby.query(runnable(sql)).catch((error) => wrong.push(`${sql}: ${error.message}`));
  }
  expect(wrong).toEqual([]);
});

const OTHERS = [...WRONG, ...UNKNOWN, ...CONSERVATIVE].flatMap(({ statements }) => statements);

test('what is kept on the primary is kept for the reason that it has', () => {
  const kept = [...UNSAFE, ...OTHERS];
  const found = kept.map(([sql, , , named]) => {
    const { reason, writes, culprit } = classify(sql, catalog);
    return [sql, reason, writes, named && culprit];
  });
  expect(found).toEqual(kept.map(([sql, reason, writes, culprit]) => [sql, reason, writes, culprit]));
});

test('a statement is classified by its shape as it would be by itself', () => {
  const classifier = createClassifier(catalog);
  fc.assert(
    fc.property(statementLike, (sql) => {
      if (parseStatements(sql) !== undefined) expect(classifier(sql)).toEqual(createClassifier(catalog)(sql));
    }),
    { numRuns: 2000 },
  );
});

test('a standby refuses what is called unsafe', async () => {
  const accepted: string[] = [];
  for (const [sql] of UNSAFE) {
    const verdict = await judge(sql);
    if (!REFUSED.includes(verdict)) accepted.push(`${sql}: ${verdict}`);
  }
  expect(accepted).toEqual([]);
});

/** Would change the standby under the other tests. */
const NOT_TO_BE_RUN =
  /pg_(promote|reload|terminate|cancel|wal_replay|log_backend|stat_reset)|slot\(|alter system/;

test('a standby is no judge of what would be wrong there', async () => {
  const refused: string[] = [];
  for (const [sql] of WRONG.flatMap(({ statements }) => statements)) {
    if (NOT_TO_BE_RUN.test(sql)) continue;
    const verdict = await judge(sql);
    if (REFUSED.includes(verdict)) refused.push(`${sql}: ${verdict}`);
  }
  expect(refused).toEqual([]);
});

test('what is kept on the primary without need is known, and accepted by a standby', async () => {
  for (const [sql] of CONSERVATIVE.flatMap(({ statements }) => statements)) {
    expect([sql, await judge(sql)]).toEqual([sql, 'ok']);
  }
});

test('the corpus says everything once', () => {
  const all = [...SAFE, ...UNSAFE.map(([sql]) => sql), ...OTHERS.map(([sql]) => sql)];
  expect(all.filter((sql, at) => all.indexOf(sql) !== at)).toEqual([]);
});

test('what any expression may call without naming it keeps every query on the primary', async () => {
  const everywhere = [
    `create function to_number(boolean) returns bigint language plpgsql as $$ begin return note_it(); end $$;
     create cast (boolean as bigint) with function to_number(boolean) as implicit`,
    `create function compare(point, point) returns int language plpgsql immutable as
       $$ begin perform nextval('tickets'); return 0; end $$;
     create operator class points default for type point using btree as function 1 compare(point, point)`,
    `create type coins as (n int);
     create function to_coins(text) returns coins language sql immutable as 'select row(length($1))::coins';
     create cast (text as coins) with function to_coins(text) as implicit;
     create function plus(coins, int) returns int language plpgsql stable as $$ begin return note_it(); end $$;
     create operator + (leftarg = coins, rightarg = int, function = plus)`,
  ];
  for (const ddl of everywhere) {
    await withConnection(cluster.primary.admin, async (client) => {
      await client.query(`begin; ${ddl}`);
      const changed = await loadCatalog(client);
      expect(classify('select sum(price > 1) from items', changed).target).toBe('primary');
      await client.query('rollback');
      expect(classify('select 1', await loadCatalog(client)).target).toBe('replica');
    });
  }
});

test('a classifier goes by the catalog that it was given last', async () => {
  await withConnection(cluster.primary.admin, async (client) => {
    const classifier = createClassifier(catalog);
    const sql = 'select id, fresh(1) from brand_new';
    expect(classifier(sql)).toMatchObject({ target: 'primary', reason: 'unknown-function' });
    await client.query(`begin; create table brand_new (id int);
      create function fresh(int) returns int language sql stable as 'select 1'`);
    classifier.use(await loadCatalog(client));
    expect(classifier(sql).target).toBe('replica');
    await client.query('alter function fresh(int) volatile');
    classifier.use(await loadCatalog(client));
    expect(classifier(sql)).toMatchObject({ target: 'primary', reason: 'volatile-function' });
    await client.query('rollback');
  });
});

test('what a view, function or type hides is named with it', () => {
  const named = (sql: string) => {
    const { culprit, through } = classify(sql, catalog);
    return { culprit, through };
  };
  expect(named('select * from next_ticket_again')).toEqual({
    culprit: 'nextval',
    through: 'next_ticket_again',
  });
  expect(named('select with_default()')).toEqual({ culprit: 'nextval', through: 'with_default' });
  expect(named('select * from cart_lines')).toEqual({ culprit: 'carts', through: 'cart_lines' });
  expect(named('select nextval($$tickets$$)')).toEqual({ culprit: 'nextval' });
  expect(named('select looks_stable()')).toEqual({ culprit: 'note_it', through: 'looks_stable' });
  expect(named('select sum(amount) from payments')).toEqual({ culprit: 'to_int', through: 'payments' });
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
  'count_of(i.restaurant)::int',
  '(with carts as (select 1 as a) select a from carts)',
  "(select count(*)::int from crosstab('select 1::text, 2::text, 3::text') as t(a text, b text))",
  'i.of_items',
  '5::small_int',
  '(1 +% 2)',
  '"NextVal"($$x$$)',
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
  'i.stamp::int',
  'looks_stable()',
  'count_carts()::int',
  '1 <%> 2',
  '5::stricter_int::int',
  "('{5}'::noted_int[])[1]::int",
  '(select sum(amount)::int from payments)',
  '(select count(distinct g)::int from grades)',
  "(select count(*)::int from crosstab('select nextval($$tickets$$)::text, 2::text, 3::text') as t(a text, b text))",
  "length(query_to_xml('select * from carts', true, false, '')::text)",
  '(with carts as (select id from carts) select count(*)::int from carts)',
  "next_one('tickets')::int",
  "pg_relation_size('carts')::int",
  "current_setting('transaction_read_only')::text::boolean::int",
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
  (x, y) => `(select a from jsonb_to_recordset('[{"a":1}]') t(a int) where a in (${x}, ${y}))`,
  (x, y) => `(select max(b) from (select ${x} as b from items group by grouping sets ((), (${y}))) s)`,
  (x, y) => `(json_value(json_object('a': ${x}), '$.a' returning int default ${y} on empty))`,
  (x, y) =>
    `(with recursive r(n) as (select ${x} union all select n + 1 from r where n < ${y}) select max(n) from r)`,
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
  (x) => `select count(*) from items i group by ${x}, id having ${x} is not null limit 1`,
  (x) => `copy (select ${x} from items i limit 1) to stdout`,
  (x) => `/* a comment */ (select ${x} from items i limit 1) union all (values (1)) -- and another`,
  (x) => `select 'a $$ b' as "for update", ${x} from items as i join moods m on m.id = i.id`,
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
    const code = await standby.query(runnable(sql)).then(
      () => 'ok',
      (error: pg.DatabaseError) => error.code,
    );
    expect(REFUSED).not.toContain(code);
  });
  await fc.assert(judged, { numRuns: 1000 });
});
