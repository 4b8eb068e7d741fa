import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cluster } from '../../../src/cluster/cluster.js';
import {
  type Catalog,
  classify,
  loadCatalog,
  loadParser,
  type SessionEffect,
  type SessionState,
} from '../../../src/router/index.js';
import { startWithSchema, withConnection } from '../../servers.js';

/** A database where everything leaves something behind that its name doesn't tell. */
const SCHEMA = `
create sequence numbers;
create table plain (id int primary key, note text);
create table serial_table (id serial, note text);
create table identity_table (id int generated always as identity, note text);
insert into plain select i, 'x' from generate_series(1, 100) i;
create role somebody;
-- SQL functions
create function sql_sets() returns text language sql as $$ select set_config('app.sql', 'a', false) $$;
create function sql_sets_local() returns text language sql as $$ select set_config('app.sql', 'a', true) $$;
create function sql_command() returns int language sql as $$ set app.command = 'a'; select 1 $$;
create function atomic_seed() returns int language sql begin atomic select setseed(0.5); select 1; end;
create function sql_draws() returns bigint language sql as $$ select nextval('numbers') $$;
create function sql_stable_lie() returns text language sql stable as $$ select set_config('app.sql', 'a', false) $$;
create function default_draws(n bigint default nextval('numbers')) returns bigint language sql as $$ select n $$;
-- PL/pgSQL
create function sets() returns int language plpgsql as $$ begin set app.pl = 'a'; return 1; end $$;
create function sets_own(v text) returns int language plpgsql as $$ begin perform set_config('app.tenant', v, false); return 1; end $$;
create function sets_any(n text) returns int language plpgsql as $$ begin perform set_config(n, 'a', false); return 1; end $$;
create function sets_local() returns int language plpgsql as $$ begin
  -- set the value of this transaction; reset it later
  set local app.pl = 'a'; perform set_config('app.x', 'a', true);
  raise notice 'set % to 1', 'x'; update plain set note = 'value was set' where id = 1; return 1; end $$;
create function by_clause() returns int language plpgsql set app.clause = 'a' as $$ begin return 1; end $$;
create function resets() returns int language plpgsql as $$ begin reset work_mem; return 1; end $$;
create function takes_role() returns int language plpgsql as $$ begin set role somebody; return 1; end $$;
create function calls_others() returns int language plpgsql as $$ begin perform calls_back(); return sets(); end $$;
create function calls_back() returns int language plpgsql as $$ begin if false then perform calls_others(); end if; return 1; end $$;
create function makes_temp() returns int language plpgsql as $$ begin create temp table made (id int); return 1; end $$;
create function makes_temp_into() returns int language sql as $$ create temporary table made_into as select 1 as id; select 1 $$;
create function drops_temp() returns int language plpgsql as $$ begin
  create temporary table brief (id int) on commit drop; insert into brief values (1); return 1; end $$;
create function in_pg_temp() returns int language plpgsql as $$ begin create table pg_temp.made (id int); return 1; end $$;
create function locks() returns int language plpgsql as $$ begin perform pg_advisory_lock(1); return 1; end $$;
create function locks_xact() returns int language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return 1; end $$;
create function tries() returns bool language sql as $$ select pg_try_advisory_lock_shared(1, 2) $$;
create function listens() returns int language plpgsql as $$ begin listen something; return 1; end $$;
create function prepares() returns int language plpgsql as $$ begin execute 'prepare prepared as select 1'; return 1; end $$;
create function deallocates() returns int language plpgsql as $$ begin execute 'deallocate all'; return 1; end $$;
create function reads_last() returns bigint language plpgsql as $$ begin return lastval(); end $$;
create function loads() returns int language plpgsql as $$ begin load 'plpgsql'; return 1; end $$;
create function holds() returns int language plpgsql as $$ begin execute 'declare held cursor with hold for select 1'; return 1; end $$;
create function own_cursor() returns int language plpgsql as $$ declare c cursor for select 1; n int; begin open c; fetch c into n; close c; return n; end $$;
create function commits_early() returns int language plpgsql as $$ begin set local synchronous_commit = off; return 1; end $$;
create function dynamic_known(t text) returns bigint language plpgsql as
  $$ declare n bigint; begin execute format('select count(*) from %I', t) into n; execute 'select ' || quote_literal(t) into t; return n; end $$;
create function dynamic_sets() returns int language plpgsql as $$ begin execute 'set app.dynamic = ''a'''; return 1; end $$;
create function dynamic_any(sql text) returns int language plpgsql as $$ begin execute sql; return 1; end $$;
create function dynamic_part(v text) returns int language plpgsql as $$ begin execute 'set ' || v; return 1; end $$;
create function dynamic_format(v text) returns int language plpgsql as $$ begin execute format('set %s', v); return 1; end $$;
create function dynamic_setting(n text) returns int language plpgsql as $$ begin execute format('set %I = %L', n, 'a'); return 1; end $$;
create function dynamic_insert(t text) returns int language plpgsql as
  $$ begin execute format('insert into %I (note) values (''x'')', t); return 1; end $$;
create function dynamic_quoted(t text) returns int language plpgsql as
  $$ begin execute 'insert into public.' || quote_ident(t) || ' (note) values (''x'')'; return 1; end $$;
create function dynamic_call(f text) returns int language plpgsql as $$ begin execute format('select %I()', f); return 1; end $$;
create function dynamic_value(v text) returns int language plpgsql as
  $$ begin execute format('insert into plain values (200, %L)', v); execute 'update plain set note = ' || quote_literal(v); return 1; end $$;
create function dynamic_listen(c text) returns int language plpgsql as $$ begin execute format('listen %I', c); return 1; end $$;
create function updates_settings() returns int language plpgsql as
  $$ begin update pg_settings set setting = '3000' where name = 'work_mem'; return 1; end $$;
create function refreshes() returns int language plpgsql as $$ begin refresh materialized view locked; return 1; end $$;
create function makes_function() returns int language plpgsql as
  $$ begin create function pg_temp.made() returns int language sql as 'select 1'; return 1; end $$;
create procedure p_sets() language plpgsql as $$ begin set app.proc = 'a'; end $$;
create procedure p_commits() language plpgsql as $$ begin set local app.proc = 'a'; commit; perform setseed(0.5); end $$;
create procedure p_sql() language sql as $$ select setseed(0.5) $$;
create procedure p_inserts() language plpgsql as $$ begin insert into serial_table (note) values ('a'); end $$;
-- Triggers, rules, defaults
create function on_trigger() returns trigger language plpgsql as
  $$ begin perform set_config('app.trigger', TG_OP, false); return new; end $$;
create function on_statement() returns trigger language plpgsql as $$ begin perform pg_advisory_lock(2); return null; end $$;
create function quietly() returns trigger language plpgsql as
  $$ begin if TG_OP = 'INSERT' then new.note := 'set on insert'; end if; return new; end $$;
create table triggered (id int primary key, note text);
insert into triggered select i, 'x' from generate_series(1, 50) i;
create trigger a before insert on triggered for each row execute function on_trigger();
create trigger b after delete on triggered for each statement execute function on_statement();
create trigger c after truncate on triggered for each statement execute function on_trigger();
create table quiet (id int primary key, note text);
create trigger a before insert or update on quiet for each row execute function quietly();
create table when_triggered (id int, note text);
create trigger a before insert on when_triggered for each row when (set_config('app.cond', 'a', false) = 'b') execute function quietly();
create table defaults (id int, note text default set_config('app.default', 'a', false));
create domain numbered as int default nextval('numbers');
create table domain_default (id numbered, note text);
create table checked (id int, check (set_config('app.check', id::text, false) is not null));
create table generated (id int, twice int generated always as (id * 2) stored);
create table ruled (id int);
create rule r as on insert to ruled do also select set_config('app.rule', 'a', false);
create view shown as select id, note from triggered where id > 0;
create view shown_again as select * from shown;
create view instead as select 1 as id;
create function instead_of() returns trigger language plpgsql as $$ begin perform setseed(0.5); return new; end $$;
create trigger a instead of insert on instead for each row execute function instead_of();
create view seeded as select setseed(0.5) is null as done;
create materialized view locked as select pg_advisory_lock(3) is null as done;
create table parent (id int primary key);
create table child (id int references parent on delete cascade, note text default 'x');
create table grandchild (id int references parent on delete set default default nextval('numbers'));
insert into parent select generate_series(1, 50);
insert into child select generate_series(1, 50);
create trigger a after delete on child for each row execute function on_statement();
create table parts (id int, note text) partition by list (id);
create table part_1 partition of parts for values in (1);
create table part_2 partition of parts for values in (2);
create trigger a before insert on part_2 for each row execute function on_trigger();
create table guarded (id int);
alter table guarded enable row level security;
alter table guarded force row level security;
create policy g on guarded with check (set_config('app.policy', 'a', false) is not null);
create function add_seeded(a int, b int) returns int language plpgsql as $$ begin perform setseed(0.5); return a + b; end $$;
create operator +! (leftarg = int, rightarg = int, function = add_seeded);
create domain seeded_int as int check (add_seeded(value, 0) is not null);
create aggregate sum_seeded (int) (sfunc = add_seeded, stype = int, initcond = '0');
create function row_sets(p plain) returns text language sql as $$ select set_config('app.row', p.note, false) $$;
`;

