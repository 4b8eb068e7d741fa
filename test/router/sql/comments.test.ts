import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { assumeReadOnlyCatalog, classify, loadParser } from '../../../src/router/index.js';

beforeAll(loadParser);

const hint = (sql: string) => classify(sql, assumeReadOnlyCatalog).hint;

test.each([
  ['/* splitbench: primary */ select 1', { target: 'primary' }],
  ['select 1 /* splitbench: analytics */', { category: 'analytics' }],
  ['select /*splitbench:realtime*/ 1', { category: 'realtime' }],
  ['select 1 -- splitbench: group=history', { group: 'history' }],
  ['-- splitbench: read\nselect 1', { category: 'read' }],
  ['/* splitbench: analytics group=reports */ select 1', { category: 'analytics', group: 'reports' }],
  [
    '/* of the menu; splitbench: group=menu.v2, primary; */ select 1',
    { target: 'primary', group: 'menu.v2' },
  ],
  ['/* splitbench: write */ insert into t values (1)', { category: 'write' }],
  ['/* splitbench: read */ select 1 /* splitbench: analytics */', { category: 'analytics' }],
  ['/* splitbench: read */ select 1; select 2 -- splitbench: group=a', { category: 'read', group: 'a' }],
  ["select 'é😀', 1 /* splitbench: primary */", { target: 'primary' }],
  ['/* a /* splitbench: primary */ nested */ select 1', { target: 'primary' }],
  ['/* splitbench: primary */', { target: 'primary' }],
])('%j asks for %j', (sql, asked) => {
  expect(hint(sql)).toEqual(asked);
});

test.each([
  'select 1',
  "select '/* splitbench: primary */'",
  "select E'\\' /* splitbench: primary */'",
  'select $$ -- splitbench: primary $$',
  'select 1 as "/* splitbench: primary */"',
  "select U&'splitbench: primary', splitbench from t",
  '/* splitbench: */ select 1',
  '/* splitbench: nonsense groups=a group= */ select 1',
  '/* splitbench primary */ select 1',
  '/* splitbench: primary',
  '/* splitbench: primary */ select from where',
])('%j asks for nothing', (sql) => {
  expect(hint(sql)).toBeUndefined();
});

test('a hint changes nothing of what a statement is', () => {
  expect(classify('delete from t /* splitbench: analytics */', assumeReadOnlyCatalog)).toEqual({
    target: 'primary',
    writes: 'certainly',
    reason: 'delete',
    culprit: 't',
    hint: { category: 'analytics' },
  });
});

test('text in quotes never becomes a hint', () => {
  const quoted = fc.oneof(
    fc.string().map((text) => `'${text.replaceAll("'", "''").replaceAll('\0', '')}splitbench: primary'`),
    fc
      .string()
      .map((text) => `"${text.replaceAll('"', '""').replaceAll('\0', '')}/* splitbench: primary */"`),
    fc.string().map((text) => `$q$${text.replaceAll('$', '').replaceAll('\0', '')}-- splitbench: primary$q$`),
  );
  fc.assert(
    fc.property(quoted, (text) => {
      expect(hint(`select 1 as a, x, ${text} from t`)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
