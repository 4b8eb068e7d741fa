import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { assumeReadOnlyCatalog, classify, createClassifier, loadParser } from '../../src/router/index.js';

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

test('a cached answer is the same object, and equals a fresh one', () => {
  const classifier = createClassifier(assumeReadOnlyCatalog, 2);
  const first = classifier('select 1');
  expect(classifier('select 1')).toBe(first);
  classifier('select 2');
  classifier('select 3');
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
  for (let i = 0; i < 20; i++) for (const sql of deep) expect(target(`${sql} -- ${i}`)).toBe('primary');
  expect(target('select a from b where c = 1')).toBe('replica');
});
