import { expect, test } from 'vitest';
import { effectOfCode } from '../../../src/router/sql/code-effect.js';

const found = (text: string, language = 'plpgsql') => {
  const { leaves, settings } = effectOfCode({ language, text }).effect;
  return [...leaves, ...settings.map((setting) => `= ${setting}`)].sort().join(' ');
};
const UNKNOWN = '= * sequences unknown';

test.each([
  ["begin set app.a = 'x'; end", '= app.a settings'],
  ['begin set session work_mem to 1; end', '= work_mem settings'],
  ['begin set time zone 0; end', '= timezone settings'],
  ['begin set session authorization x; end', '= session_authorization settings'],
  ['begin if a then set role b; end if; end', '= role settings'],
  ['<<label>> set role b', '= role settings'],
  ['begin reset all; end', '= * settings'],
  ["begin execute 'set ' || quote_ident(n) || ' = 1'; end", '= * settings temporary-objects'],
  ['begin set local app.a = 1; set transaction read only; set constraints all deferred; end', ''],
  ['begin update t set a = 1; insert into t values (1) on conflict (a) do update set a = 2; end', ''],
  ["begin update t set a = 'was set'; alter table t alter a set default 1; end", ''],
  ['begin -- set a to 1\n /* reset all; listen a */ null; end', ''],
  ["begin raise notice 'set % to 1', a; raise exception 'reset all'; end", ''],
  ["begin perform set_config('App.A', v, false); end", '= app.a settings'],
  ["begin perform set_config('app.a', f(v, 'x'), true); end", ''],
  ["begin perform set_config('app.' || n, v, true); end", ''],
  ['begin perform pg_advisory_lock(hashtext($1)); end', 'advisory-locks'],
  ['begin create temp table a (b int); end', 'temporary-objects'],
  ['begin create temporary table a on commit drop as select 1; end', ''],
  [
    'begin create temp table a on commit drop as select 1; create temp table b (c int); end',
    'temporary-objects',
  ],
  ["begin execute 'listen ' || quote_ident(a); end", 'listening'],
  ["begin execute format('listen %I', a); end", 'listening'],
  ["begin execute 'select 1'; execute format('select %I, %L', a, b) using c; end", ''],
  ["begin execute ('select ' || quote_literal(a)) into b; end", ''],
  ["for r in execute 'select 1' loop null; end loop", ''],
  ['begin execute a; end', UNKNOWN],
  ["begin execute 'select ' || a; end", UNKNOWN],
  ["begin execute format('select %s', a); end", UNKNOWN],
  ["begin execute format('select %1$s', a); end", UNKNOWN],
  ['begin return query execute a; end', UNKNOWN],
  ["begin execute format('insert into %I values (1)', a); end", UNKNOWN],
  ["begin execute format('delete from only %1$I.b where c = 1', a); end", UNKNOWN],
  ["begin execute format('truncate a, b.%I', a); end", UNKNOWN],
  ["begin execute 'delete from ' || quote_ident(a) || ' where b'; end", UNKNOWN],
  [
    "begin execute format('insert into a values (%L)', b) ; execute format('update a set %I = 1', b); end",
    '',
  ],
  ["begin execute format('create table %I (a int)', b); execute format('select a from %I', b); end", ''],
  ["begin execute format('call %I.%I()', a, b); end", UNKNOWN],
  ['begin perform pg_temp.a(); end', 'sequences temporary-objects'],
  ['begin create trigger a after insert on b for each row execute function c(); end', ''],
  [
    "begin execute $x$ select query_to_xml('set a.b = 1; select 2', true, true, '') $x$; end",
    '= a.b settings',
  ],
  // Names that JavaScript's objects have, too.
  ["begin execute 'select constructor'; execute 'select __proto__ from hasownproperty'; end", ''],
  ['begin set constructor to 1; end', '= constructor settings'],
  ["begin if state = 'reset' or state = 'set' then null; end if; end", ''],
  ["begin perform query_to_xml(a, true, true, ''); end", UNKNOWN],
  ['declare c cursor for select 1; begin open c; end', ''],
  ["begin execute 'declare c cursor with hold for select 1'; end", 'cursors'],
])('PL/pgSQL: %s', (code, expected) => {
  expect(found(code)).toBe(expected);
});

test.each([
  ["# it's to set a value\nreturn 1", ''],
  ['plpy.execute("set app.a = 1")', '= app.a settings'],
  ["# don't\nplpy.execute('set app.a = 1') # won't", UNKNOWN],
  ["plpy.execute(\"select set_config('app.a', '1', true)\")", ''],
  ['plpy.execute(statement)', UNKNOWN],
  ['spi_exec_query("create temp table a (b int)")', 'temporary-objects'],
])('another language: %s', (code, expected) => {
  expect(found(code, 'plpython3u')).toBe(expected);
});
