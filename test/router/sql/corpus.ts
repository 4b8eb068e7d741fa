import type { ClassificationReason, Writes } from '../../../src/router/index.js';

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
-- Code that nothing names
create extension tablefunc;
create extension file_fdw;
create function count_of(r int) returns bigint language plpgsql stable as
  $$ declare n bigint; begin select count(*) into n from items where restaurant = r; return n; end $$;
create function dynamic_count(t text) returns bigint language plpgsql stable as
  $$ declare n bigint; begin execute format('select count(*) from %I', t) into n; return n; end $$;
create function count_carts() returns bigint language plpgsql stable as
  $$ begin return (select count(*) from carts); end $$;
create function claim(k int) returns int language plpgsql stable as
  $$ begin perform id from items where id = k for update; return k; end $$;
create function stable_insert() returns int language plpgsql stable as
  $$ begin insert into audit (note) values ('x'); return 1; end $$;
create function next_one(regclass) returns bigint language internal stable strict as 'nextval_oid';
create function pivot(text) returns setof tablefunc_crosstab_2 language c stable strict as
  '$libdir/tablefunc', 'crosstab';
create function plain_mode() returns int language sql stable set work_mem = '1MB' as $$ select 1 $$;
create function stamp(i items) returns bigint language sql stable as $$ select nextval('tickets') $$;
create function sneaky_add(a int, b int) returns int language sql stable as $$ select nextval('tickets')::int + a + b $$;
create operator <%> (leftarg = int, rightarg = int, function = sneaky_add);
create operator <*> (leftarg = int, rightarg = int, function = sneaky_add);
create operator !+ (rightarg = regclass, function = nextval);
create function plain_add(a int, b int) returns int language sql immutable as $$ select a + b $$;
create operator +% (leftarg = int, rightarg = int, function = plain_add);
create aggregate sum_sneaky (int) (sfunc = sneaky_add, stype = int, initcond = '0');
create function "NextVal"(text) returns int language sql stable as $$ select 1 $$;
create function total(variadic amounts int[]) returns bigint language sql immutable as $$ select sum(a) from unnest(amounts) a $$;
create function abs(t text) returns int language plpgsql volatile as $$ begin return note_it(); end $$;
create function of_items(i items) returns int language sql immutable as $$ select i.id $$;
create function parse_noted(t text) returns noted_int language sql stable as $$ select t::int $$;
create procedure do_it() language sql as $$ insert into audit (note) values ('done') $$;
-- Types whose values run code
create domain stricter_int as noted_int check (value > 0);
create type noted_pair as (a noted_int, b int);
create table readings (id int, pair noted_pair);
insert into readings values (1, null);
create type noted_span as range (subtype = noted_int);
create type cents as (n int);
create function to_int(c cents) returns int language plpgsql volatile as $$ begin perform note_it(); return (c).n; end $$;
create cast (cents as int) with function to_int(cents) as implicit;
create table payments (id int, amount cents);
insert into payments values (1, row(5)), (2, row(3));
create type grade as (letter text);
create function grade_eq(a grade, b grade) returns bool language sql immutable as $$ select a.letter = b.letter $$;
create function grade_lt(a grade, b grade) returns bool language sql immutable as $$ select a.letter < b.letter $$;
create function grade_cmp(a grade, b grade) returns int language plpgsql immutable as
  $$ begin perform nextval('public.tickets'); return case when a.letter < b.letter then -1 else 1 end; end $$;
create operator = (leftarg = grade, rightarg = grade, function = grade_eq);
create operator <! (leftarg = grade, rightarg = grade, function = grade_lt);
create operator class grade_ops default for type grade using btree as
  operator 1 <!, operator 3 =, function 1 grade_cmp(grade, grade);
create table grades (id int, g grade);
insert into grades values (1, row('a')), (2, row('b'));
create type mood as enum ('sad', 'ok', 'happy');
create table moods (id int, mood mood, size small_int);
insert into moods values (1, 'ok', 5);
create domain words as text[] check (array_length(value, 1) < 10);
-- Procedural code of all kinds
create function walk(a int) returns int language plpgsql stable as $$
declare r record; c cursor for select * from items; v_sql text := 'harmless';
begin
  <<outer>> for r in select * from items order by id limit 1 loop
    if r.id > 1 then exit outer; elsif r.id = 1 then continue; end if;
  end loop;
  open c; fetch c into r; close c;
  return coalesce((select max(id) from items), 0) + a;
exception when others then return -1;
end $$;
create function notes_of(a int) returns setof audit language plpgsql stable as
  $$ begin return query select * from audit where id = a; end $$;
create function next_wrapped() returns int language plpgsql stable as
  $$ declare x int; begin x := nextval ( 'tickets' ); return x; end $$;
create function wraps_again(a int) returns int language plpgsql stable as
  $$ begin return (select "public"."next_wrapped"()); end $$;
create function operates(a int, b int) returns int language plpgsql stable as $$ begin return a<*>-b; end $$;
create function through_cursor() returns int language plpgsql stable as
  $$ declare c cursor for select * from next_ticket; r record; begin open c; fetch c into r; return 1; end $$;
create function outputs(inout a int, out b noted_int) language plpgsql stable as $$ begin b := 5; end $$;
create function assigns() returns noted_int language plpgsql stable as $$ begin return 5; end $$;
create view assigned as select assigns() as n;
create table areas (id int) partition by range (id);
create table areas_1 partition of areas for values from (0) to (100);
insert into areas values (1);
alter table areas_1 enable row level security;
create policy seen on areas_1 using (looks_stable() = 1);
-- What the planner and the server call by themselves
create type colour as enum ('red', 'green');
create function colour_json(c colour) returns json language plpgsql as $$ begin perform note_it(); return '1'; end $$;
create cast (colour as json) with function colour_json(colour);
create table paints (id int, c colour);
insert into paints values (1, 'red');
create function not_immutable(int) returns int language plpgsql immutable as
  $$ begin perform nextval('public.tickets'); return $1; end $$;
