import { beforeAll, expect, test } from 'vitest';
import { assumeReadOnlyCatalog, classify, loadParser } from '../../../src/router/index.js';
import { SessionContents } from '../../../src/router/sql/session-contents.js';

beforeAll(loadParser);

/** After statements that all succeed, but for those that end with "fails". */
function after(...statements: string[]): SessionContents {
  const contents = new SessionContents();
  let inTransaction = false;
  for (const statement of statements) {
    const { effect } = classify(statement.replace(/ fails$/, ''), assumeReadOnlyCatalog);
    contents.note(effect);
    const kind = effect.transaction?.kind;
    if (kind === 'begin') inTransaction = true;
    if (kind === 'commit' || kind === 'rollback') inTransaction = false;
    if (statement.endsWith(' fails')) contents.failed();
    else if (contents.concerns(effect)) contents.done(effect, inTransaction);
  }
  return contents;
}

const holds = (...statements: string[]) => [...after(...statements).states].sort();

test('what a statement may leave is noted, though it may fail', () => {
  expect(holds()).toEqual([]);
  expect(holds('SELECT 1', 'INSERT INTO t VALUES (1)')).toEqual([]);
  expect(holds('SET work_mem = 1', 'PREPARE p AS SELECT 1')).toEqual(['prepared-statements', 'settings']);
  expect(holds('LISTEN a fails')).toEqual(['listening']);
  expect(holds('LISTEN a; PREPARE p AS SELECT 1; DISCARD ALL fails')).toEqual([
    'listening',
    'prepared-statements',
  ]);
  expect(holds('LISTEN a; PREPARE p AS SELECT 1; DISCARD ALL')).toEqual([]);
  expect(holds('BEGIN', 'SET work_mem = 1', 'ROLLBACK')).toEqual(['settings']);
});

test('what is cleared is noted no longer', () => {
  const all = [
    'SET work_mem = 1',
    'SET ROLE x',
    'LISTEN a',
    'CREATE TEMP TABLE t ()',
    'PREPARE p AS SELECT 1',
  ];
  expect(holds(...all, 'DISCARD ALL')).toEqual([]);
  expect(holds(...all, 'DISCARD ALL fails')).toHaveLength(4);
  expect(holds('SET work_mem = 1', 'RESET work_mem')).toEqual([]);
  expect(holds('SET work_mem = 1', 'SET jit = on', 'RESET work_mem')).toEqual(['settings']);
  expect(holds('SET work_mem = 1', 'RESET ALL')).toEqual([]);
  expect(holds('LISTEN a', 'UNLISTEN a')).toEqual(['listening']);
  expect(holds('LISTEN a', 'UNLISTEN *')).toEqual([]);
  expect(holds('RESET ALL; SET work_mem = 1')).toEqual(['settings']);
});

test('RESET ALL leaves the role, and nothing makes a custom setting as new', () => {
  expect(holds('SET ROLE x', 'RESET ALL')).toEqual(['settings']);
  expect(holds('SET ROLE x', 'RESET ROLE')).toEqual([]);
  expect(holds('SET SESSION AUTHORIZATION x', 'RESET ALL')).toEqual(['settings']);
  expect(holds('SET a.b = 1', 'RESET a.b', 'DISCARD ALL')).toEqual(['settings']);
  expect(holds('RESET a.b')).toEqual(['settings']);
  expect(after('SET a.b = 1', 'DISCARD ALL').isResettable).toBe(false);
  expect(after('SET seed = 0.5').isResettable).toBe(false);
  expect(after("LOAD 'x'").isResettable).toBe(false);
});

test('what a transaction clears counts once that has committed', () => {
  const cleared = ['SET work_mem = 1', 'BEGIN', 'RESET ALL'];
  expect(holds(...cleared)).toEqual(['settings']);
  expect(holds(...cleared, 'COMMIT')).toEqual([]);
  expect(holds(...cleared, 'SET jit = on', 'COMMIT')).toEqual(['settings']);
  expect([...after(...cleared, 'SET jit = on', 'COMMIT').settings]).toEqual(['jit']);
  expect(holds(...cleared, 'COMMIT AND CHAIN', 'ROLLBACK')).toEqual([]);
  expect(holds(...cleared, 'ROLLBACK')).toEqual(['settings']);
  expect(holds(...cleared, 'ROLLBACK; BEGIN', 'COMMIT')).toEqual(['settings']);
  expect(holds(...cleared, 'SELECT 1 fails', 'COMMIT')).toEqual(['settings']);
  expect(holds('SET work_mem = 1', 'BEGIN', 'SAVEPOINT a', 'RESET ALL', 'ROLLBACK TO a', 'COMMIT')).toEqual([
    'settings',
  ]);
  expect(holds('SET work_mem = 1', 'BEGIN; RESET ALL; ROLLBACK')).toEqual(['settings']);
  // No rollback brings these back.
  expect(holds('PREPARE p AS SELECT 1', 'BEGIN', 'DEALLOCATE ALL', 'ROLLBACK')).toEqual([]);
});

test('what a prepared statement may leave is there as long as that may be executed', () => {
  const prepared = [
    'PREPARE p AS SELECT pg_advisory_lock(1)',
    'SELECT pg_advisory_unlock_all()',
    'DISCARD SEQUENCES',
  ];
  expect(holds(...prepared)).toEqual(['advisory-locks', 'prepared-statements']);
  expect(holds(prepared.join('; '))).toEqual(['advisory-locks', 'prepared-statements']);
  expect(holds(...prepared, 'DEALLOCATE ALL')).toEqual(['advisory-locks']);
  expect(holds(...prepared, 'DEALLOCATE ALL', 'SELECT pg_advisory_unlock_all()')).toEqual([]);
  expect(holds(...prepared, 'DISCARD ALL')).toEqual([]);
  expect(holds(`${prepared[0]}; DISCARD ALL`)).toEqual([]);
  const made = 'CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_lock(1) $$';
  const unlock = 'SELECT pg_advisory_unlock_all()';
  expect(holds(made, unlock, 'DEALLOCATE ALL')).toEqual(['advisory-locks', 'temporary-objects']);
  expect(holds(made, 'DISCARD TEMP', unlock)).toEqual([]);
  expect(holds(made, 'BEGIN', 'DISCARD TEMP', 'ROLLBACK', unlock)).toHaveLength(2);
  expect(holds('PREPARE p AS SELECT 1', 'SET jit = off', 'RESET ALL')).toEqual(['prepared-statements']);
});

test('the reset names what is there and no more', () => {
  expect(after('PREPARE p AS SELECT 1', 'LISTEN a').resetText).toBe('DEALLOCATE ALL; UNLISTEN *');
  expect(after('SET ROLE x').resetText).toBe('RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL');
  expect(after().resetText).toBe('');
});
