import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  assumeReadOnlyCatalog,
  classify,
  createClassifier,
  explainClassification,
  loadParser,
} from '../../../src/router/index.js';

beforeAll(loadParser);

const target = (sql: string) => classify(sql, assumeReadOnlyCatalog).target;

test('without a server functions count as stable, and what the text shows still holds', () => {
  expect(target('select place_order(1), random()')).toBe('replica');
  const unsafe = [
    "select nextval('s')",
    'select pg_advisory_lock(1)',
    'select * from t for update',
    'with d as (delete from t returning *) select * from d',
    'select * into t from u',
    'begin',
    'set a.b = 1',
    'insert into t values (1)',
  ];
  expect(unsafe.filter((sql) => target(sql) !== 'primary')).toEqual([]);
});

test('why a statement goes where it does is put in words, with what it is about', () => {
  const words = (sql: string) => explainClassification(classify(sql, assumeReadOnlyCatalog));
  expect(words('select 1')).toBe('it only reads');
  expect(words('select * from t for update')).toBe('it locks rows');
  expect(words('select setval($$s$$, 1)')).toBe('it calls a function that writes: setval');
  expect(words('drop table t')).toBe('it is a command for the primary: DROP');
  const indirect = { reason: 'writing-function', culprit: 'nextval', through: 'tickets' } as const;
  expect(explainClassification(indirect)).toBe('it calls a function that writes: nextval, through tickets');
});

test('a cached answer is the same object, and equals a fresh one', () => {
  const classifier = createClassifier(assumeReadOnlyCatalog, 2);
  const first = classifier('select 1');
  expect(classifier('select 1')).toBe(first);
  classifier('select a');
  classifier('select b');
  expect(classifier('select 1')).not.toBe(first);
  expect(classifier('select 1')).toEqual(first);
});

test('text of any kind is classified without an error', () => {
  const words = fc.constantFrom(
    'select',
    'insert',
    '(',
    ')',
    "'",
    '$$',
    ';',
    '--',
    '/*',
    '*/',
    '"',
    '\\',
    'from',
    '1',
    ',',
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(words).map((list) => list.join(' ')),
  );
  fc.assert(
    fc.property(text, (sql) => ['primary', 'replica'].includes(target(sql))),
    { numRuns: 500 },
  );
});

test('deep nesting does not damage the parser', () => {
  const deep = [
    `select ${'1+'.repeat(8000)}1`,
    `select ${'('.repeat(8000)}1`,
    `select ${'(select '.repeat(1500)}1${')'.repeat(1500)}`,
    `select a${'||a'.repeat(5000)}`,
    `select 1${'::a'.repeat(5000)}`,
    `select 1 from ${'(select 1 from '.repeat(1000)}a${')'.repeat(1000)}`,
    `select ${'1+'.repeat(100_000)}1`,
  ];
  for (let i = 0; i < 20; i++) for (const sql of deep) target(`${sql} -- ${i}`);
  expect(target('select a from b where c = 1')).toBe('replica');
  expect(target('select a from b where c = 1 for update')).toBe('primary');
});

test('a statement that may change the catalog is told from one that changes data', () => {
  const classifier = createClassifier(assumeReadOnlyCatalog);
  const changing = [
    'create table t (a int)',
    'create table t as select 1',
    'select 1 into t',
    'create or replace view v as select 1',
    'create materialized view v as select 1',
    'refresh materialized view v',
    'create function f() returns int language sql return 1',
    'alter function f() volatile',
    'create procedure p() language sql begin atomic end',
    'create aggregate a (int) (sfunc = f, stype = int)',
    'create operator + (leftarg = int, function = f)',
    'create operator class o for type int using btree as function 1 f(int, int)',
    'create cast (a as b) with function f(a)',
    'create type t as (a int)',
    'create type t as range (subtype = int)',
    'create domain d as int check (f(value))',
    'alter domain d drop constraint c',
    'create policy p on t',
    'alter table t set unlogged',
    'alter table t enable row level security',
    'create schema s',
    'alter view v rename to w',
    'alter view v set schema s',
    'create extension e',
    'drop function f',
    'drop schema s cascade',
    'create foreign table t (a int) server s',
    'create sequence s',
    'create rule r as on insert to t do nothing',
    'do $$ begin create table t (); end $$',
    'begin; create table t (a int); commit',
    `create function f() returns text language sql as $$ select '${'a'.repeat(20_000)}' $$`,
  ];
  const others = [
    'select 1',
    'insert into t values (1)',
    'truncate t',
    'create temp table t (a int)',
    'create temp table t as select 1',
    'select 1 into temp t',
    'create index on t (a)',
    'create type t as enum ()',
    'create role r',
    'grant select on t to r',
    'vacuum t',
    'analyze t',
    'set a.b = 1',
    'begin',
    'commit',
    'explain create table t as select 1',
    'not sql at all',
    '',
    `insert into t values ('${'a'.repeat(20_000)}')`,
  ];
  expect(changing.filter((sql) => !classifier.changesCatalog(sql))).toEqual([]);
  expect(others.filter((sql) => classifier.changesCatalog(sql))).toEqual([]);
});