create table partly (id int, at date) partition by range (at);
create table partly_1 partition of partly for values from ('2020-01-01') to ('2021-01-01');
create index on partly_1 (id) where not_immutable(1) > 0;
create table estimated (id int, b int);
create statistics on (not_immutable(id)), b from estimated;
create table trimmed (id int, name text, deleted boolean);
create index on trimmed (lower(name)) where not deleted and plus_tax(id) > 0;
-- Relations that are not what they look like
select lo_from_bytea(4242, 'x');
create table logs (id int);
create unlogged table logs_hot () inherits (logs);
create server files foreign data wrapper file_fdw;
create foreign table version_file (line text) server files options (filename '/dev/null');
create materialized view item_totals as select sum(price) as total from items with no data;
create table tenants (id int, name text);
alter table tenants enable row level security;
create policy tenant on tenants using (id = coalesce(nullif(current_setting('app.tenant', true), ''), '0')::int);
create view barrier with (security_barrier) as select * from items where price < 20;
create view locked_items as select * from items for update;
create view tenant_names as select name from tenants;
create view secret_owners as select owner from secrets;
create view last_ticket as select currval('tickets') as n;
create view activity as select count(*) as n from pg_stat_activity;
create view ticket_state as select last_value from tickets;
create view pairs as select id, (pair).b from readings;
create recursive view countdown (n) as select 3 union all select n - 1 from countdown where n > 1;
create function cheap_items() returns setof items language sql stable as $$ select * from items where price < 5 $$;
create function cart_count() returns bigint language sql stable as $$ select count(*) from public.carts $$;
create function atomic_count() returns bigint language sql stable begin atomic select count(*) from items; end;
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
  "select current_setting('work_mem'), current_user, session_user, version(), pg_client_encoding()",
  "select pg_relation_size('items'), pg_size_pretty(pg_total_relation_size('items'))",
  'select plus_tax(price), both_ways.x from items, (select 1 as x) both_ways',
  'select pg_catalog.lower(name), app.tally() from items',
  'select harmless_default()',
  'select sum_plain(id) from items',
  'select txid_current_if_assigned(), pg_current_xact_id_if_assigned()',
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
  'show server_version',
  'show transaction isolation level',
  // Names that are no more than names
  'with carts as (select 1 as a) select * from carts',
  'with recursive tickets(n) as (select 1 union all select n + 1 from tickets where n < 3) select * from tickets',
  'select "NextVal"(\'tickets\')',
  "select 1 as nextval, 'a' as carts from items nextval",
  'select U&"\\0069d" from items limit 1',
  "select * from (values ('nextval')) as note_it(currval)",
  'select notes.note_it from (select 1 as note_it) notes',
  "select pg_catalog.upper('a'), \"lower\"('B')",
  // All of the grammar of a query
  'select restaurant, name, count(*) from items group by grouping sets ((restaurant), (name), ()) order by 1 nulls first',
  'select restaurant, grouping(restaurant), max(price) from items group by cube (restaurant)',
  'with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) search depth first by n set o select * from r',
  'with recursive r(n) as (select 1 union all select n % 3 + 1 from r) cycle n set looped using path select * from r',
  'with c as not materialized (select id from items), d as materialized (select id from c) table d',
  'select sum(price) over w, lag(price, 1, 0::numeric) over w from items window w as (partition by restaurant order by id rows between 1 preceding and current row exclude ties)',
  'select * from moods a join tenants b using (id) natural join plain_parts c where a.id between symmetric 9 and 3',
  'select * from items a full join items b on a.id = b.id left join lateral (select a.price + 1 as p) l on true limit 1',
  'select * from items order by price using <, name collate "C" fetch first 2 rows with ties',
  'select id from items where (id, price) in (select id, price from items) and id = any (array[1, 2]) and name similar to $$%1$$',
  'select case restaurant when 1 then $$a$$ else null end, name is distinct from $$b$$, price is not null from items',
  "select * from xmltable('/a/b' passing xml '<a><b>1</b></a>' columns b int path '.')",
  'select xmlelement(name a, xmlattributes(id as b), name), xmlforest(id) from items limit 1',
  "select json_object('a': 1, 'b': null absent on null), json_array(1, 2), json_arrayagg(id), json_objectagg(id: name) from items",
  "select '[1]' is json array, to_json(moods), row_to_json(items) from items, moods limit 1",
  'select * from json_to_recordset(\'[{"a":1}]\') as x(a int, b text)',
  "select * from jsonb_each('{\"a\":1}') e(k, v), jsonb_array_elements('[1,2]') with ordinality as t(x, n)",
  'select (jsonb_populate_record(null::items, \'{"id":1}\')).id',
  "select ('{\"a\":{\"b\":1}}'::jsonb)['a']['b'], (array[[1,2],[3,4]])[1:2][1:1]",
  "select int4range(1, 5) @> 3, '{[1,3)}'::int4multirange, range_agg(int4range(id, id + 1)) from items",
  "select interval '1 day', date '2020-01-01' + 1, timestamptz 'now' at time zone 'utc', (now(), now()) overlaps (now(), now())",
  "select N'a', B'101', X'1F', U&'\\0041', E'\\x41', 1_000, 0x1F, 1.5e3",
  "select 'a'\n'b', $fn$ do $$ nextval('x') $$ $fn$",
  'select /* a /* nested; */ comment */ 1 -- and ; this',
  'select i, i.*, (i).id, i.ctid, i.xmin, i.tableoid::regclass from items i limit 1',
  'select t.* from total(1, 2, 3) t, total(variadic array[1, 2])',
  'select count_of(r => 3), of_items(i), i.of_items from items i limit 1',
  'select a, b from rows from (generate_series(1, 2), cheap_items()) as x(a, b) limit 1',
  'select 1 +% 2, 3 operator(pg_catalog.+) 4',
  "select 'ok'::mood < 'happy', mood, size, 5::small_int, '{5}'::small_int[], '{a}'::words from moods",
  'select sum(id) filter (where id > 2), mode() within group (order by restaurant), array_agg(distinct restaurant) from items',
  "select * from items where name like 'a%' escape '!' or name ~* 'b' limit all offset 0",
  'values (1, $$x$$) union select 2, name from items limit 3',
  '(select 1) union all (select 2 order by 1 limit 1) order by 1',
  'select all 1; table only items; values (1)',
  // Functions that run what they are given, when it can be read
  "select * from crosstab('select restaurant::text, name, price::text from items order by 1', 'select $$item 1$$') as t(r text, a text)",
  "select query_to_xml('select count(*) from items', true, false, '')",
  "select word, ndoc from ts_stat('select to_tsvector(name) from items')",
  "select pg_input_is_valid('5', 'small_int')",
  // Functions of many kinds
  'select count_of(3), cheap_items(), atomic_count(), plain_mode()',
  'select walk(1), notes_of(2)',
  'select * from areas',
  "select * from trimmed where lower(name) = 'a' and not deleted",
  "select pg_relation_size('items'), pg_size_pretty(pg_table_size('public.items'::regclass))",
  "select current_setting('app.tenant', true), current_schemas(true), pg_my_role.rolname from pg_roles pg_my_role limit 1",
  "select has_table_privilege('items', 'select'), pg_get_viewdef('cheap'), obj_description('items'::regclass)",
  "select pg_visible_in_snapshot('3', '10:20:'), pg_snapshot_xmin('10:20:15'), age('100'::xid)",
  "select pg_get_serial_sequence('audit', 'id'), format('%I', 'x'), pg_typeof(1), pg_column_size(1)",
  "select normal_rand(1, 0, 1), width_bucket(1, 0, 10, 2), regexp_matches('a', 'a'), string_to_table('a,b', ',')",
  'select sequence_name from information_schema.sequences',
  "select seqstart from pg_sequence where seqrelid = 'tickets'::regclass",
  // Relations
  'select * from moods',
  'select * from barrier where id = 3',
  'select * from tenants',
  'select * from tenant_names',
  'select * from countdown',
  'select attname from pg_attribute where attrelid = $$items$$::regclass and attnum > 0',
  'select * from pg_stats limit 0',
  'select * from pg_indexes where tablename = $$items$$',
  // COPY, EXPLAIN, SHOW
  'copy (select * from items where id < 5 order by id) to stdout with (format csv, header)',
  'copy items (id, name) to stdout',
  'copy (values (1)) to stdout',
  'explain (analyze off, costs off) update items set price = 1',
  'explain (analyze 0) select 1',
  'explain (analyze true, analyze false) delete from items',
  'explain (analyze, timing off, summary off) select * from barrier',
  'explain (analyse) select 1',
  'explain select * from items i where id = 3 for update of i',
  'explain refresh materialized view item_counts',
  'explain table items',
  'show search_path; show time zone',
];

