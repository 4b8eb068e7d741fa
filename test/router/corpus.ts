/** A database with something of everything that a statement's text doesn't show. */
export const SCHEMA = `
create table items (id int primary key, name text not null, price numeric not null, restaurant int not null);
insert into items select i, 'item ' || i, i % 30, i % 5 from generate_series(1, 200) i;
create table audit (id serial primary key, note text);
create unlogged table carts (id int, item int);
create table events (id int, at date) partition by range (at);
create table events_old partition of events for values from ('2020-01-01') to ('2021-01-01');
create unlogged table events_hot partition of events for values from ('2021-01-01') to ('2022-01-01');
create table plain_parts (id int) partition by list (id);
create table plain_part_1 partition of plain_parts for values in (1);
create sequence tickets;
create materialized view item_counts as select restaurant, count(*) as n from items group by 1;
create table secrets (id int, owner text);
alter table secrets enable row level security;

create function note_it() returns int language plpgsql as
  $$ begin insert into audit (note) values ('called'); return 1; end $$;
create function looks_stable() returns int language plpgsql stable as $$ begin return note_it(); end $$;
create function price_of(i items) returns numeric language sql stable as $$ select i.price $$;
create function archive(i items) returns int language sql volatile as $$ select 1 $$;
create function plus_tax(p numeric) returns numeric language sql immutable return p * 1.2;
create function sneaky_sql() returns bigint language sql stable as $$ select nextval('tickets') $$;
create function atomic_sql() returns bigint language sql stable begin atomic select nextval('tickets'); end;
create function locks_sql(k int) returns void language sql stable as $$ select pg_advisory_lock(k) $$;
create function with_default(n bigint default nextval('tickets')) returns bigint language plpgsql stable as
  $$ begin return n; end $$;
create function harmless_default(n timestamptz default now()) returns timestamptz language plpgsql stable as
  $$ begin return n; end $$;
create function add_noted(a int, b int) returns int language plpgsql as $$ begin perform note_it(); return a + b; end $$;
create function either(a int) returns int language sql immutable as $$ select a $$;
create function either(a text) returns int language plpgsql volatile as $$ begin perform note_it(); return 1; end $$;
create operator +! (leftarg = int, rightarg = int, function = add_noted);
create aggregate sum_noted (int) (sfunc = add_noted, stype = int, initcond = '0');
create aggregate sum_plain (int) (sfunc = int4pl, stype = int, initcond = '0');
create domain noted_int as int check (add_noted(value, 0) is not null);
create domain small_int as int check (value < 1000);
create policy own on secrets using (note_it() = 1);

create view cheap as select * from items where price < 10;
create view next_ticket as select nextval('tickets') as n;
create view next_ticket_again as select * from next_ticket;
create view cart_lines as select i.name from carts c join items i on i.id = c.item;
create view noted as select looks_stable() as n;
create schema app;
create view app.cheap as select * from cheap;
create function app.tally() returns bigint language sql stable as $$ select count(*) from items $$;
`;

