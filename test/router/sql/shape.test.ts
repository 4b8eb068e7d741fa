import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  assumeReadOnlyCatalog,
  type Catalog,
  createClassifier,
  loadParser,
} from '../../../src/router/index.js';
import { fieldsOf, nodeName, parseStatements } from '../../../src/router/sql/parse.js';
import { shapeOf } from '../../../src/router/sql/shape.js';
import { isQuery } from '../../../src/router/sql/statements.js';
import { statementLike, textLike } from './mutations.js';

beforeAll(loadParser);

/** A tree without values of literals, where they stand, and how many there are in a list. */
function withoutLiterals(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) {
    const items = tree.map((item) => JSON.stringify(withoutLiterals(item)));
    return items.filter((item, at) => !item.includes('A_Const') || item !== items[at - 1]);
  }
  const constant = fieldsOf(tree, 'A_Const');
  if (constant !== undefined) return { A_Const: Object.keys(constant).filter((name) => name !== 'location') };
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([name]) => !/^(location|stmt_len|.*_location|.*list_(start|end))$/.test(name))
      .map(([name, value]) => [name, withoutLiterals(value)]),
  );
}

test.each([
  ['select x::float(20)', 'select x::float(50)'],
  ['select U&"d!0061" uescape \'!\'', 'select U&"d!0061" uescape \'#\''],
  ['select - (1)', 'select - (1, 2)'],
  ['select -1', "select -'1'"],
  ['select -2147483647', 'select -2147483648'],
  ["select 'a'", "select n'a'"],
  ['select a/**/b', 'select ab'],
  ['select -/**/- a', 'select -- a'],
  ['select "1, 1, 1"', 'select "1, 1"'],
  ["select 'a', b --'", "select E'\\', b --'"],
  ["select $$'$$, 'b'", "select '$$', $$'b'$$"],
  ['select 1', 'select 1 /* /* */'],
  ['select $$a$$', 'select $a$ $b$'],
  ["select 'a'", "select 'a"],
  ['select a1', 'select a2'],
  ['select $1', 'select $2'],
])('%j and %j are of two shapes', (one, other) => {
  expect(shapeOf(one)).not.toBe(shapeOf(other));
});

test.each([
  ['select * from t where a = 1 and b = $1', 'select *\n from t where a /* x */ = 23 and b = $1 -- by key'],
  ["select 'a', E'b', 1.5, $$c$$", "select 'it''s', E'\\'', .5e3, $a$ $$ $a$"],
  ['select a from t where b in (1, 2)', 'select a from t where b in(1,2,3,4,/* five */ 5)'],
  ["select 'a'", "select 'a'\n'b'"],
  ['select 2147483648', 'select 1.5'],
])('%j and %j are of one shape', (one, other) => {
  expect(shapeOf(one)).toBe(shapeOf(other));
});

test('statements of one shape have one tree but for the values in it', () => {
  const trees = new Map<string, [tree: string, sql: string]>();
  let again = 0;
  fc.assert(
    fc.property(fc.oneof(statementLike, textLike), (sql) => {
      const statements = parseStatements(sql);
      if (!statements?.every((each) => isQuery(nodeName(each)))) return;
      const tree = JSON.stringify(withoutLiterals(statements));
      const known = trees.get(shapeOf(sql));
      if (known === undefined) trees.set(shapeOf(sql), [tree, sql]);
      else {
        again++;
        if (known[0] !== tree) expect([tree, sql]).toEqual(known);
      }
    }),
    { numRuns: 10_000 },
  );
  expect(again).toBeGreaterThan(500);
});

/** What depends on a literal, depends on it here. */
const touchy: Catalog = {
  ...assumeReadOnlyCatalog,
  hasUnlogged: true,
  relation: (name) => (name === 'carts' ? { problem: 'unlogged-table', definitions: [] } : undefined),
  type: (name) =>
    /^(float4|bpchar|da)$/.test(name) ? { definitions: [`SELECT nextval('of_${name}')`] } : undefined,
  operator: (name) => (name === '-' ? { definitions: ["SELECT currval('minus')"] } : undefined),
};

test('a statement is classified by its shape as it would be by itself', () => {
  const classifier = createClassifier(touchy);
  fc.assert(
    fc.property(fc.oneof({ arbitrary: statementLike, weight: 3 }, textLike), (sql) => {
      if (parseStatements(sql) === undefined) return;
      expect(classifier(sql)).toEqual(createClassifier(touchy)(sql));
    }),
    { numRuns: 5000 },
  );
});
