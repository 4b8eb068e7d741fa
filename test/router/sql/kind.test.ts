import { beforeAll, expect, test } from 'vitest';
import { loadParser, statementKind } from '../../../src/router/index.js';

beforeAll(loadParser);

const kind = (sql: string) => statementKind(sql).kind;

test('transactions are told with what they may do', () => {
  expect(statementKind('begin')).toEqual({ kind: 'begin', readOnly: false, serializable: false });
  expect(statementKind('START TRANSACTION READ ONLY')).toEqual({
    kind: 'begin',
    readOnly: true,
    serializable: false,
  });
  expect(statementKind('begin read only, isolation level serializable deferrable')).toEqual({
    kind: 'begin',
    readOnly: true,
    serializable: true,
  });
  expect(statementKind('begin read only, read write')).toMatchObject({ readOnly: false });
  expect(statementKind('begin isolation level repeatable read')).toMatchObject({ serializable: false });
  for (const sql of ['commit', 'END', 'end work'])
    expect(statementKind(sql)).toEqual({ kind: 'commit', chain: false });
  expect(statementKind('commit and chain')).toEqual({ kind: 'commit', chain: true });
  expect(statementKind("prepare transaction 'x'")).toEqual({ kind: 'commit', chain: false });
  for (const sql of ['rollback', 'abort'])
    expect(statementKind(sql)).toEqual({ kind: 'rollback', chain: false });
  for (const sql of ['savepoint a', 'release a', 'rollback to a']) expect(kind(sql)).toBe('savepoint');
  expect(kind("commit prepared 'x'")).toBe('other');
});

test('what stays in a session pins it', () => {
  const pinning = [
    'set work_mem = 1',
    'set session characteristics as transaction read only',
    'reset all',
    'discard all',
    'prepare p as select 1',
    'execute p',
    'deallocate p',
    'declare c cursor with hold for select 1',
    'fetch c',
    'close c',
    'listen a',
    'unlisten *',
    "load 'x'",
    'create temp table t (a int)',
    'create temporary table t as select 1',
    'select 1 as a into temp t',
    'create temp view v as select 1',
    'create temp sequence s',
    'select pg_advisory_lock(1)',
    'select * from items where pg_try_advisory_lock_shared(id)',
    'select pg_advisory_unlock_all()',
    "select set_config('a.b', 'c', false)",
    'select 1; set a.b = 1',
  ];
  expect(pinning.filter((sql) => kind(sql) !== 'session-state')).toEqual([]);
});

test('what ends with its transaction or statement does not', () => {
  const free = [
    'select 1',
    'set local work_mem = 1',
    'set transaction isolation level serializable',
    'set constraints all deferred',
    'select pg_advisory_xact_lock(1)',
    "select set_config('a.b', 'c', true)",
    'create table t (a int)',
    'insert into t values (1)',
    'copy t to stdout',
    "copy t from '/tmp/x'",
    "copy t from program 'x'",
    'notify a',
    'begin; select 1; commit',
    'not sql at all',
    '',
  ];
  expect(free.filter((sql) => kind(sql) !== 'other')).toEqual([]);
});

test('COPY from the client waits for data', () => {
  expect(kind('copy t (a, b) from stdin with csv')).toBe('copy-data');
  expect(kind('begin; copy t from stdin')).toBe('copy-data');
});

test('of several statements the state that they leave counts', () => {
  expect(kind('begin; insert into t values (1)')).toBe('begin');
  expect(kind('insert into t values (1); commit')).toBe('commit');
  expect(kind('commit; begin')).toBe('begin');
  expect(kind('begin; savepoint a')).toBe('begin');
  expect(kind('begin; rollback')).toBe('other');
});