/** Safe on a standby: it must accept every one. */
export const SAFE = [
  // Plain reads
  'select 1',
  'SELECT id, name FROM items WHERE restaurant = 3 ORDER BY price LIMIT 10',
  'table items',
  'values (1, 2), (3, 4)',
  "select * from items where name ilike '%1%' and price between 3 and 9",
  'select restaurant, count(*), avg(price) from items group by rollup (restaurant) having count(*) > 1',
  'select *, row_number() over (partition by restaurant order by price) from items',
  'select i.* from items i join lateral (select 1 where i.id > 3) x on true',
  'with c as (select * from items) select count(*) from c',
  'with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r',
  'select 1 union all select 2 intersect select 2 except select 5',
  'select (select max(price) from items), exists (select from items where id = 1)',
  'select array(select id from items limit 3), row(1, 2), (array[1, 2])[1]',
  'select case when price > 3 then 1 else coalesce(null, 2) end, nullif(1, 2), greatest(1, 2) from items',
  'select * from items tablesample system (50)',
  'select * from generate_series(1, 3) with ordinality',
  "select * from rows from (generate_series(1, 2), unnest(array['a', 'b'])) as x",
  "select * from jsonb_to_recordset('[]') as x(a int)",
  "select jsonb_path_query('[1,2]', '$[*]'), '{\"a\":1}'::jsonb -> 'a'",
  'select cast(1 as text), 1::small_int, $$dollar; quoted$$, $tag$insert into items$tag$',
  "select 'insert into items', 'it''s', E'\\'; delete from items'",
  '-- update items\nselect 1 /* delete /* nested */ from items */',
  'select "id" from "items"',
  'select id as "update" from items where "name" = \'for update\'',
  'select;',
  ' ;; select 1 ;',
  'select 1; select 2; show timezone',
  '',
  '-- nothing',
  'select i.price_of, price_of(i), i.name from items i',
  'select (i).name from items i',
  'select distinct on (restaurant) * from items order by restaurant, price desc',
  'select count(*) filter (where price > 2), string_agg(name, $$,$$ order by name) from items',
  'select percentile_cont(0.5) within group (order by price) from items',
  'select 1 offset 0 rows fetch first 1 rows only',
  // Functions: immutable, stable, harmless volatile ones
  'select now(), current_timestamp, localtime, clock_timestamp(), statement_timestamp(), timeofday()',
  'select random(), gen_random_uuid(), pg_sleep(0), pg_is_in_recovery()',
  "select lower('A'), extract(year from now()), now() at time zone 'utc', date_trunc('day', now())",
  "select overlay('abc' placing 'x' from 2), position('a' in 'ba'), substring('abc' from 2), trim('  a ')",
  "select to_tsvector('english', name) @@ to_tsquery('english', 'item') from items",
  "select current_setting('work_mem'), current_user, session_user, version(), pg_backend_pid()",
  "select pg_relation_size('items'), pg_size_pretty(pg_total_relation_size('items'))",
  'select plus_tax(price), both_ways.x from items, (select 1 as x) both_ways',
  'select pg_catalog.lower(name), app.tally() from items',
  'select harmless_default()',
  'select sum_plain(id) from items',
  'select txid_current_if_assigned(), pg_current_snapshot()',
  // Relations
  'select * from cheap',
  'select * from app.cheap',
  'select * from item_counts',
  'select * from plain_parts',
  'select * from events_old',
  'select relname from pg_class where relkind = $$r$$ limit 1',
  'select * from information_schema.tables limit 1',
  "select 'items'::regclass, to_regclass('missing')",
  // COPY, EXPLAIN, SHOW
  'copy (select 1) to stdout',
  'copy items to stdout with (format csv)',
  'explain select * from items',
  'explain (format json, verbose) select count(*) from cheap',
  'explain analyze select count(*) from items',
  'explain (analyze, buffers) select 1',
  'explain (analyze false) select 1',
  'explain insert into audit (note) values (1)',
  'explain update items set price = 1',
  'explain delete from items',
  "explain select nextval('tickets')",
  'explain select * from items for update',
  'explain select note_it()',
  'explain create table copy_of as select * from items',
  'explain declare c cursor for select 1',
  'explain merge into items i using items j on i.id = j.id when matched then delete',
  'explain with d as (delete from items returning 1) select * from d',
  'show all',
  'show server_version',
  'show transaction isolation level',
];