type Case = [sql: string, leaves: SessionState[], more?: Partial<SessionEffect>];
const UNKNOWN: SessionState[] = ['unknown', 'sequences'];
const settings = (...names: string[]): [SessionState[], Partial<SessionEffect>] => [
  ['settings'],
  { settings: names },
];

/** What a statement may leave, as the catalog shows it. */
const CASES: Case[] = [
  ['select 1', []],
  ['select sql_sets()', ...settings('app.sql')],
  ['select * from sql_sets() x', ...settings('app.sql')],
  ['select sql_sets_local()', []],
  ['select sql_command()', ...settings('app.command')],
  ['select atomic_seed()', ['random-seed']],
  ['select sql_draws()', ['sequences']],
  ['select sql_stable_lie()', ...settings('app.sql')],
  ['select default_draws()', ['sequences']],
  ['select sets()', ...settings('app.pl')],
  ["select public.sets_own('a')", ...settings('app.tenant')],
  ["select sets_any('app.any')", ['settings'], { settings: ['*'], setsCommit: true }],
  ['select sets_local()', []],
  ['select by_clause()', []],
  ['select resets()', ...settings('work_mem')],
  ['select takes_role()', ...settings('role')],
  ['select calls_others()', ...settings('app.pl')],
  ['select case when id > 1 then sets() end from plain', ...settings('app.pl')],
  ['with x as (select sets()) select * from x', ...settings('app.pl')],
  ['select makes_temp()', ['temporary-objects']],
  ['select makes_temp_into()', ['temporary-objects']],
  ['select drops_temp()', []],
  ['select in_pg_temp()', ['temporary-objects']],
  ['select locks()', ['advisory-locks'], { primaryOnly: 'pg_advisory_lock' }],
  ['select locks_xact()', [], { primaryOnly: 'pg_advisory_xact_lock' }],
  ['select tries()', ['advisory-locks']],
  ['select listens()', ['listening'], { primaryOnly: 'LISTEN' }],
  ['select prepares()', ['prepared-statements']],
  ['select deallocates()', UNKNOWN],
  ['select nextval($$numbers$$), reads_last()', ['sequences'], { readsSequences: 'within' }],
  ['select loads()', UNKNOWN],
  ['select holds()', ['cursors']],
  ['select own_cursor()', []],
  ['select commits_early()', [], { setsCommit: true }],
  ["select dynamic_known('plain')", []],
  ['select dynamic_sets()', ...settings('app.dynamic')],
  ["select dynamic_any('set app.other = 1')", UNKNOWN],
  ["select dynamic_part('app.other = 1')", ['settings', 'temporary-objects', ...UNKNOWN]],
  ["select dynamic_format('app.other = 1')", ['settings', 'temporary-objects', ...UNKNOWN]],
  ["select dynamic_setting('app.any')", ['settings', 'temporary-objects'], { settings: ['*'] }],
  ["select dynamic_insert('serial_table')", UNKNOWN],
  ["select dynamic_quoted('serial_table')", UNKNOWN],
  ["select dynamic_call('sets')", UNKNOWN],
  ["select dynamic_value('a')", []],
  ["select dynamic_listen('a')", ['listening']],
  ['select updates_settings()', ['settings', 'temporary-objects'], { settings: ['*'] }],
  ["update pg_settings set setting = '3000' where name = 'work_mem'", ['settings', 'temporary-objects']],
  ['refresh materialized view locked', ['advisory-locks']],
  ['select refreshes()', ['advisory-locks']],
  ['select * from locked', []],
  ['select makes_function()', ['temporary-objects']],
  ['create function pg_temp.made() returns int language sql as $$ select 1 $$', ['temporary-objects']],
  [
    `create function pg_temp.made() returns int language plpgsql as $$ begin perform pg_advisory_lock(1); return 1; end $$;
     select pg_temp.made(); drop function pg_temp.made()`,
    ['temporary-objects', 'advisory-locks', 'sequences'],
  ],
  ['create type pg_temp.made as (id int)', ['temporary-objects']],
  ["create type pg_temp.made as enum ('a')", ['temporary-objects']],
  ['create domain pg_temp.made as int', ['temporary-objects']],
  ['call p_sets()', ...settings('app.proc')],
  ['call p_commits()', ['random-seed']],
  ['call p_sql()', ['random-seed']],
  ['call p_inserts()', ['sequences']],
  ["do $$ begin perform set_config('app.do', 'a', false); end $$", ...settings('app.do')],
  ['do $$ begin create temp table made_by_do (id int); end $$', ['temporary-objects']],
  ["do language plpgsql 'begin perform locks(); end'", ['advisory-locks']],
  ['do $$ begin insert into serial_table (note) select $x$a$x$; end $$', ['sequences']],
  ['do $$ begin null; end $$', []],
  ['explain analyze select sets()', ...settings('app.pl')],
  ['explain select sets()', []],
  ['explain insert into serial_table (note) values (1)', []],
  ['prepare p as select sets()', ['prepared-statements', 'settings']],
  ['create table made_as as select sets()', ...settings('app.pl')],
  ['create temp table made_temp as select 1', ['temporary-objects']],
  ["copy (select sets()) to '/dev/null'", ...settings('app.pl')],
  ["insert into plain values (101, 'x')", []],
  ["insert into serial_table (note) values ('x')", ['sequences']],
  ["insert into identity_table (note) values ('x')", ['sequences']],
  ["update plain set note = 'y' where id = 1", []],
  ['delete from plain where id = 1', []],
  ["insert into quiet values (1, 'x') on conflict (id) do update set note = 'y'", []],
  ["insert into triggered values (101, 'x')", ...settings('app.trigger')],
  ["update triggered set note = 'y' where id = 2", []],
  ['delete from triggered where id = 3', ['advisory-locks']],
  ["copy triggered from '/dev/null'", ...settings('app.trigger')],
  [
    `merge into triggered t using (values (102)) v (id) on t.id = v.id when not matched then insert values (v.id, 'x')`,
    ['settings', 'advisory-locks'],
  ],
  ['with gone as (delete from triggered where id = 4 returning id) select * from gone', ['advisory-locks']],
  ['truncate triggered', ...settings('app.trigger')],
  ["insert into when_triggered values (1, 'x')", ...settings('app.cond')],
  ['insert into defaults (id) values (1)', ...settings('app.default')],
  ['update defaults set note = default', ...settings('app.default')],
  ["update defaults set note = 'x'", []],
  ["insert into domain_default (note) values ('x')", ['sequences']],
  ['insert into checked values (1)', ...settings('app.check')],
  ['insert into generated values (1)', []],
  ['insert into ruled values (1)', ...settings('app.rule')],
  ["insert into shown values (103, 'x')", ...settings('app.trigger')],
  ["insert into shown_again values (104, 'x')", ...settings('app.trigger')],
  ["update shown set note = 'z' where id = 5", []],
  ['insert into instead values (1)', ['random-seed']],
  ['select * from seeded', ['random-seed']],
  ['delete from parent where id = 1', ['advisory-locks', 'sequences']],
  ['update parent set id = id where id = 2', []],
  ["insert into parts values (2, 'x')", ...settings('app.trigger')],
  ["insert into part_1 values (1, 'x')", []],
  ['update parts set id = 2 where id = 1', ...settings('app.trigger')],
  ['insert into guarded values (1)', ...settings('app.policy')],
  ['select 1 +! 2', ['random-seed']],
  ['select 1::seeded_int', ['random-seed']],
  ['select sum_seeded(id) from plain', ['random-seed']],
  ['select p.row_sets from plain p', ...settings('app.row')],
  ["select query_to_xml('select sets()', true, true, '')", ...settings('app.pl')],
  ['select fresh(1)', UNKNOWN],
  ['insert into fresh values (1)', ['temporary-objects', 'sequences']],
];