/** A statement, the reason that keeps it on the primary, whether it writes, and where it tells more what the reason is about. */
export type Judged = [sql: string, reason: ClassificationReason, writes: Writes, culprit?: string];

/** What a standby refuses, and what the classifier says of each: reason, and whether it writes. */
export const UNSAFE: Judged[] = [
  // Writes and definitions
  ['insert into audit (note) values (1)', 'insert', 'certainly'],
  ['update items set price = 1', 'update', 'certainly'],
  ['delete from items', 'delete', 'certainly'],
  ['merge into items i using items j on i.id = j.id when matched then delete', 'merge', 'certainly'],
  ['truncate items', 'utility', 'certainly', 'TRUNCATE'],
  ['create table x (a int)', 'utility', 'certainly', 'CREATE'],
  ['create table x as select 1', 'utility', 'certainly', 'CREATE TABLE AS'],
  ['create temp table x as select 1', 'utility', 'certainly', 'CREATE TABLE AS'],
  ['alter table items add a int', 'utility', 'certainly', 'ALTER TABLE'],
  ['drop table items', 'utility', 'certainly', 'DROP'],
  ['create index on items (price)', 'utility', 'certainly', 'INDEX'],
  ['refresh materialized view item_counts', 'utility', 'certainly', 'REFRESH MAT VIEW'],
  ['vacuum items', 'utility', 'certainly', 'VACUUM'],
  ['grant select on items to public', 'utility', 'certainly', 'GRANT'],
  ["comment on table items is 'x'", 'utility', 'certainly', 'COMMENT'],
  ['call do_it()', 'code-block', 'possibly', 'CALL'],
  ['lock table items', 'session-state', 'never'],
  ['cluster items', 'utility', 'certainly', 'CLUSTER'],
  ['reindex table items', 'utility', 'certainly', 'REINDEX'],
  ['analyze items', 'utility', 'certainly', 'VACUUM'],
  ['create sequence s', 'utility', 'certainly', 'CREATE SEQ'],
  ['create view v as select 1', 'utility', 'certainly', 'VIEW'],
  ["create function f() returns int language sql as 'select 1'", 'utility', 'certainly', 'CREATE FUNCTION'],
  ['alter table items enable row level security', 'utility', 'certainly', 'ALTER TABLE'],
  ['create extension hstore', 'utility', 'certainly', 'CREATE EXTENSION'],
  ["security label on table items is 'x'", 'utility', 'certainly', 'SEC LABEL'],
  ['reassign owned by postgres to postgres', 'utility', 'certainly', 'REASSIGN OWNED'],
  ['drop owned by postgres', 'utility', 'certainly', 'DROP OWNED'],
  ['create role r', 'utility', 'certainly', 'CREATE ROLE'],
  ["alter role postgres set work_mem = '1MB'", 'utility', 'certainly', 'ALTER ROLE SET'],
  ['create temp view tv as select 1', 'utility', 'certainly', 'VIEW'],
  ['create materialized view mv as select 1', 'utility', 'certainly', 'CREATE TABLE AS'],
  ['import foreign schema x from server files into public', 'utility', 'certainly', 'IMPORT FOREIGN SCHEMA'],
  ['create policy x on items', 'utility', 'certainly', 'CREATE POLICY'],
  [
    'create trigger t after insert on items execute function note_it()',
    'utility',
    'certainly',
    'CREATE TRIG',
  ],
  ["do $$ begin insert into audit (note) values ('x'); end $$", 'code-block', 'possibly', 'DO'],
  ['insert into audit (note) select name from items on conflict do nothing', 'insert', 'certainly'],
  ['update items i set price = 1 from moods where i.id = moods.id returning i.*', 'update', 'certainly'],
  ['delete from items using moods where items.id = moods.id', 'delete', 'certainly'],
  // EXPLAIN and COPY
  ['copy items from stdin', 'copy-from', 'certainly'],
  ['copy (delete from items returning *) to stdout', 'delete', 'certainly'],
  ['explain analyze select note_it()', 'volatile-function', 'possibly'],
  ['explain select * from items where id = txid_current()', 'local-function', 'never'],
  ['explain select * from carts', 'unlogged-table', 'never'],
  ['explain analyze insert into audit (note) values (1)', 'insert', 'certainly'],
  ['explain (analyze off, analyze on) delete from items', 'delete', 'certainly'],
  ['explain select * from items where id = looks_stable()', 'volatile-function', 'possibly'],
  ['explain select * from items where id = sneaky_sql()', 'writing-function', 'certainly'],
  ["explain select '{5}'::noted_int[]", 'volatile-function', 'possibly'],
  ['explain (analyze 1) select note_it()', 'volatile-function', 'possibly'],
  ['explain analyse delete from items', 'delete', 'certainly'],
  ['explain (analyse) update items set price = 1', 'update', 'certainly'],
  ['explain analyze create table z as select 1', 'utility', 'certainly', 'CREATE TABLE AS'],
  ["explain (analyze, serialize) select nextval('tickets')", 'writing-function', 'certainly'],
  ["copy (select nextval('tickets')) to stdout", 'writing-function', 'certainly'],
  ["copy (insert into audit (note) values ('1') returning id) to stdout", 'insert', 'certainly'],
  ["copy items (id) from program 'echo 1'", 'copy-from', 'certainly'],
  ["copy audit (note) from program 'echo x'", 'copy-from', 'certainly'],
  ['explain (generic_plan) select * from carts where id = $1', 'unlogged-table', 'never'],
  ['explain declare c cursor for select * from carts', 'unlogged-table', 'never'],
  ["explain (analyze on) values (nextval('tickets'))", 'writing-function', 'certainly'],
  ['explain select * into x from carts', 'unlogged-table', 'never'],
  // Locking clauses, INTO, WITH that writes
  ['select * from items for update', 'locking-clause', 'never'],
  ['select * from items for no key update skip locked', 'locking-clause', 'never'],
  ['select * from items for share', 'locking-clause', 'never'],
  ['select * from (select * from items for key share) x', 'locking-clause', 'never'],
  [
    'select 1 where exists (select from items where id in (select id from items for update))',
    'locking-clause',
    'never',
  ],
  ['select * into copy_of from items', 'select-into', 'certainly'],
  ['select 1 as a into temp copy_of', 'select-into', 'certainly'],
  ['with d as (delete from items returning *) select * from d', 'nested-write', 'certainly'],
  [
    'with a as (with b as (insert into audit (note) values (1) returning 1) select * from b) select 1',
    'nested-write',
    'certainly',
  ],
  ['select 1; select * from items for update; select 2', 'locking-clause', 'never'],
  ['select claim(1)', 'locking-clause', 'never'],
  ['select * from locked_items', 'locking-clause', 'never'],
  ["select query_to_xml('delete from items', true, false, '')", 'nested-write', 'certainly'],
  ['explain analyze select * from items for update', 'locking-clause', 'never'],
  ['copy (select * from items for update) to stdout', 'locking-clause', 'never'],
  ['with u as (update items set price = 1 returning *) select count(*) from u', 'nested-write', 'certainly'],
  [
    'with m as (merge into items i using moods m on i.id = m.id when matched then delete returning i.id) select * from m',
    'nested-write',
    'certainly',
  ],
  [
    'select name from items order by name using operator(pg_catalog.<) for no key update nowait',
    'locking-clause',
    'never',
  ],
  ['(select 1 from items) union all (select 1 from items for update)', 'locking-clause', 'never'],
  ['select * from items, (select * from moods for share of moods) m', 'locking-clause', 'never'],
  ['select (select id from items limit 1 for key share)', 'locking-clause', 'never'],
  ['select 1 into x', 'select-into', 'certainly'],
  ['select * into temporary x from items', 'select-into', 'certainly'],
  ['select 1 where 1 in (select id from items for update)', 'locking-clause', 'never'],
  ['select exists (with d as (delete from items returning 1) select * from d)', 'nested-write', 'certainly'],
  ['explain (analyze) select * into x from items', 'select-into', 'certainly'],
  // What the names stand for: functions, operators, types, casts, texts that are run
  ['select 1; delete from items', 'delete', 'certainly'],
  ['select * from items for update; update items set price = 1', 'update', 'certainly'],
  ['select sneaky_sql()', 'writing-function', 'certainly'],
  ['select atomic_sql()', 'writing-function', 'certainly'],
  ['select with_default()', 'writing-function', 'certainly'],
  ['select 1 +! 2', 'volatile-function', 'possibly'],
  ['select 1 operator(public.+!) 2', 'volatile-function', 'possibly'],
  ['select sum_noted(id) from items', 'volatile-function', 'possibly'],
  ['select 1::noted_int', 'volatile-function', 'possibly'],
  ['select to_json(c) from paints', 'volatile-function', 'possibly'],
  ['select json_agg(p) from paints p', 'volatile-function', 'possibly'],
  ['select * from partly_1 where id = 3', 'writing-function', 'certainly'],
  ["select * from partly where at = '2020-05-05'", 'writing-function', 'certainly'],
  ['select wraps_again(1)', 'writing-function', 'certainly'],
  ['select operates(1, 2)', 'writing-function', 'certainly'],
  ['select through_cursor()', 'writing-function', 'certainly'],
  ['select outputs(3)', 'volatile-function', 'possibly'],
  ['select * from assigned', 'volatile-function', 'possibly'],
  ['explain with carts as (select 1 as id) update carts set item = 1 from items', 'unlogged-table', 'never'],
  ['select looks_stable()', 'volatile-function', 'possibly'],
  ['select * from noted', 'volatile-function', 'possibly'],
  ['select stable_insert()', 'statement-in-function', 'certainly'],
  ["select next_one('tickets')", 'writing-function', 'certainly'],
  ['select i.stamp from items i', 'writing-function', 'certainly'],
  ['select (i).stamp from items i limit 1', 'writing-function', 'certainly'],
  ['select stamp(i) from items i limit 1', 'writing-function', 'certainly'],
  ['select 1 <%> 2', 'writing-function', 'certainly'],
  ['select 1 operator(public.<%>) 2', 'writing-function', 'certainly'],
  ["select !+ 'tickets'::regclass", 'writing-function', 'certainly'],
  ['select sum_sneaky(id) from items', 'writing-function', 'certainly'],
  ['select U&"n\\0065xtval"(\'tickets\')', 'writing-function', 'certainly'],
  ["select parse_noted('5')", 'volatile-function', 'possibly'],
  ["select abs('x'::text)", 'volatile-function', 'possibly'],
  ['select 5::stricter_int', 'volatile-function', 'possibly'],
  ["select '{5}'::noted_int[]", 'volatile-function', 'possibly'],
  ["select '{5}'::_noted_int", 'volatile-function', 'possibly'],
  ["select noted_int '5'", 'volatile-function', 'possibly'],
  ['select noted_int(5)', 'unknown-function', 'possibly'],
  ['select cast(row(1, 2) as noted_pair)', 'volatile-function', 'possibly'],
  ["select '(1,2)'::noted_pair", 'volatile-function', 'possibly'],
  ['select jsonb_populate_record(null::noted_pair, \'{"a":1}\')', 'volatile-function', 'possibly'],
  ['select * from jsonb_to_recordset(\'[{"a":1}]\') as x(a noted_int)', 'volatile-function', 'possibly'],
  ['select json_populate_record(r, \'{"pair":{"a":1}}\') from readings r', 'volatile-function', 'possibly'],
  [
    "select * from json_table('[{\"a\":1}]', '$[*]' columns (a noted_int path '$.a'))",
    'volatile-function',
    'possibly',
  ],
  ["select json_value('{\"a\":1}', '$.a' returning noted_int)", 'volatile-function', 'possibly'],
  ['select noted_span(1, 5)', 'volatile-function', 'possibly'],
  ["select '[1,5)'::noted_span", 'volatile-function', 'possibly'],
  ['select 1 + amount from payments', 'volatile-function', 'possibly'],
  ['select amount::int from payments', 'volatile-function', 'possibly'],
  ['select sum(amount) from payments', 'volatile-function', 'possibly'],
  ['select * from grades order by g', 'writing-function', 'certainly'],
  ['select max(id) from grades group by g', 'writing-function', 'certainly'],
  ['select distinct g from grades', 'writing-function', 'certainly'],
  ['select * from last_ticket', 'local-function', 'never'],
  [
    "select * from crosstab('select nextval(''tickets'')::text, ''a''::text, ''b''::text') as t(a text, b text)",
    'writing-function',
    'certainly',
  ],
  ["select query_to_xml('select nextval(''tickets'')', true, false, '')", 'writing-function', 'certainly'],
  [
    "select query_to_xml(format('select count(*) from %I', 'carts'), true, false, '')",
    'text-as-sql',
    'possibly',
  ],
  ["select table_to_xml('carts', true, false, '')", 'reading-function', 'possibly'],
  ["select table_to_xml('next_ticket', true, false, '')", 'reading-function', 'possibly'],
  ["select schema_to_xml('public', true, false, '')", 'reading-function', 'possibly'],
  ["select database_to_xml(true, false, '')", 'reading-function', 'possibly'],
  [
    "select * from connectby('next_ticket', 'n', 'n', '1', 0) as t(k bigint, p bigint, l int)",
    'reading-function',
    'possibly',
  ],
  ["select domain_in('5', 'noted_int'::regtype, -1)", 'reading-function', 'possibly'],
  ["select record_in('(1,2)', 'noted_pair'::regtype, -1)", 'reading-function', 'possibly'],
  ['select 1; listen a', 'session-state', 'never'],
  ["with s as (select 1) insert into audit (note) select 'x' from s", 'insert', 'certainly'],
  ["select 'a\\'; delete from items; --'", 'delete', 'certainly'],
  ['select items.stamp from items', 'writing-function', 'certainly'],
  ['with x as (select * from items) select x.stamp from x', 'writing-function', 'certainly'],
  ['select (cheap_items()).stamp', 'writing-function', 'certainly'],
  ['select (array(select i from items i))[1].stamp', 'writing-function', 'certainly'],
  ['select array_agg(g order by g) from grades', 'writing-function', 'certainly'],
  ['select array[g] < array[g] from grades', 'writing-function', 'certainly'],
  ['select greatest(a.g, b.g) from grades a, grades b', 'writing-function', 'certainly'],
  ['select count(distinct g) from grades', 'writing-function', 'certainly'],
  ['select g from grades union select g from grades', 'writing-function', 'certainly'],
  ['select rank() over (order by g) from grades', 'writing-function', 'certainly'],
  ['select row(1)::cents::int', 'volatile-function', 'possibly'],
  ['select (row(1)::cents) + 1', 'volatile-function', 'possibly'],
  ["select ('(1)'::cents)::int", 'volatile-function', 'possibly'],
  ["select generate_series(1, ('(1)'::cents))", 'volatile-function', 'possibly'],
  ["select unnest(array['(1)'::cents]::int[])", 'volatile-function', 'possibly'],
  ['select \'{"(5)"}\'::cents[]::int[]', 'volatile-function', 'possibly'],
  ["select substring('abc' from ('(1)'::cents))", 'volatile-function', 'possibly'],
  [
    'select a from jsonb_populate_recordset(null::noted_pair, \'[{"a":1}]\')',
    'volatile-function',
    'possibly',
  ],
  [
    'select (json_populate_record(null::readings, \'{"pair":{"a":1}}\')).pair',
    'volatile-function',
    'possibly',
  ],
  // PostgreSQL's own functions
  ["select nextval('tickets')", 'writing-function', 'certainly'],
  ["select pg_catalog.setval('tickets', 1)", 'writing-function', 'certainly'],
  ["select currval('tickets'), lastval()", 'local-function', 'never'],
  ["select pg_notify('a', 'b')", 'local-function', 'never'],
  ['select txid_current()', 'local-function', 'never'],
  ['select pg_current_xact_id()', 'local-function', 'never'],
  ["select lo_from_bytea(0, '')", 'writing-function', 'certainly'],
  ['select pg_switch_wal()', 'local-function', 'never'],
  ["select pg_walfile_name('0/0')", 'local-function', 'never'],
  ['select pg_current_wal_lsn()', 'local-function', 'never'],
  ["select NextVal('tickets')", 'writing-function', 'certainly'],
  ['select nextval($$tickets$$::regclass)', 'writing-function', 'certainly'],
  ['select pg_catalog."nextval"(\'tickets\')', 'writing-function', 'certainly'],
  ["select pg_input_is_valid('5', 'noted_int')", 'volatile-function', 'possibly'],
  ["select pg_input_error_info('5', 'stricter_int')", 'volatile-function', 'possibly'],
  ['select lo_creat(-1)', 'writing-function', 'certainly'],
  ['select lastval()', 'local-function', 'never'],
  ["select pg_logical_emit_message(false, 'a', 'b')", 'writing-function', 'certainly'],
  ["select pg_create_restore_point('a')", 'writing-function', 'certainly'],
  ['select pg_current_wal_insert_lsn()', 'local-function', 'never'],
  ["select pg_walfile_name_offset('0/1')", 'local-function', 'never'],
  ["select brin_summarize_new_values('items_pkey')", 'writing-function', 'certainly'],
  ["select gin_clean_pending_list('items_pkey')", 'writing-function', 'certainly'],
  ["select pg_replication_origin_create('a')", 'writing-function', 'certainly'],
  ["select currval('tickets')", 'local-function', 'never'],
  ["select nextval('tickets')::text similar to 'a' escape 'b'", 'writing-function', 'certainly'],
  // Anywhere in a query
  ['select note_it()', 'volatile-function', 'possibly'],
  ['select * from note_it()', 'volatile-function', 'possibly'],
  ['select 1 order by note_it()', 'volatile-function', 'possibly'],
  ['select count(*) over (order by note_it())', 'volatile-function', 'possibly'],
  ['select * from items where id = any (array[note_it()])', 'volatile-function', 'possibly'],
  ['values (note_it())', 'volatile-function', 'possibly'],
  ['select 1 limit note_it()', 'volatile-function', 'possibly'],
  [
    "select * from pivot('select 1::text, 2::text, nextval(''tickets'')::text') as t",
    'text-as-sql',
    'possibly',
  ],
  [
    "with recursive r as (select 1 as n union all select nextval('tickets')::int from r where n < 2) select * from r",
    'writing-function',
    'certainly',
  ],
  ["select * from items tablesample bernoulli (nextval('tickets')) limit 1", 'writing-function', 'certainly'],
  ["select * from items, lateral nextval('tickets')", 'writing-function', 'certainly'],
  [
    "select * from rows from (generate_series(1, 2), nextval('tickets')) as x",
    'writing-function',
    'certainly',
  ],
  ['select count(*) filter (where note_it() = 1) from items', 'volatile-function', 'possibly'],
  ['select rank(note_it()) within group (order by id) from items', 'volatile-function', 'possibly'],
  ['select sum(id) over (partition by note_it()) from items', 'volatile-function', 'possibly'],
  [
    "select sum(id) over (rows between nextval('tickets') preceding and current row) from items",
    'writing-function',
    'certainly',
  ],
  ["select string_agg(name, ',' order by note_it()) from items", 'volatile-function', 'possibly'],
  ['select (array[1,2,3])[note_it()]', 'volatile-function', 'possibly'],
  ['select xmlelement(name a, note_it())', 'volatile-function', 'possibly'],
  ["select xmlforest(nextval('tickets') as n)", 'writing-function', 'certainly'],
  ["select json_object('a': nextval('tickets'))", 'writing-function', 'certainly'],
  [
    "select * from xmltable('/a' passing xml '<a/>' columns b int path 'b' default note_it())",
    'volatile-function',
    'possibly',
  ],
  [
    "select json_value('{}', '$.a' returning int default note_it() on empty)",
    'volatile-function',
    'possibly',
  ],
  ['select 1 fetch first (note_it()) rows only', 'volatile-function', 'possibly'],
  ['select 1 offset note_it()', 'volatile-function', 'possibly'],
  ['select distinct on (note_it()) 1 from items', 'volatile-function', 'possibly'],
  [
    "select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, to_tsquery(nextval(''tickets'')::text)')",
    'reading-function',
    'possibly',
  ],
  ["select 1; select nextval('tickets'); select 2", 'writing-function', 'certainly'],
  ["select json_arrayagg(nextval('tickets'))", 'writing-function', 'certainly'],
  ["select json_exists('{}', '$' passing nextval('tickets') as x)", 'writing-function', 'certainly'],
  [
    "select * from json_table('{}', '$' passing nextval('tickets') as x columns (a int path '$.a'))",
    'writing-function',
    'certainly',
  ],
  [
    "select xmlexists('/a' passing by ref xmlparse(document note_it()::text))",
    'volatile-function',
    'possibly',
  ],
  ["select * from unnest(array[1], array[nextval('tickets')])", 'writing-function', 'certainly'],
  ["select count(*) from items having nextval('tickets') > 0", 'writing-function', 'certainly'],
  ["values (1), (nextval('tickets'))", 'writing-function', 'certainly'],
  ["select position('a' in nextval('tickets')::text)", 'writing-function', 'certainly'],
  ["select extract(epoch from to_timestamp(nextval('tickets')))", 'writing-function', 'certainly'],
  ["select collation for (nextval('tickets')::text)", 'writing-function', 'certainly'],
  [
    "select count(*) from items tablesample system (10) repeatable (nextval('tickets'))",
    'writing-function',
    'certainly',
  ],
  // Relations
  ['select * from carts', 'unlogged-table', 'never'],
  ['select * from events', 'unlogged-table', 'never'],
  ['select * from cart_lines', 'unlogged-table', 'never'],
  ['select * from next_ticket', 'writing-function', 'certainly'],
  ['select * from next_ticket_again', 'writing-function', 'certainly'],
  ['select count_carts()', 'unlogged-table', 'never'],
  ['select cart_count()', 'unlogged-table', 'never'],
  ['select * from logs', 'unlogged-table', 'never'],
  ['select * from item_totals', 'unpopulated-view', 'never'],
  ['with carts as (select * from carts) select * from carts', 'unlogged-table', 'never'],
  ['with a as (select 1) select * from carts', 'unlogged-table', 'never'],
  ['select * from (with carts as (select 1) select * from carts) x, carts', 'unlogged-table', 'never'],
  ['select * from items where id = (select n from next_ticket)', 'writing-function', 'certainly'],
  ["select * from ts_stat('select to_tsvector(n::text) from next_ticket')", 'writing-function', 'certainly'],
  ['select json_array(select n from next_ticket)', 'writing-function', 'certainly'],
  ['table next_ticket', 'writing-function', 'certainly'],
  ['select * from (table next_ticket) x', 'writing-function', 'certainly'],
  ['select * from items where id in (table next_ticket)', 'writing-function', 'certainly'],
  // Transactions and sessions
  ['listen a', 'session-state', 'never'],
  ['notify a', 'session-state', 'never'],
  ["commit prepared 'a'", 'transaction-control', 'certainly'],
  ["prepare transaction 'x'", 'transaction-control', 'never'],
  ["rollback prepared 'x'", 'transaction-control', 'certainly'],
];

