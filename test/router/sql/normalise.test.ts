import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadParser, normalizeSql } from '../../../src/router/index.js';

beforeAll(loadParser);

test.each([
  ["select * from t where a = 'x' and b in (1, 2.5)", 'select * from t where a = $1 and b in ($2, $3)'],
  ["select $2, 'x', $1", 'select $2, $3, $1'],
  ["select 'é→😀' as a, /* 'secret' */ 1 -- secret", 'select $1 as a, $2'],
  ['select a/**/b, 1-- x', 'select a b, $1'],
  ['select\n\t"Mixed Case"   from  t', 'select "Mixed Case" from t'],
  ["create role r login password 'secret'", 'create role r login password $1'],
  ["alter role r set search_path = secret, 'b'", 'alter role r set search_path = $1, $2'],
  ['set app.name = secret', 'set app.name = $1'],
  ['set work_mem to 64', 'set work_mem to $1'],
  ["copy t from '/secret' with (delimiter ';')", 'copy t from $1 with (delimiter $2)'],
  ["comment on table t is 'secret'", 'comment on table t is $1'],
  ["prepare p as select 'secret'; execute p('secret', 2)", 'prepare p as select $1; execute p($2, $3)'],
  ["create table t (a text default 'secret')", 'create table t (a text default $1)'],
  ['do $$ begin perform 1; end $$', 'do $1'],
  ["notify a, 'secret'", 'notify a, $1'],
  ["select 'a'\n'b', E'\\'', U&'x', B'1', x'1F', $q$ a $q$", 'select $1, $2, $3, $4, $5, $6'],
  ['select\u000b1,\u000c2', 'select $1, $2'],
  ['select from where secret', '<unparseable statement>'],
  ["select 'secret", '<unparseable statement>'],
  ['', ''],
])('%j is shown as %j', (sql, shown) => {
  expect(normalizeSql(sql)).toBe(shown);
});

test('statements that differ in values and layout only are shown alike', () => {
  expect(normalizeSql("SELECT a\nFROM t WHERE b='x'")).toBe(
    normalizeSql("SELECT a FROM t /* y */ WHERE b='zzz'"),
  );
});

const TEMPLATES = [
  (x: string) => `select '${x}', '${x}'::text from t where a = '${x}' -- ${x}`,
  (x: string) => `insert into t values ('${x}', $a$${x}$a$, E'${x}\\n') on conflict do nothing /* ${x} */`,
  (x: string) => `create user u password '${x}' valid until '${x}'`,
  (x: string) => `set a.b = ${x}`,
  (x: string) => `set local a.b to '${x}', ${x}`,
  (x: string) => `alter database d set a.b = ${x}`,
  (x: string) => `alter system set a = '${x}'`,
  (x: string) => `copy t to '/tmp/${x}' (null '${x}')`,
  (x: string) => `create subscription s connection 'password=${x}' publication p`,
  (x: string) => `create user mapping for u server s options (password '${x}')`,
  (x: string) => `create function f() returns text language sql as $f$ select '${x}' $f$`,
  (x: string) => `create function f() returns text language sql begin atomic select '${x}'; end`,
  (x: string) => `select 1 where '${x}`,
  (x: string) => `alter user u password ${x}`,
  (x: string) => `select '\u00e9\u{1f600}', '${x}'`,
  (x: string) => `security label on table t is '${x}'`,
  (x: string) => `prepare transaction '${x}'`,
  (x: string) => `explain select interval '${x}'; select timestamp '${x}'`,
];

test('no literal is ever shown', () => {
  const secret = fc.stringMatching(/^zq[a-z0-9]{6,12}$/);
  const hidden = fc.property(secret, fc.constantFrom(...TEMPLATES), (word, template) => {
    expect(normalizeSql(template(word))).not.toContain(word);
  });
  fc.assert(hidden, { numRuns: 500 });
});