let cluster: Cluster;
let catalog: Catalog;

beforeAll(async () => {
  await loadParser();
  cluster = await startWithSchema('session-state', SCHEMA);
  catalog = await withConnection(cluster.primary.monitor, loadCatalog);
});

afterAll(async () => cluster?.[Symbol.asyncDispose]());

test('what a statement may leave is known from the catalog', () => {
  const found = CASES.map(([sql, , more = {}]) => {
    const { effect } = classify(sql, catalog);
    const keys = Object.keys(more) as (keyof SessionEffect)[];
    return [sql, [...effect.leaves].sort(), Object.fromEntries(keys.map((key) => [key, effect[key]]))];
  });
  expect(found).toEqual(CASES.map(([sql, leaves, more = {}]) => [sql, [...leaves].sort(), more]));
});

/** What is in a session, as its server shows it: each state that there is, by its name. */
async function stateOf(client: pg.Client): Promise<Set<SessionState>> {
  const { rows } = await client.query(`
    select 'settings' as state from pg_settings where source = 'session' and name not in ('client_encoding', 'application_name')
    union select 'settings' from unnest(array['sql', 'command', 'pl', 'tenant', 'any', 'other', 'other', 'x', 'clause', 'dynamic', 'proc', 'do', 'ddl', 'a', 'b', 'c', 'd',
      'trigger', 'cond', 'default', 'check', 'rule', 'policy', 'row']) s where current_setting('app.' || s, true) <> ''
    union select 'settings' where current_user <> session_user
    union select 'advisory-locks' from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
    union select 'temporary-objects' from pg_class where relnamespace = pg_my_temp_schema()
    union select 'temporary-objects' from pg_type where typnamespace = pg_my_temp_schema()
    union select 'temporary-objects' from pg_proc where pronamespace = pg_my_temp_schema()
    union select 'prepared-statements' from pg_prepared_statements
    union select 'cursors' from pg_cursors where is_holdable
    union select 'listening' from pg_listening_channels()`);
  const drawn = await client.query('select lastval()').then(
    () => ['sequences'],
    () => [],
  );
  const {
    rows: [first],
  } = await client.query('select random() as next, setseed(0.5)');
  const {
    rows: [second],
  } = await client.query('select random() as next');
  const seeded = first.next === second.next ? ['random-seed'] : [];
  return new Set([...rows.map(({ state }) => state), ...drawn, ...seeded]);
}

