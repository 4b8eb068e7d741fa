import { expect, test } from 'vitest';
import { catalogFrom } from '../../../src/router/sql/catalog.js';
import { CATALOG_QUERIES, type CatalogRows } from '../../../src/router/sql/catalog-queries.js';

const NAMES = Object.keys(CATALOG_QUERIES) as (keyof CatalogRows)[];

/** The catalog of a database that answers so, and has nothing else. */
const catalogOf = (rows: { [Name in keyof CatalogRows]?: CatalogRows[Name][] }) =>
  catalogFrom(NAMES.map((name) => ({ rows: rows[name] ?? [] })));

test('a name without a schema is the worst of all that are called so', () => {
  const { volatility, relation, hasRelation } = catalogOf({
    functions: [
      { schema: 'a', name: 'f', volatility: 'i', shipped: false },
      { schema: 'b', name: 'f', volatility: 'v', shipped: false },
    ],
    relations: [
      { schema: 'a', name: 't', problem: null, view: 'SELECT 1', uses: [] },
      { schema: 'b', name: 't', problem: 'unlogged-table', view: null, uses: ['SELECT 2'] },
    ],
    known: [{ schema: 'a', names: ['t', 'u'] }],
  });
  expect([volatility('f'), volatility('f', 'a'), volatility('f', 'c')]).toEqual(['v', 'i', undefined]);
  expect(relation('t')).toMatchObject({ problem: 'unlogged-table', definitions: ['SELECT 1', 'SELECT 2'] });
  expect(relation('t', 'a')?.problem).toBeUndefined();
  expect([hasRelation('u'), hasRelation('u', 'a'), hasRelation('u', 'b')]).toEqual([true, true, false]);
});

test('what PostgreSQL ships and is harmless is not volatile; the same name of a user is', () => {
  const { volatility } = catalogOf({
    functions: [
      { schema: 'pg_catalog', name: 'random', volatility: 'v', shipped: true },
      { schema: 'public', name: 'random', volatility: 'v', shipped: false },
    ],
  });
  expect([volatility('random', 'pg_catalog'), volatility('random')]).toEqual(['s', 'v']);
});

test('an answer without one of the results is refused', () => {
  expect(() => catalogFrom(NAMES.slice(1).map(() => ({ rows: [] })))).toThrow(
    'The server answered 10 catalog queries with 9 results.',
  );
});
