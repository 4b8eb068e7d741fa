import fc from 'fast-check';
import { scanSync } from 'libpg-query';
import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../../src/router/index.js';
import { parseStatements } from '../../../src/router/sql/parse.js';
import { type Token, tokensOf } from '../../../src/router/sql/tokens.js';
import { CONSERVATIVE, SAFE, UNKNOWN, UNSAFE, WRONG } from './corpus.js';

beforeAll(loadParser);

/** What tells the kind of a token of PostgreSQL's, whose names for them are not all known to the parser's package. */
const KINDS: [Token['kind'], RegExp][] = [
  ['comment', /^(--|\/\*)/],
  ['literal', /^(([ebnx]|u&)?'|\$([^\d$][^$]*)?\$|\.?\d)/i],
  ['parameter', /^\$\d/],
  ['word', /^(u&"|[\p{L}_"])/iu],
];

/** Its tokens, characters of operators one by one, and `N` with the string behind it. */
function scanned(sql: string): string {
  const bytes = Buffer.from(sql);
  const tokens = scanSync(sql).tokens.flatMap(({ start, end }) => {
    const text = bytes.subarray(start, end).toString();
    const kind = KINDS.find(([, form]) => form.test(text))?.[0];
    return kind === undefined ? [...text].map((char) => `other ${char}`) : [`${kind} ${text}`];
  });
  return tokens.join('\n').replaceAll(/^word (n)\nliteral '/gim, "literal $1'");
}

function ours(sql: string): string {
  return [...tokensOf(sql)].map(({ kind, text }) => `${kind} ${text}`).join('\n');
}

test('the tokens of every statement of the corpus are those of PostgreSQL', () => {
  const others = [...UNSAFE, ...[...WRONG, ...UNKNOWN, ...CONSERVATIVE].flatMap((of) => of.statements)];
  const texts = [...SAFE, ...others.map(([sql]) => sql)].filter((sql) => parseStatements(sql)?.length);
  expect(texts.map(ours)).toEqual(texts.map(scanned));
});

test.each([
  `select 1, 1.5, .5, 1., 1e10, 1.5e-3, .5E+3, 0xFF, 0b01, 0o17, 1_000_000, 1_0.5_0`,
  `select e'a\\'b', E'a''b\\\\', 'a\\', U&'\\0061', u&"d\\0061", b'1', X'1F', n'a'`,
  `select 'a'\n  'b''c'\r\n\t'd', 'e'`,
  `select e'a'\n'\\'b', 1`,
  `select $$a'b$$, $q$a$$b$q$, $é1$x$é1$`,
  `select a$b$c, "a""b'", "a$1", _a, é, a1$2 from t where x = $1 and y=$23`,
  `select a/**/b, a--c\n, c /* a /* ' */ " */ -d`,
  `select 1+-1, a<=b, a!=-1, a||'x'||e'y', b[1:2], c::text, x->>'y', a@>b`,
  `select '😀' as "😀", $$😀$$ /* 😀 */`,
  `select a from t -- to the end`,
  `select a from t where b in (1,2) limit all\r-- x\rfor update`,
])('%j has the tokens that PostgreSQL finds', (sql) => {
  expect(parseStatements(sql)).toBeDefined();
  expect(ours(sql)).toBe(scanned(sql));
});

test('any text that parses has the tokens that PostgreSQL finds', () => {
  const piece = fc.constantFrom(
    ...`select|select |,| |\n|\r|\t|'|''|e'|E'|\\'|\\|u&'|N'|x'1|"|""|u&"|$$|$a$|$1|$|--|/*|*/|1|.|1.5|e1|e-|_|a|é|0x1|b'1|+|-|*|/|(|)|from t|where|=|as `.split(
      '|',
    ),
  );
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => `select ${pieces.join('')}`);
  let parsed = 0;
  fc.assert(
    fc.property(text, (sql) => {
      if (parseStatements(sql) === undefined) return;
      parsed++;
      expect(ours(sql)).toBe(scanned(sql));
    }),
    { numRuns: 20_000 },
  );
  expect(parsed).toBeGreaterThan(100);
});
