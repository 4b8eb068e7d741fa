import fc from 'fast-check';
import { MAX_SQL_LENGTH } from '../../../src/router/sql/parse.js';
import { tokensOf } from '../../../src/router/sql/tokens.js';
import { CONSERVATIVE, SAFE, UNKNOWN, UNSAFE, WRONG } from './corpus.js';

/** Literals of every kind, with all that could be taken for an end of them. */
const LITERALS = [
  ...["''", "'a'", "'it''s'", "'--'", "'/*'", "'*/ x'", "'$$'", "'\\'", "'\"'", "'a'\n'b'", "';'", "'é😀'"],
  ...["E'\\''", "e'\\\\'", "E'--\\' /*'", "E'a'\n'\\''", "U&'\\0041'", "u&'\\\\'", "N'a'", "B'101'", "X'1F'"],
  ...['$$$$', "$$'$$", '$$--$$', '$a$ $$ $a$', '$a$ $b$a$', '$é1$ /* $é1$'],
  ...['0', '1', '30', '007', '1_000', '0x1F', '0b1', '0O7', '2147483647', '0x7fffffff'],
  ...['2147483648', '0x80000000', '99999999999', '1.', '.5', '1.5', '1e5', '1.5E-3'],
];
const NOTHING = ['', ' ', '\n', ' /* a */ ', '/**/', "/* ' /* nested */ */", " -- it's\n", '--\r', '\t\f\v'];

const literal = fc.constantFrom(...LITERALS);
const nothing = fc.constantFrom(...NOTHING);

const CORPUS = [
  ...SAFE,
  ...[...UNSAFE, ...[...WRONG, ...UNKNOWN, ...CONSERVATIVE].flatMap((of) => of.statements)].map(
    ([sql]) => sql,
  ),
].filter((sql) => sql.length <= MAX_SQL_LENGTH);

/** Where a literal is more than a value. */
const TOUCHY = [
  'select x::float(20)',
  'select x::float(50), cast(1 as float ( 24 ))',
  "select interval '1' second(3), n '1', date '2020-01-01'",
  'select U&"d!0061" uescape \'!\'',
  'select U&"d!0061" uescape \'#\'',
  'select -1, - (1), - (1, 2), - (1, 2, 3)',
  'select a from t where b in (1, 2, 3) and (c, d) = (1, 2)',
  "select current_setting('port')",
  "select current_setting('app.tenant')",
  "select query_to_xml('select 1', true, false, '')",
  "select query_to_xml('select nextval(''a'')', true, false, '')",
  "select pg_table_size('items')",
  "select pg_table_size('carts')",
  "select pg_input_is_valid('5', 'float4')",
  'explain (analyze 0) select 1',
  'explain (analyze 1) select 1',
  "insert into items values (1, 'a', 1.5, 2), (2, 'b', 3.5, 4) returning id",
  "update items set name = 'a', price = price - 1 where id in (1, 2, 3)",
  "merge into items i using moods m on i.id = m.id when matched then update set name = 'x'",
];

/** Statements of the corpus with other literals, comments and white space, and at times a token less or twice. */
export const statementLike = fc
  .record({
    sql: fc.oneof(fc.constantFrom(...CORPUS), fc.constantFrom(...TOUCHY)),
    literals: fc.infiniteStream(fc.option(literal, { freq: 2 })),
    gaps: fc.infiniteStream(fc.option(nothing, { freq: 1 })),
    damage: fc.option(fc.record({ at: fc.nat(30), times: fc.constantFrom(0, 2) }), { freq: 3 }),
  })
  .map(({ sql, literals, gaps, damage }) => {
    let [out, end] = ['', 0];
    for (const [at, { kind, text, start }] of [...tokensOf(sql)].entries()) {
      const other = kind === 'literal' ? (literals.next().value ?? text) : text;
      const gap = start > end ? gaps.next().value || ' ' : '';
      end = start + text.length;
      out += (gap + other).repeat(damage?.at === at ? damage.times : 1);
    }
    return out;
  });

/** Short texts of what is close to a literal's edge. */
export const textLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...`| |'|"|\\|e|E'|u&'|u&"|n|x'1|$$|$a$|$1|$|--|/*|*/|\n|1|2|.|e1|_|a|é|float(|uescape|,|1, 2|+|-|*|/|<|(|)|[|]|::|from t|=|as `.split(
          '|',
        ),
      ),
      literal,
      nothing,
    ),
    { minLength: 1, maxLength: 10 },
  )
  .map((parts) => `select ${parts.join('')}`);
