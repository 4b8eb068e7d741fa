/** How many users a round has. Each has tables and sequences of its own, named by its number. */
export const USERS = 4;

/** Roles are the cluster's: they are made once, before the databases' own schema. */
export const ROLES = `
create role reader;
create role writer;
`;

const SHARED = `
create table shared (id int primary key, note text);
insert into shared select i, 'note ' || i from generate_series(1, 20) i;
create table tenants (id int primary key, tenant text);
insert into tenants values (1, 'a'), (2, 'a'), (3, 'b');
alter table tenants enable row level security;
create policy own on tenants using (tenant = current_setting('app.tenant', true));
create schema other;
create table shadowed (v int);
insert into shadowed values (0);
create table other.shadowed as select 100 as v;
create schema made;

-- What stays in a session, by each kind of code that can leave it there
create function keep_sql(name text, value text) returns text language sql as
  $$ select set_config(name, value, false) $$;
create function keep_plpgsql(name text, value text) returns text language plpgsql as
  $$ begin return set_config(name, value, false); end $$;
create function keep_dynamic(name text, value text) returns text language plpgsql as
  $$ begin execute format('set %s = %L', name, value); return value; end $$;
create function keep_deep(name text, value text) returns text language plpgsql as
  $$ begin return keep_sql(name, value); end $$;
create function keep_local(name text, value text) returns text language sql as
  $$ select set_config(name, value, true) $$;
create function scoped() returns text language plpgsql set work_mem = '3MB' as
  $$ begin return current_setting('work_mem'); end $$;
create function keep_atomic(value text) returns text language sql
  begin atomic select set_config('app.a', value, false); end;
create procedure keep_procedure(name text, value text) language plpgsql as
  $$ begin perform set_config(name, value, false); end $$;
create procedure keep_set() language plpgsql as $$ begin set app.b = 'by procedure'; end $$;
create function forget() returns void language plpgsql as $$ begin reset all; end $$;
create function become(name text) returns void language plpgsql as
  $$ begin execute format('set role %I', name); end $$;
create function seed_it(seed float8) returns void language sql as $$ select setseed(seed) $$;
create function lock_sql(a int, b int) returns boolean language sql as $$ select pg_try_advisory_lock(a, b) $$;
create function lock_plpgsql(a int, b int) returns boolean language plpgsql as
  $$ begin return pg_try_advisory_lock(a, b); end $$;
create procedure lock_procedure(a int, b int) language plpgsql as
  $$ begin perform pg_try_advisory_lock(a, b); end $$;
create function unlock_plpgsql() returns void language plpgsql as
  $$ begin perform pg_advisory_unlock_all(); end $$;
create function temp_plpgsql() returns int language plpgsql as
  $$ begin create temp table if not exists scratch (v int); insert into scratch values (1); return 1; end $$;
create function temp_dynamic() returns int language plpgsql as
  $$ begin execute 'create temp table scratch as select 2 as v'; return 2; end $$;
create procedure temp_procedure() language plpgsql as
  $$ begin create temp table if not exists scratch (v int); end $$;
create function listen_to(channel text) returns void language plpgsql as
  $$ begin execute format('listen %I', channel); end $$;
create function prepare_it() returns void language plpgsql as
  $$ begin execute 'prepare p1 as select 1 as by_function'; end $$;
create function open_cursor(name refcursor) returns refcursor language plpgsql as
  $$ begin open name for select id from shared order by id; return name; end $$;
create view keeping as select set_config('app.a', 'by view', false) as v;
create view tenant_now as select current_setting('app.tenant', true) as tenant;

grant all on all tables in schema public, other to reader, writer;
grant usage on schema other to reader, writer;
grant create, usage on schema made to reader, writer;
`;

/** In names, # stands for the user's number. */
const OWN = `
create table items_# (id serial primary key, note text, n int not null default 0);
create table identities_# (id int generated always as identity primary key, note text);
create sequence seq_a_#;
create sequence seq_b_# start 1000;
create table log_# (id serial primary key, what text);

create function log_it_#() returns trigger language plpgsql as
  $$ begin insert into log_# (what) values (tg_op); return coalesce(new, old); end $$;
create table audited_# (id serial primary key, note text);
create trigger log_it after insert or update on audited_# for each row execute function log_it_#();

create function keep_it_#() returns trigger language plpgsql as
  $$ begin perform set_config('app.b', 'by trigger', false); return coalesce(new, old); end $$;
create table settled_# (id int, note text);
create trigger keep_it before insert or update or delete on settled_# for each row execute function keep_it_#();

create table ruled_# (id serial primary key, note text);
create rule log_it as on insert to ruled_# do also insert into log_# (what) values ('rule');
create table defaulted_# (id int, note text default keep_sql('app.a', 'by default'),
  locked boolean default pg_try_advisory_lock(#, 3));

create function next_sql_#() returns bigint language sql as $$ select nextval('seq_a_#') $$;
create function next_plpgsql_#() returns bigint language plpgsql as
  $$ begin return nextval('seq_b_#'); end $$;
create function insert_plpgsql_#() returns int language plpgsql as
  $$ declare i int; begin insert into items_# (note) values ('function') returning id into i; return i; end $$;
create procedure next_procedure_#() language plpgsql as $$ begin perform nextval('seq_a_#'); end $$;
create procedure commits_#() language plpgsql as
  $$ begin insert into items_# (note) values ('one'); commit; insert into items_# (note) values ('two'); end $$;
create view next_view_# as select nextval('seq_b_#') as n;
`;

const numbers = Array.from({ length: USERS }, (_, i) => i + 1);

/** Both databases of the proof have it. */
export const SCHEMA = [
  SHARED,
  ...numbers.map((n) => OWN.replaceAll('#', String(n))),
  'grant all on all tables in schema public to reader, writer;',
  'grant usage on all sequences in schema public to writer;',
].join('\n');

const OWN_TABLES = ['items', 'identities', 'log', 'audited', 'settled', 'ruled', 'defaulted'];

/** Makes a database what it was at first, while nobody uses it. */
export const START_OVER = `
truncate ${numbers.flatMap((n) => OWN_TABLES.map((table) => `${table}_${n}`)).join(', ')} restart identity;
${numbers.map((n) => `alter sequence seq_a_${n} restart; alter sequence seq_b_${n} restart;`).join('\n')}
drop schema made cascade;
create schema made;
grant create, usage on schema made to reader, writer;
`;
