import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  assumeReadOnlyCatalog,
  classify,
  loadParser,
  type RequestCategory,
} from '../../../src/router/index.js';
import { withTags } from '../../../src/router/sql/index.js';

beforeAll(loadParser);

const hint = (sql: string) => classify(sql, assumeReadOnlyCatalog).hint;

test.each([
  ["/*target='primary'*/ select 1", { target: 'primary' }],
  ["select 1 /*category='analytics'*/", { category: 'analytics' }],
  ["select /* category = 'realtime' */ 1", { category: 'realtime' }],
  ["select 1 -- group='history'", { group: 'history' }],
  ["-- category='read'\nselect 1", { category: 'read' }],
  ["/*category='analytics',group='reports'*/ select 1", { category: 'analytics', group: 'reports' }],
  ["select 1 /*group='menu.v2',target='primary',*/", { target: 'primary', group: 'menu.v2' }],
  ["/*category='write'*/ insert into t values (1)", { category: 'write' }],
  ["/*category='read'*/ select 1 /*category='analytics'*/", { category: 'analytics' }],
  ["/*category='read'*/ select 1; select 2 -- group='a'", { category: 'read', group: 'a' }],
  ["select 'é😀', 1 /*target='primary'*/", { target: 'primary' }],
  ["/*target='primary'*/", { target: 'primary' }],
  ["select 1 /*group='caf%C3%A9%20bar'*/", { group: 'café bar' }],
  [String.raw`select 1 /*group='caf\'s'*/`, { group: "caf's" }],
  ["select 1 /*group='100%'*/", { group: '100%' }],
  [
    "select 1 /*action='%2Fparam*d',category='analytics',controller='index',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
    { category: 'analytics', origins: ['index#/param*d', 'index'] },
  ],
  // Rails' query log tags, in either form, and marginalia.
  [
    "/*action='show',application='Shop',controller='orders'*/ select 1",
    { origins: ['orders#show', 'orders'] },
  ],
  [
    "select 1 /*application:Shop,controller:orders,action:show,line:/app/models/order.rb:12:in `find'*/",
    { origins: ['orders#show', 'orders'] },
  ],
  ['/*application:Shop,job:NightlyReport*/ select 1', { origins: ['NightlyReport'] }],
  [
    '/*category:analytics,group:reports,controller:orders*/ select 1',
    {
      category: 'analytics',
      group: 'reports',
      origins: ['orders'],
    },
  ],
  ["select 1 /*db_driver='pg',route='%2Forders%2F%3Aid'*/", { origins: ['/orders/:id'] }],
])('%j asks for %j', (sql, asked) => {
  expect(hint(sql)).toEqual(asked);
});

test.each([
  'select 1',
  "select '/*target=''primary''*/'",
  "select E'\\' /*target=\\'primary\\'*/'",
  "select $$ -- target='primary' $$",
  `select 1 as "/*target='primary'*/"`,
  "select * from t where target='primary' -- not in a comment",
  '/**/ select 1',
  "/*category='nonsense',groups='a',group='',target='replica',toString='primary'*/ select 1",
  "/* Ask for target='primary' */ select 1",
  "/* category='analytics' would do */ select 1",
  "/* a /*target='primary'*/ nested */ select 1",
  '/*target=primary*/ select 1',
  '/* action: target the primary */ select 1',
  'select 1 -- see the controller: orders',
  "select 1 where a = 'x' /* category:analytics would do, they say */",
  "/*target='primary'",
  "/*target='primary'*/ select from where",
])('%j asks for nothing', (sql) => {
  expect(hint(sql)).toBeUndefined();
});

test('a hint that is written into a statement is read out of it', () => {
  const any = fc.record(
    {
      category: fc.constantFrom<RequestCategory>('write', 'read', 'analytics', 'realtime'),
      group: fc.string({ unit: 'grapheme', minLength: 1 }),
      target: fc.constant('primary' as const),
    },
    { requiredKeys: ['category'] },
  );
  fc.assert(
    fc.property(any, (asked) => {
      expect(hint(withTags('select 1', asked))).toEqual(asked);
    }),
  );
});

test('a hint changes nothing of what a statement is', () => {
  expect(classify("delete from t /*category='analytics'*/", assumeReadOnlyCatalog)).toEqual({
    ...classify('delete from t', assumeReadOnlyCatalog),
    hint: { category: 'analytics' },
  });
});

test('text in quotes never becomes a hint', () => {
  const quoted = fc.oneof(
    fc.string().map((text) => `'${text.replaceAll("'", "''").replaceAll('\0', '')}/*target=''primary''*/'`),
    fc.string().map((text) => `"${text.replaceAll('"', '""').replaceAll('\0', '')}/*target='primary'*/"`),
    fc.string().map((text) => `$q$${text.replaceAll('$', '').replaceAll('\0', '')}-- target='primary'$q$`),
  );
  fc.assert(
    fc.property(quoted, (text) => {
      expect(hint(`select 1 as a, x, ${text} from t`)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