test('nothing is left in a session but what was said of its statement', async () => {
  const unsaid: string[] = [];
  const failed: string[] = [];
  for (const [sql, leaves] of CASES) {
    await withConnection(cluster.primary.admin, async (client) => {
      await client.query(sql).catch((error) => failed.push(`${sql}: ${error.message}`));
      const said = new Set(leaves);
      if (said.has('unknown')) return;
      for (const state of await stateOf(client)) if (!said.has(state)) unsaid.push(`${sql}: ${state}`);
    });
  }
  expect(unsaid).toEqual([]);
  expect(failed.filter((failure) => !/fresh/.test(failure))).toEqual([]);
});

/** Makes a text too long to be parsed. */
const long = (sql: string) => `/* ${'x'.repeat(20_000)} */ ${sql}`;

test('a text too long to be parsed leaves what its words show', () => {
  const missed = CASES.filter(([sql, leaves]) => {
    // Words don't tell a new function from a key word.
    if (sql === 'select fresh(1)') return false;
    const { effect } = classify(long(sql), catalog);
    return !effect.leaves.includes('unknown') && leaves.some((state) => !effect.leaves.includes(state));
  });
  expect(missed.map(([sql]) => sql)).toEqual([]);
});

test('a text too long to be parsed that leaves nothing is not in doubt', () => {
  for (const sql of [
    "insert into plain (id, note) values (1, 'create temp table a; set app.a = 1; nextval(1)'), (2, $$listen a$$)",
    "insert into plain values (1, 'x') on conflict (id) do update set note = 'set role x'",
    'insert into plain select id, note from triggered for update',
    'update plain set note = null where id in (1, 2, 3)',
    'select sum(id), now() from plain where id in (1, 2) and note = any (array[$1, $2])',
    'with x as (delete from plain where id = 1 returning id) select * from x',
    "insert into plain values (1, 'x'); insert into quiet values (2, 'y');",
    'do $$ begin null; end $$',
  ]) {
    expect([sql, classify(long(sql), catalog).effect.leaves]).toEqual([sql, []]);
  }
  expect(classify(long("begin; insert into plain values (1, 'x')"), catalog).effect.leaves).toEqual([
    'unknown',
  ]);
});

