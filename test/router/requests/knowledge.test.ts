import { beforeAll, expect, test } from 'vitest';
import { LearnedStatements } from '../../../src/router/requests/knowledge.js';
import { loadParser } from '../../../src/router/sql/parse.js';

beforeAll(loadParser);

test('a learned statement is known by other values too, until it is forgotten', () => {
  const learned = new LearnedStatements();
  expect(learned.add('select f(1) from t')).toBe('select f($1) from t');
  expect(learned.add("select f('a') from t -- again")).toBeUndefined();
  expect([learned.has('select f(2) from t'), learned.has('select g(2) from t')]).toEqual([true, false]);
  learned.clear();
  expect(learned.has('select f(2) from t')).toBe(false);
  expect(learned.add('select f(1) from t')).toBe('select f($1) from t');
});
