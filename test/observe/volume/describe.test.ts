import { beforeAll, expect, test } from 'vitest';
import { describe } from '../../../src/observe/volume/describe.js';
import { assumeReadOnlyCatalog, fingerprintOf, loadParser } from '../../../src/router/sql/index.js';

beforeAll(loadParser);

test('a workload’s statement is known again, whatever its server did with its literals', () => {
  const text =
    "SELECT extract(isodow FROM at) FROM t WHERE at > now() - interval '1 day' AND b = 'x' AND id = $1";
  const own = new Set([fingerprintOf(text)!]);
  const counted =
    "SELECT extract($2 FROM at) FROM t WHERE at > now() - interval '1 day' AND b = $3 AND id = $1";
  const described = describe(counted, assumeReadOnlyCatalog, own);
  expect(described).toMatchObject({ kind: 'read' });
  expect(described).not.toHaveProperty('foreign');
});

test('what else ran is others’, but for what the bench asked itself', () => {
  const own = new Set<string>();
  const others = describe('SELECT a FROM t', assumeReadOnlyCatalog, own);
  expect(others).toMatchObject({ kind: 'other', foreign: true });
  for (const text of ['SELECT pg_current_wal_lsn()', 'UPDATE "splitbench_lsn".versions SET version = $1']) {
    expect(describe(text, assumeReadOnlyCatalog, own)).not.toHaveProperty('foreign');
  }
});