test("functions of event triggers are run by what is defined, and by a login's before it", async () => {
  await withConnection(cluster.primary.admin, async (client) => {
    await client.query(`
      create function on_ddl() returns event_trigger language plpgsql as
        $$ begin perform set_config('app.ddl', 'a', false); end $$;
      create event trigger on_ddl on ddl_command_end execute function on_ddl()`);
    const withTrigger = await loadCatalog(client);
    for (const sql of [
      'create table made_new (id int)',
      'drop table made_new',
      'create schema made_schema',
    ]) {
      await withConnection(cluster.primary.admin, async (other) => {
        await other.query(sql);
        expect([sql, await stateOf(other)]).toEqual([sql, new Set(['settings'])]);
      });
      expect([sql, classify(sql, withTrigger).effect.settings]).toEqual([sql, ['app.ddl']]);
    }
    const settingsOf = (sql: string) => classify(sql, withTrigger).effect.settings;
    expect(settingsOf('do $$ begin create table made_new (id int); end $$')).toEqual(['app.ddl']);
    expect(settingsOf('select 1 as id into made_new')).toEqual(['app.ddl']);
    expect(settingsOf('update plain set note = null')).toEqual([]);
    await client.query('drop event trigger on_ddl');
  });
});

/** Statements of PL/pgSQL that leave something, or look like it. */
const LEAVING = [
  "set app.a = 'x'",
  "set local app.a = 'x'",
  "perform set_config('app.b', 'x', false)",
  "perform set_config('app.b', 'x', true)",
  "execute format('set app.c = %L', 'x')",
  "execute 'set ' || quote_ident('app.d') || ' = 1'",
  "set work_mem = '5MB'",
  'reset work_mem',
  'set role somebody',
  "update pg_settings set setting = '3000' where name = 'work_mem'",
  'create temp table if not exists made_temp (id int)',
  'create temp table made_brief (id int) on commit drop',
  'create table if not exists pg_temp.made_there (id int)',
  'create or replace function pg_temp.made() returns int language sql as $f$ select 1 $f$',
  'perform pg_advisory_lock(7)',
  'perform pg_advisory_xact_lock(8)',
  'perform pg_try_advisory_lock_shared(9)',
  'listen something',
  "execute format('listen %I', 'other')",
  "perform nextval('numbers')",
  "insert into serial_table (note) values ('x')",
  "insert into plain values (300, 'set app.a = 1') on conflict (id) do update set note = 'x'",
  "insert into triggered values (300, 'x') on conflict (id) do nothing",
  'delete from triggered where id = 300',
  'truncate triggered',
  "insert into shown_again values (301, 'x')",
  "insert into parts values (2, 'x')",
  'delete from parent where id = 3',
  "execute format('insert into %I (note) values (%L)', 'serial_table', 'x')",
  'refresh materialized view locked',
  "execute 'prepare made_prepared as select 1'",
  "execute 'declare made_held cursor with hold for select 1'",
  'perform setseed(0.5)',
  'null',
];

