import { beforeAll, expect, test } from 'vitest';
import { assumeReadOnlyCatalog, type Catalog, classify, loadParser } from '../../../src/router/index.js';

beforeAll(loadParser);

const effect = (sql: string) => classify(sql, assumeReadOnlyCatalog).effect;

test('functions of the text leave what they are known to leave', () => {
  const left = [
    ["select set_config('App.Tenant', $1, false)", ['settings']],
    ["select set_config('app.tenant', $1, $2)", ['settings']],
    ["select set_config('app.tenant', 'a', true)", []],
    ["select set_config('search_path', 'pg_temp', false)", ['settings', 'temporary-objects']],
    ['select setseed(0.5)', ['random-seed']],
    ['select pg_advisory_lock(1)', ['advisory-locks']],
    ['select * from items where pg_try_advisory_lock_shared(id)', ['advisory-locks']],
    ['select pg_advisory_xact_lock(1)', []],
    ['select pg_advisory_unlock(1)', []],
    ["with x as (select nextval('s')) insert into t select * from x", ['sequences']],
    ["update t set id = setval('s', 1)", ['sequences']],
    ["select dblink_connect('x')", ['unknown', 'sequences']],
    ["select query_to_xml('select setseed(1)', true, true, '')", ['random-seed']],
    ["select query_to_xml('select 1', true, true, '')", []],
    ["select query_to_xml($1, true, true, '')", ['unknown', 'sequences']],
    ['prepare p as select setseed(1)', ['prepared-statements', 'random-seed']],
    ['set search_path = pg_temp', ['settings', 'temporary-objects']],
    ['set search_path = public, pg_temp', ['settings']],
    ['create function f() returns int begin atomic select setseed(1); end', []],
    ['create view v as select setseed(1)', []],
    ['create temp view v as select setseed(1)', ['temporary-objects', 'random-seed']],
    [
      'create temp table t (a text default set_config($$a.b$$, $$c$$, false))',
      ['temporary-objects', 'settings'],
    ],
    ['select pg_temp.f()', ['sequences']],
    [
      'create function pg_temp.f() returns int language sql as $$ select setseed(1) $$',
      ['temporary-objects', 'random-seed'],
    ],
    [
      'create function pg_temp.f() returns int language plpgsql as $$ begin listen a; end $$; select pg_temp.f()',
      ['temporary-objects', 'listening', 'sequences'],
    ],
    [
      'create function pg_temp.f(int = setseed(1)) returns int begin atomic select nextval($$s$$); end',
      ['temporary-objects', 'random-seed', 'sequences'],
    ],
  ] as const;
  expect(left.map(([sql]) => [sql, effect(sql).leaves])).toEqual(left);
});

test('settings are known by name where the text has it', () => {
  expect(effect("select set_config('App.Tenant', $1, false)").settings).toEqual(['app.tenant']);
  expect(effect("select set_config('Role', 'x', false), 1").settings).toEqual(['role']);
  expect(effect('select set_config($1, $2, false)').settings).toEqual(['*']);
  expect(effect("select set_config('synchronous_commit', 'off', true)")).toMatchObject({
    settings: [],
    setsCommit: true,
  });
  expect(effect("select set_config('a.b', 'off', true)").setsCommit).toBe(false);
  expect(effect('select set_config($1, $2, true)').setsCommit).toBe(true);
});

test('what reads the last number drawn says whether the text itself asks for it', () => {
  const read = [
    ['select lastval()', 'directly'],
    ["insert into child values (currval('s'))", 'directly'],
    ["select query_to_xml('select lastval()', true, true, '')", 'within'],
    ['execute p', 'within'],
    ["select nextval('s'); select lastval()", 'within'],
    ["select lastval(); select nextval('s')", 'directly'],
    ['select 1', undefined],
  ] as const;
  expect(read.map(([sql]) => [sql, effect(sql).readsSequences])).toEqual(read);
});

test('what only the primary can do is named', () => {
  const named = [
    ['select pg_advisory_xact_lock(1)', 'pg_advisory_xact_lock'],
    ['select pg_export_snapshot()', 'pg_export_snapshot'],
    ["select pg_notify('a', 'b')", 'pg_notify'],
    ['lock table t in access share mode', 'LOCK TABLE'],
    ['set transaction_read_only = off', 'SET transaction_read_only'],
    ['set transaction_read_only = on', undefined],
    ['select count(*) from items', undefined],
  ] as const;
  expect(named.map(([sql]) => [sql, effect(sql).primaryOnly])).toEqual(named);
});

test('advisory locks are surely given back by a plain SELECT only', () => {
  expect(effect('select pg_advisory_unlock_all()').clears).toEqual(['advisory-locks']);
  expect(effect('select pg_advisory_unlock_all() as done, 1').clears).toEqual(['advisory-locks']);
  for (const sql of [
    'select pg_advisory_unlock_all() where $1',
    'select pg_advisory_unlock_all() from items',
    'select case when $1 then pg_advisory_unlock_all() end',
    'select pg_advisory_unlock_all() limit 0',
  ]) {
    expect([sql, effect(sql).clears]).toEqual([sql, []]);
  }
});

test('what only sets how the transaction is to run is told from what runs a query', () => {
  for (const sql of [
    'set a.b = 1',
    'set local a.b = 1',
    'show a',
    'begin read only',
    'savepoint a',
    'release a',
    'set a.b = 1; show a',
  ]) {
    expect([sql, effect(sql).onlySets]).toEqual([sql, true]);
  }
  for (const sql of ["select set_config('a.b', 'c', true)", 'rollback to a', 'set a.b = 1; select 1']) {
    expect([sql, effect(sql).onlySets]).toEqual([sql, false]);
  }
});

/** Functions by their definitions in SQL. */
const withFunctions = (definitions: Map<string, string>): Catalog => {
  const facts = new Map([...definitions].map(([name, sql]) => [name, { definitions: [sql] }]));
  return { ...assumeReadOnlyCatalog, routine: (name) => facts.get(name), volatility: () => 'v' };
};

test('functions are followed through any number of others', () => {
  const length = 3000;
  const chain = Array.from({ length }, (_, at) => [`f${at}`, `select f${at + 1}()`] as const);
  const catalog = withFunctions(new Map([...chain, [`f${length}`, 'select setseed(1), f0()']]));
  expect(classify('select f0()', catalog).effect.leaves).toEqual(['random-seed']);
  expect(classify('select f1500()', catalog).effect.leaves).toEqual(['random-seed']);
});

test('a definition too deep to be walked leaves what nobody knows, and one too long what its words show', () => {
  const catalog = withFunctions(
    new Map([
      ['deep', `select ${'1+'.repeat(7000)}1`],
      ['long', `select setseed(1), '${'x'.repeat(20_000)} pg_advisory_lock(1)'`],
    ]),
  );
  expect(classify('select deep()', catalog).effect.leaves).toContain('unknown');
  expect(classify('select long()', catalog).effect.leaves).toEqual(['random-seed']);
});