/** Not for a standby, and what the classifier says of each: reason, and whether it writes. */
export const UNSAFE: [sql: string, reason: string, writes: 'never' | 'possibly' | 'certainly'][] = [
  ['insert into audit (note) values (1)', 'INSERT', 'certainly'],
  ['update items set price = 1', 'UPDATE', 'certainly'],
  ['delete from items', 'DELETE', 'certainly'],
  ['merge into items i using items j on i.id = j.id when matched then delete', 'MERGE', 'certainly'],
  ['truncate items', 'TRUNCATE', 'certainly'],
  ['create table x (a int)', 'CREATE', 'certainly'],
  ['create table x as select 1', 'CREATE TABLE AS', 'certainly'],
  ['create temp table x as select 1', 'CREATE TABLE AS', 'certainly'],
  ['alter table items add a int', 'ALTER TABLE', 'certainly'],
  ['drop table items', 'DROP', 'certainly'],
  ['create index on items (price)', 'INDEX', 'certainly'],
  ['refresh materialized view item_counts', 'REFRESH MAT VIEW', 'certainly'],
  ['vacuum items', 'VACUUM', 'certainly'],
  ['alter system set work_mem = 1', 'ALTER SYSTEM', 'certainly'],
  ['grant select on items to public', 'GRANT', 'certainly'],
  ["comment on table items is 'x'", 'COMMENT', 'certainly'],
  ['copy items from stdin', 'COPY FROM', 'certainly'],
  ["copy items to '/tmp/items'", "COPY to the server's file system", 'possibly'],
  ["copy (select 1) to program 'cat'", "COPY to the server's file system", 'possibly'],
  ['copy (delete from items returning *) to stdout', 'DELETE', 'certainly'],
  ['copy carts to stdout', 'unlogged table', 'never'],
  ['call do_it()', 'CALL', 'possibly'],
  ['do $$ begin perform 1; end $$', 'DO', 'possibly'],
  // Unsafe parts of a SELECT, at any depth
  ['select * from items for update', 'locking clause', 'never'],
  ['select * from items for no key update skip locked', 'locking clause', 'never'],
  ['select * from items for share', 'locking clause', 'never'],
  ['select * from (select * from items for key share) x', 'locking clause', 'never'],
  [
    'select 1 where exists (select from items where id in (select id from items for update))',
    'locking clause',
    'never',
  ],
  ['with l as (select * from items for update) select 1', 'locking clause', 'never'],
  ['select * into copy_of from items', 'SELECT INTO', 'certainly'],
  ['select 1 as a into temp copy_of', 'SELECT INTO', 'certainly'],
  ['with d as (delete from items returning *) select * from d', 'DELETE in a query', 'certainly'],
  [
    'with a as (with b as (insert into audit (note) values (1) returning 1) select * from b) select 1',
    'INSERT in a query',
    'certainly',
  ],
  ['select 1; delete from items', 'DELETE', 'certainly'],
  ['select 1; select * from items for update; select 2', 'locking clause', 'never'],
  ['select * from items for update; update items set price = 1', 'UPDATE', 'certainly'],
  // Functions
  ["select nextval('tickets')", 'writing function', 'certainly'],
  ["select pg_catalog.setval('tickets', 1)", 'writing function', 'certainly'],
  ["select currval('tickets'), lastval()", 'function of session or server state', 'never'],
  ['select pg_advisory_lock(1)', 'function of session or server state', 'never'],
  ['select pg_try_advisory_xact_lock(1)', 'function of session or server state', 'never'],
  ["select set_config('a.b', 'c', false)", 'function of session or server state', 'never'],
  ["select pg_notify('a', 'b')", 'function of session or server state', 'never'],
  ['select txid_current()', 'function of session or server state', 'never'],
  ['select pg_current_xact_id()', 'function of session or server state', 'never'],
  ['select pg_stat_reset()', 'writing function', 'certainly'],
  ["select lo_from_bytea(0, '')", 'writing function', 'certainly'],
  ['select pg_switch_wal()', 'function of session or server state', 'never'],
  ["select pg_walfile_name('0/0')", 'function of session or server state', 'never'],
  ['select pg_export_snapshot()', 'function of session or server state', 'never'],
  ['select pg_current_wal_lsn()', 'function of session or server state', 'never'],
  ['select note_it()', 'volatile function', 'possibly'],
  ['select * from note_it()', 'volatile function', 'possibly'],
  ['select 1 order by note_it()', 'volatile function', 'possibly'],
  ['select count(*) over (order by note_it())', 'volatile function', 'possibly'],
  ['select * from items where id = any (array[note_it()])', 'volatile function', 'possibly'],
  ['values (note_it())', 'volatile function', 'possibly'],
  ['select 1 limit note_it()', 'volatile function', 'possibly'],
  ['select no_such_function()', 'unknown function', 'possibly'],
  ['select public.lower(name) from items', 'unknown function', 'possibly'],
  ['select i.archive from items i', 'volatile function', 'possibly'],
  ['select (i).archive from items i', 'volatile function', 'possibly'],
  ['select either(1)', 'volatile function', 'possibly'],
  ['select sneaky_sql()', 'writing function', 'certainly'],
  ['select atomic_sql()', 'writing function', 'certainly'],
  ['select locks_sql(1)', 'function of session or server state', 'never'],
  ['select with_default()', 'writing function', 'certainly'],
  ['select 1 +! 2', 'operator of a volatile function', 'possibly'],
  ['select 1 operator(public.+!) 2', 'operator of a volatile function', 'possibly'],
  ['select sum_noted(id) from items', 'volatile function', 'possibly'],
  ['select 1::noted_int', 'volatile function', 'possibly'],
  ['explain analyze select note_it()', 'volatile function', 'possibly'],
  ['explain select * from items where id = txid_current()', 'function of session or server state', 'never'],
  // Relations
  ['select * from carts', 'unlogged table', 'never'],
  ['select * from events', 'unlogged table', 'never'],
  ['select * from cart_lines', 'unlogged table', 'never'],
  ['explain select * from carts', 'unlogged table', 'never'],
  ['select last_value from tickets', 'sequence', 'never'],
  ['select * from next_ticket', 'writing function', 'certainly'],
  ['select * from next_ticket_again', 'writing function', 'certainly'],
  ['select * from secrets', 'volatile function', 'possibly'],
  ['select * from pg_temp.x', 'temporary table', 'never'],
  ['select * from pg_stat_activity', 'view of server state', 'never'],
  ['select * from pg_locks', 'view of server state', 'never'],
  ['select * from pg_sequences', 'view of server state', 'never'],
  // Session state
  ["set search_path = 'a'", 'session state', 'never'],
  ['reset all', 'session state', 'never'],
  ['discard all', 'session state', 'never'],
  ['prepare p as select 1', 'session state', 'never'],
  ['execute p', 'session state', 'possibly'],
  ['explain execute p', 'session state', 'possibly'],
  ['explain create table y as execute p', 'session state', 'possibly'],
  ['deallocate all', 'session state', 'never'],
  ['declare c cursor for select 1', 'session state', 'never'],
  ['fetch all from c', 'session state', 'possibly'],
  ['listen a', 'session state', 'never'],
  ['notify a', 'session state', 'never'],
  ['lock table items', 'session state', 'never'],
  // Transactions
  ['begin', 'transaction control', 'never'],
  ['start transaction read only', 'transaction control', 'never'],
  ['commit', 'transaction control', 'never'],
  ["commit prepared 'a'", 'transaction control', 'certainly'],
  // What can't be read
  ['select from where', 'not parseable', 'possibly'],
  ["select 'unterminated", 'not parseable', 'possibly'],
  ['select 1\0', 'not parseable', 'possibly'],
  [`select ${'1,'.repeat(9000)}1`, 'text too long to parse', 'possibly'],
  ['explain analyze insert into audit (note) values (1)', 'INSERT', 'certainly'],
  ['explain (analyze) declare c cursor for select 1', 'session state', 'never'],
  ['explain (analyze off, analyze on) delete from items', 'DELETE', 'certainly'],
];