/** What a standby would do, and it would be wrong: the standby can not judge these, so each has its reason. */
export const WRONG: { why: string; statements: Judged[] }[] = [
  {
    why: "a standby's snapshot has no list of what is in progress: to pg_visible_in_snapshot all of it has committed",
    statements: [
      ['select pg_current_snapshot()', 'local-function', 'never'],
      ['select txid_current_snapshot()', 'local-function', 'never'],
    ],
  },
  {
    why: 'it acts on another server than the one that is meant',
    statements: [
      ["alter system set work_mem = '1MB'", 'utility', 'certainly', 'ALTER SYSTEM'],
      ["copy items to '/tmp/items'", 'copy-to-server', 'possibly'],
      ["copy (select 1) to program 'cat'", 'copy-to-server', 'possibly'],
      ["select pg_create_physical_replication_slot('a')", 'writing-function', 'certainly'],
      ["select pg_drop_replication_slot('a')", 'writing-function', 'certainly'],
      ['select pg_cancel_backend(0)', 'local-function', 'never'],
      ['select pg_terminate_backend(0)', 'local-function', 'never'],
      ['select pg_reload_conf()', 'local-function', 'never'],
      ['select pg_promote()', 'local-function', 'never'],
    ],
  },
  {
    why: 'the files of unlogged tables are not on a standby',
    statements: [
      ['copy carts to stdout', 'unlogged-table', 'never'],
      ["select pg_database_size('postgres')", 'unlogged-size', 'never'],
      ["select pg_relation_size('carts')", 'unlogged-table', 'never'],
      ['select sum(pg_relation_size(oid)) from pg_class', 'unlogged-size', 'never'],
      ["select pg_total_relation_size('events'::regclass)", 'unlogged-table', 'never'],
    ],
  },
  {
    why: 'it takes or leaves something in a session: a lock that protects nothing, a setting, a cursor, a prepared statement, a snapshot',
    statements: [
      ['select pg_advisory_lock(1)', 'local-function', 'never'],
      ['select pg_try_advisory_xact_lock(1)', 'local-function', 'never'],
      ["select set_config('a.b', 'c', false)", 'local-function', 'never'],
      ['select pg_export_snapshot()', 'local-function', 'never'],
      ['select locks_sql(1)', 'local-function', 'never'],
      ["set search_path = 'a'", 'session-state', 'never'],
      ['reset all', 'session-state', 'never'],
      ['discard all', 'session-state', 'never'],
      ['prepare p as select 1', 'session-state', 'never'],
      ['execute p', 'session-state', 'possibly'],
      ['explain execute p', 'session-state', 'possibly'],
      ['explain create table y as execute p', 'session-state', 'possibly'],
      ['deallocate all', 'session-state', 'never'],
      ['declare c cursor for select 1', 'session-state', 'never'],
      ['fetch all from c', 'session-state', 'possibly'],
      ['explain (analyze) declare c cursor for select 1', 'session-state', 'never'],
      ["select 1; set work_mem = '1MB'", 'session-state', 'never'],
      ["set local work_mem = '1MB'; select 1", 'session-state', 'never'],
      ['set session characteristics as transaction read only', 'session-state', 'never'],
      ['set transaction read only', 'session-state', 'never'],
      ['move all from c', 'session-state', 'possibly'],
      ['close c', 'session-state', 'never'],
      ['declare c cursor with hold for select 1', 'session-state', 'never'],
      ['unlisten *', 'session-state', 'never'],
      ["load 'plpgsql'", 'session-state', 'never'],
      ['set constraints all deferred', 'session-state', 'never'],
      ['set role postgres', 'session-state', 'never'],
      ['set session authorization default', 'session-state', 'never'],
      ['reset search_path', 'session-state', 'never'],
      ['discard temp', 'session-state', 'never'],
      ['deallocate p', 'session-state', 'never'],
      ["prepare p as insert into audit (note) values ('x')", 'session-state', 'never'],
      ['select lo_open(1, 262144)', 'local-function', 'never'],
      ['select pg_advisory_unlock_all()', 'local-function', 'never'],
      ['select pg_try_advisory_lock_shared(1, 2)', 'local-function', 'never'],
      ['select pg_advisory_xact_lock_shared(1)', 'local-function', 'never'],
      ['select setseed(0.5)', 'local-function', 'never'],
      ['select * from pg_cursors', 'server-view', 'never'],
      ['select pg_listening_channels()', 'local-function', 'never'],
    ],
  },
  {
    why: 'the answer is of another server: its statistics, locks, processes, settings, files and slots',
    statements: [
      ['select pg_stat_reset()', 'writing-function', 'certainly'],
      ['select * from pg_stat_activity', 'server-view', 'never'],
      ['select * from pg_locks', 'server-view', 'never'],
      ['select * from activity', 'server-view', 'never'],
      ['select pg_stat_get_db_numbackends(1)', 'local-function', 'never'],
      ["select pg_stat_file('postgresql.conf')", 'local-function', 'never'],
      ["select pg_read_file('postgresql.conf')", 'local-function', 'never'],
      ["select pg_ls_dir('.')", 'local-function', 'never'],
      ['select * from pg_replication_slots', 'server-view', 'never'],
      ['select * from pg_get_replication_slots()', 'local-function', 'never'],
      ['select pg_last_wal_replay_lsn()', 'volatile-function', 'possibly'],
      ['select pg_wal_replay_pause()', 'local-function', 'never'],
      ['select pg_get_wal_replay_pause_state()', 'volatile-function', 'possibly'],
      ['select pg_control_checkpoint()', 'volatile-function', 'possibly'],
      ['select pg_current_logfile()', 'volatile-function', 'possibly'],
      ['select pg_backend_pid()', 'local-function', 'never'],
      ['select pg_postmaster_start_time(), pg_conf_load_time()', 'local-function', 'never'],
      ['select inet_server_port()', 'local-function', 'never'],
      ["select current_setting('transaction_read_only')", 'server-setting', 'never'],
      ["select current_setting('primary_conninfo', true)", 'server-setting', 'never'],
      ['show transaction_read_only', 'server-setting', 'never'],
      ['show in_hot_standby', 'server-setting', 'never'],
      ['show all', 'server-setting', 'never'],
      ['show data_directory', 'server-setting', 'never'],
      ["select setting from pg_settings where name = 'in_hot_standby'", 'server-view', 'never'],
      ['select pg_blocking_pids(1)', 'local-function', 'never'],
      ['select * from pg_prepared_xacts', 'server-view', 'never'],
      ['select * from pg_stat_replication', 'server-view', 'never'],
      ['select * from pg_catalog.pg_stat_user_tables', 'server-view', 'never'],
      ['select * from pg_statio_user_tables', 'server-view', 'never'],
      ["select pg_xact_status('3')", 'local-function', 'never'],
      ['select txid_status(3)', 'local-function', 'never'],
      ['select pg_log_backend_memory_contexts(1)', 'local-function', 'never'],
      ['select pg_notification_queue_usage()', 'volatile-function', 'possibly'],
    ],
  },
  {
    why: "a sequence's WAL runs up to 32 values ahead of it: the standby's is a number not yet given",
    statements: [
      ['select last_value from tickets', 'sequence', 'never'],
      ['select * from pg_sequences', 'server-view', 'never'],
      ['select * from ticket_state', 'sequence', 'never'],
      ["select last_value from pg_sequences where sequencename = 'tickets'", 'server-view', 'never'],
      ["select pg_sequence_last_value('tickets')", 'local-function', 'never'],
      ['select tickets.last_value from tickets', 'sequence', 'never'],
    ],
  },
  {
    why: 'a transaction of another statement',
    statements: [
      ['begin', 'transaction-control', 'never'],
      ['start transaction read only', 'transaction-control', 'never'],
      ['commit', 'transaction-control', 'never'],
      ['savepoint a', 'transaction-control', 'never'],
    ],
  },
];

