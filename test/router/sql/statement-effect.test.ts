import { beforeAll, expect, test } from 'vitest';
import { assumeReadOnlyCatalog, classify, loadParser } from '../../../src/router/index.js';

beforeAll(loadParser);

const effect = (sql: string) => classify(sql, assumeReadOnlyCatalog).effect;
const transaction = (sql: string) => effect(sql).transaction;

test('transactions are told with what they may do', () => {
  expect(transaction('begin')).toEqual({ kind: 'begin', readOnly: false, serializable: false });
  expect(transaction('START TRANSACTION READ ONLY')).toEqual({
    kind: 'begin',
    readOnly: true,
    serializable: false,
  });
  expect(transaction('begin read only, isolation level serializable deferrable')).toEqual({
    kind: 'begin',
    readOnly: true,
    serializable: true,
  });
  expect(transaction('begin read only, read write')).toMatchObject({ readOnly: false });
  expect(transaction('begin isolation level repeatable read')).toMatchObject({ serializable: false });
  for (const sql of ['commit', 'END', 'end work'])
    expect(transaction(sql)).toEqual({ kind: 'commit', chain: false });
  expect(transaction('commit and chain')).toEqual({ kind: 'commit', chain: true });
  expect(transaction("prepare transaction 'x'")).toEqual({ kind: 'commit', chain: false });
  for (const sql of ['rollback', 'abort'])
    expect(transaction(sql)).toEqual({ kind: 'rollback', chain: false });
  expect(transaction('savepoint a')).toEqual({ kind: 'savepoint', name: 'a' });
  expect(transaction('release a')).toEqual({ kind: 'release', name: 'a' });
  expect(transaction('rollback to a')).toEqual({ kind: 'rollback-to', name: 'a' });
  expect(transaction("commit prepared 'x'")).toBeUndefined();
});

test('what a statement leaves in its session beyond its transaction is told by what it is', () => {
  const leaving = {
    'set work_mem = 1': 'settings',
    'set session characteristics as transaction read only': 'settings',
    'set role admin': 'settings',
    'prepare p as select 1': 'prepared-statements',
    'declare c cursor with hold for select 1': 'cursors',
    'listen a': 'listening',
    "load 'x'": 'unknown',
    'create temp table t (a int)': 'temporary-objects',
    'create temporary table t as select 1': 'temporary-objects',
    'select 1 as a into temp t': 'temporary-objects',
    'create temp view v as select 1': 'temporary-objects',
    'create temp sequence s': 'temporary-objects',
    'select 1; set a.b = 1': 'settings',
  };
  for (const [sql, state] of Object.entries(leaving)) expect(effect(sql).leaves, sql).toEqual([state]);
});

test('what ends with its transaction or statement leaves nothing', () => {
  const leavingNothing = [
    'select 1',
    'set local work_mem = 1',
    'set transaction isolation level serializable',
    'set transaction_read_only = off',
    'set constraints all deferred',
    'select pg_advisory_xact_lock(1)',
    "select set_config('a.b', 'c', true)",
    'declare c cursor for select 1',
    'fetch c',
    'close c',
    'create table t (a int)',
    'create temp table t (a int) on commit drop',
    'copy t to stdout',
    "copy t from '/tmp/x'",
    "copy t from program 'x'",
    'notify a',
    'begin; select 1; commit',
    'not sql at all',
    '',
  ];
  for (const sql of leavingNothing) expect(effect(sql), sql).toMatchObject({ leaves: [], settings: [] });
});

test('what sets a session back is told by what it clears', () => {
  const clearing = {
    'reset all': ['settings'],
    'deallocate all': ['prepared-statements'],
    'close all': ['cursors'],
    'unlisten *': ['listening'],
    'discard temp': ['temporary-objects'],
    'discard sequences': ['sequences'],
    'deallocate p': [],
    'unlisten a': [],
    'close c': [],
    'discard plans': [],
  };
  for (const [sql, states] of Object.entries(clearing)) {
    expect(effect(sql), sql).toMatchObject({ leaves: [], clears: states });
  }
  expect(effect('discard all').clears).toContain('temporary-objects');
  expect(effect('reset work_mem')).toMatchObject({ leaves: [], resets: ['work_mem'] });
});

test('COPY from the client waits for data', () => {
  expect(effect('copy t (a, b) from stdin with csv').copiesIn).toBe(true);
  expect(effect('begin; copy t from stdin').copiesIn).toBe(true);
});

test('of several statements, what they do to the transaction and to the session stands apart', () => {
  expect(transaction('begin; insert into t values (1)')).toMatchObject({ kind: 'begin' });
  expect(transaction('insert into t values (1); commit')).toMatchObject({ kind: 'commit' });
  expect(transaction('commit; begin')).toMatchObject({ kind: 'begin' });
  expect(transaction('begin; savepoint a')).toMatchObject({ kind: 'begin' });
  expect(transaction('begin; rollback')).toBeUndefined();
  expect(effect('rollback; deallocate all')).toMatchObject({
    transaction: { kind: 'rollback', chain: false },
    leaves: [],
    clears: ['prepared-statements'],
  });
  expect(effect('set work_mem = 1; reset all')).toMatchObject({ leaves: [], settings: [] });
  // A custom setting is '' afterwards, and RESET ALL leaves the role as it is.
  for (const name of ['a.b', 'role']) {
    expect(effect(`set ${name} = x; reset all`)).toMatchObject({ leaves: ['settings'], settings: [name] });
  }
  expect(effect('begin; reset all; reset work_mem; deallocate all; rollback')).toMatchObject({
    clears: ['prepared-statements'],
    resets: [],
  });
  expect(effect('reset all; set a.b = 1')).toMatchObject({ leaves: ['settings'], settings: ['a.b'] });
});
