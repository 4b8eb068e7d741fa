import { beforeAll, describe, expect, it } from 'vitest';
import { assumeReadOnlyCatalog, type Catalog, loadParser } from '../../src/router/sql/index.js';
import { footprintOf } from '../../src/run/footprint.js';

beforeAll(() => loadParser());

const catalog: Catalog = {
  ...assumeReadOnlyCatalog,
  relation: (name) =>
    name === 'open_orders'
      ? { definitions: ["SELECT * FROM orders WHERE status = 'open'"] }
      : name === 'abroad'
        ? { definitions: [], problem: 'foreign-table' as const }
        : undefined,
  routine: (name) =>
    name === 'turnover'
      ? { definitions: ['SELECT sum(total) FROM orders'] }
      : name === 'guess'
        ? { definitions: [], bodies: [{ language: 'plpgsql', text: 'begin return query select 1; end' }] }
        : undefined,
  volatility: (name) => (name === 'ticket' ? 'v' : 's'),
};

const touched = (sql: string) => {
  const { reads, writes } = footprintOf(sql, catalog);
  return { reads: [...reads].sort(), writes: [...writes].sort() };
};

describe('the tables that a statement touches', () => {
  it.each([
    ['SELECT * FROM a JOIN s.b USING (id) WHERE EXISTS (SELECT FROM c)', ['a', 'b', 'c'], []],
    ['INSERT INTO a SELECT * FROM b', ['a', 'b'], ['a']],
    ['UPDATE a SET x = 1 FROM b WHERE a.id = b.id', ['a', 'b'], ['a']],
    ['DELETE FROM a USING b WHERE a.id = b.id', ['a', 'b'], ['a']],
    ['MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE', ['a', 'b'], ['a']],
    [
      'WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone',
      ['a', 'b', 'gone'],
      ['a', 'b'],
    ],
    ['SELECT * INTO b FROM a', ['a', 'b'], ['b']],
    ['SELECT * FROM open_orders', ['open_orders', 'orders'], []],
    ['SELECT turnover()', ['orders'], []],
    ['TRUNCATE a, b', [], ['a', 'b']],
    ['DROP TABLE s.a', [], ['a', 's']],
    ['ALTER TABLE a ADD COLUMN x int', [], ['a']],
    ['CREATE TABLE b AS SELECT * FROM a', [], ['a', 'b']],
    ['REFRESH MATERIALIZED VIEW a', [], ['a']],
    ['COPY a FROM STDIN', [], ['a']],
  ])('%s', (sql, reads, writes) => {
    expect(touched(sql)).toEqual({ reads, writes });
  });
});

describe('an answer is not decided by the data', () => {
  it.each([
    ['SELECT now()', 'it calls now()'],
    ["SELECT * FROM a WHERE at > current_timestamp - interval '1 h'", 'it asks what time it is'],
    ["SELECT 'today'::date", "'today' as a time"],
    ['SELECT age(born) FROM a', 'it calls age()'],
    ['SELECT * FROM a ORDER BY random()', 'it calls random()'],
    ['SELECT gen_random_uuid()', 'it calls gen_random_uuid()'],
    ['SELECT ticket()', 'it calls ticket()'],
    ["SELECT nextval('s')", 'it calls nextval()'],
    ['SELECT * FROM pg_stat_activity', 'it reads pg_stat_activity of the server'],
    ['SELECT * FROM a TABLESAMPLE system (1)', 'TABLESAMPLE'],
    ['SELECT * FROM abroad', 'it reads a foreign table: abroad'],
    ['SHOW work_mem', 'VARIABLE SHOW is no query'],
    ['EXPLAIN SELECT 1', 'EXPLAIN is no query'],
    ['SELECT FROM WHERE', "it can't be parsed"],
  ])('%s', (sql, why) => {
    expect(footprintOf(sql, catalog).volatile).toBe(why);
  });
});

describe('an answer may differ by chance', () => {
  it.each([
    ['SELECT * FROM a LIMIT 1', 'LIMIT without ORDER BY'],
    ['SELECT 1 UNION (SELECT x FROM a OFFSET 3)', 'LIMIT without ORDER BY'],
    ['SELECT DISTINCT ON (x) * FROM a', 'DISTINCT ON without ORDER BY'],
    ['SELECT * FROM guess()', 'what guess() reads is not known'],
  ])('%s', (sql, why) => {
    expect(footprintOf(sql, catalog)).toMatchObject({ unsure: why });
  });

  it.each([
    'SELECT * FROM a ORDER BY x LIMIT 1',
    'SELECT DISTINCT x FROM a',
    'SELECT age(a, b), json_agg(x ORDER BY x) FROM c',
    "SELECT 'now and then' FROM a",
  ])('and this one is decided by its tables: %s', (sql) => {
    const { volatile, unsure } = footprintOf(sql, catalog);
    expect({ volatile, unsure }).toEqual({});
  });
});