/** What can not be known to be right. */
export const UNKNOWN: { why: string; statements: Judged[] }[] = [
  {
    why: 'it fails on either server, or on a standby that is late',
    statements: [
      ['select no_such_function()', 'unknown-function', 'possibly'],
      ['select public.lower(name) from items', 'unknown-function', 'possibly'],
      ['select * from pg_temp.x', 'temporary-table', 'never'],
      ['select * from not_there', 'unknown-relation', 'never'],
      ['select * from app.not_there', 'unknown-relation', 'never'],
      ["select not_there('x')", 'unknown-function', 'possibly'],
    ],
  },
  {
    why: 'it can not be read',
    statements: [
      ['select from where', 'unparseable', 'possibly'],
      ["select 'unterminated", 'unparseable', 'possibly'],
      ['select 1\0', 'unparseable', 'possibly'],
      [`select ${'1,'.repeat(9000)}1`, 'too-long', 'possibly'],
      ['select 1 /* unterminated', 'unparseable', 'possibly'],
      ['select "unterminated', 'unparseable', 'possibly'],
      ['select $a$ unterminated $b$', 'unparseable', 'possibly'],
      ['selec 1', 'unparseable', 'possibly'],
      ['select 1 +', 'unparseable', 'possibly'],
      ["wait for lsn '0/1'", 'unparseable', 'possibly'],
    ],
  },
  {
    why: 'it is not known what will run',
    statements: [
      ['select * from crosstab($1) as t(a text, b text)', 'text-as-sql', 'possibly'],
      ["select pg_input_is_valid('5', $1)", 'text-as-sql', 'possibly'],
    ],
  },
];