/** Statements alone, not reached, repeated, or undone when they fail. */
const leaving = fc
  .tuple(fc.constantFrom(...LEAVING), fc.constantFrom('', 'if', 'loop', 'block'), fc.nat())
  .map(([statement, way, called]) => {
    if (way === 'if') return `if ${called % 2} = 1 then ${statement}; else null; end if`;
    if (way === 'loop') return `for i in 1..2 loop ${statement}; end loop`;
    return way === 'block' ? `begin ${statement}; exception when others then null; end` : statement;
  });

test('random functions that call each other leave nothing but what is said', async () => {
  const bodies = fc.array(fc.tuple(fc.array(leaving, { minLength: 1, maxLength: 3 }), fc.nat()), {
    minLength: 10,
    maxLength: 10,
  });
  let known = 0;
  await fc.assert(
    fc.asyncProperty(bodies, async (functions) => {
      const made = functions.map(([statements, called], at) => {
        const calls = called % 3 === 0 && at > 0 ? `perform made.f${called % at}();` : '';
        return `create function made.f${at}() returns int language plpgsql as
            $made$ begin ${statements.join('; ')}; ${calls} return 1; end $made$;
          create table made.t${at} (id int default made.f${at}(), note text)`;
      });
      const after = await withConnection(cluster.primary.admin, async (client) => {
        await client.query('drop schema if exists made cascade; create schema made');
        await client.query(made.join(';\n'));
        return loadCatalog(client);
      });
      for (let at = 0; at < functions.length; at++) {
        const sql = [
          `select made.f${at}()`,
          `do $$ begin perform made.f${at}(); end $$`,
          `insert into made.t${at} (note) values ('x')`,
          long(`insert into made.t${at} (note) values ('x')`),
        ][at % 4]!;
        const { leaves } = classify(sql, after).effect;
        if (leaves.includes('unknown')) continue;
        known += leaves.length;
        await withConnection(cluster.primary.admin, async (client) => {
          const failure = await client.query(sql).then(() => '', String);
          const unsaid = [...(await stateOf(client))].filter((state) => !leaves.includes(state));
          expect([sql, failure, unsaid]).toEqual([sql, failure, []]);
        });
      }
    }),
    { numRuns: 8 },
  );
  expect(known).toBeGreaterThan(20);
}, 60_000);
