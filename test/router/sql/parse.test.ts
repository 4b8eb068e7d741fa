import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../../src/router/index.js';
import { hasNode, names, parseStatements, walk } from '../../../src/router/sql/parse.js';

beforeAll(loadParser);

/** Relations and functions in the order in which they are met. */
function met(sql: string, leaveOut?: string): string[] {
  const found: string[] = [];
  walk(parseStatements(sql), (node, name) => {
    if (typeof node.relname === 'string') found.push(node.relname);
    found.push(...names(node.funcname));
    return name !== leaveOut;
  });
  return found;
}

test('every node of every statement is met, those outside before those within', () => {
  expect(met('select f(g(1)) from (select * from a) x, b; delete from c where h()')).toEqual([
    'f',
    'g',
    'a',
    'b',
    'c',
    'h',
  ]);
});

test('what is left out is not looked into', () => {
  expect(met('select f(g(1)) from a join b using (id) where h()', 'fromClause')).toEqual(['f', 'g', 'h']);
});

test('a node is found at any depth, by its name or by what it holds', () => {
  const tree = parseStatements('select 1 where exists (select from a where b in (select 2 limit 3))');
  expect(hasNode(tree, (_, name) => name === 'limitCount')).toBe(true);
  expect(hasNode(tree, ({ relname }) => relname === 'a')).toBe(true);
  expect(hasNode(tree, (_, name) => name === 'limitOffset')).toBe(false);
});