/** What a standby would answer rightly, and is kept on the primary all the same. */
export const CONSERVATIVE: { why: string; statements: Judged[] }[] = [
  {
    why: 'BEGIN goes to the primary, also where the whole transaction stands in one text',
    statements: [['begin read only; select 1; commit', 'transaction-control', 'never']],
  },
  {
    why: 'a block or a merge may write; whether it does is known when it has run',
    statements: [
      ['do $$ begin perform 1; end $$', 'code-block', 'possibly', 'DO'],
      [
        'merge into items using moods on items.id = moods.id when not matched then do nothing',
        'merge',
        'certainly',
      ],
    ],
  },
  {
    why: 'the part that is not for a standby is never reached: that takes knowing the data',
    statements: [
      ['with l as (select * from items for update) select 1', 'locking-clause', 'never'],
      ['select * from secrets', 'volatile-function', 'possibly'],
      ['select * from only logs', 'unlogged-table', 'never'],
      ['select * from secret_owners', 'volatile-function', 'possibly'],
      ['select case when false then note_it() else 1 end', 'volatile-function', 'possibly'],
      ['select coalesce(1, note_it())', 'volatile-function', 'possibly'],
      ['select 1 where false and note_it() = 1', 'volatile-function', 'possibly'],
      ['copy logs to stdout', 'unlogged-table', 'never'],
      ['copy secrets to stdout', 'volatile-function', 'possibly'],
      ['select with_default(5)', 'writing-function', 'certainly'],
      ['select * from estimated', 'writing-function', 'certainly'],
    ],
  },
  {
    why: 'volatile as far as its declaration goes, or called like one that is',
    statements: [
      ['select i.archive from items i', 'volatile-function', 'possibly'],
      ['select (i).archive from items i', 'volatile-function', 'possibly'],
      ['select either(1)', 'volatile-function', 'possibly'],
      ['select abs(-1)', 'volatile-function', 'possibly'],
    ],
  },
  {
    why: 'a function that is not declared volatile may run any text',
    statements: [["select dynamic_count('items')", 'dynamic-sql', 'possibly']],
  },
  {
    why: 'its rows are values of a type whose checks, casts or operators write: reading them as they are does no harm',
    statements: [
      ['select * from readings', 'volatile-function', 'possibly'],
      ['select * from pairs', 'volatile-function', 'possibly'],
      ['select c from paints', 'volatile-function', 'possibly'],
      ['select g <! g from grades', 'writing-function', 'certainly'],
      ['select (pair).a from readings', 'volatile-function', 'possibly'],
    ],
  },
  {
    why: 'what a foreign server answers, and to whom, is not known',
    statements: [['select * from version_file', 'foreign-table', 'never']],
  },
  {
    why: 'the planner evaluates some of what is not volatile, and opens what it plans',
    statements: [
      ['explain select * from items where price = with_default()', 'writing-function', 'certainly'],
      ['explain select 1 <%> 2', 'writing-function', 'certainly'],
      ['explain select * from item_totals', 'unpopulated-view', 'never'],
      ['explain select count_carts()', 'unlogged-table', 'never'],
      ['explain refresh materialized view item_totals', 'unpopulated-view', 'never'],
    ],
  },
  {
    why: 'large objects may be written the same way',
    statements: [['select lo_get(4242)', 'local-function', 'never']],
  },
];
