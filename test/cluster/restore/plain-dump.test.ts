import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complaints } from '../../../src/cluster/restore/client-tools.js';
import { databaseName, knowsRestrict, withoutRestrict } from '../../../src/cluster/restore/plain-dump.js';

async function filtered(...blocks: string[]): Promise<string> {
  const source = (async function* () {
    for (const block of blocks) yield Buffer.from(block, 'latin1');
  })();
  let text = '';
  for await (const block of withoutRestrict(source)) text += block.toString('latin1');
  return text;
}

describe('a plain dump for an old psql', () => {
  test('loses the lines that guard it, and those only', async () => {
    const rows = 'COPY t FROM stdin;\n\\restrict other\n\\restrict\n\\.\n';
    expect(await filtered('--\n\n\\restrict Abc123\n\nSET x = 1;\n', rows, '\\unrestrict Abc123\n\n')).toBe(
      `--\n\n\nSET x = 1;\n${rows}\n`,
    );
  });

  test('passes unchanged where nothing guards it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string().filter((s) => !s.includes('\\restrict '))), async (blocks) => {
        expect(await filtered(...blocks)).toBe(Buffer.from(blocks.join(''), 'latin1').toString('latin1'));
      }),
    );
  });

  test('knows which psql is old', () => {
    expect(['18.4', '18beta1', '19devel', '17.6', '15.18', '15.14'].filter((v) => !knowsRestrict(v))).toEqual(
      [],
    );
    expect(['17.5', '15.13', '14.1', '12.22', '9.6.24'].filter(knowsRestrict)).toEqual([]);
  });
});

test.each([
  ['shop', 'shop'],
  ['"my ""shop"""', 'my "shop"'],
  [`-reuse-previous=on "dbname='it''s'"`.replace("''", "\\'"), "it's"],
  [`-reuse-previous=on "dbname='a b'"`, 'a b'],
])('the target of \\connect %s is %s', (target, name) => {
  expect(databaseName(target)).toBe(name);
});

test('errors of a restore are told once a kind, without values from the data', () => {
  const output = [
    'psql:<stdin>:3: ERROR:  role "anna" does not exist',
    'psql:<stdin>:9: ERROR:  role "anna" does not exist',
    'pg_restore: error: could not execute query: ERROR:  extension "postgis" is not available',
    'ERROR:  invalid input syntax for type integer: "secret"',
    'ERROR:  database "shop" already exists',
    'DETAIL:  Key (name)=(secret) exists.',
  ].join('\n');
  expect(complaints(output)).toEqual([
    'Restoring the snapshot: role "anna" does not exist (2 times).',
    'Restoring the snapshot: extension "postgis" is not available.',
    'Restoring the snapshot: invalid input syntax for type integer.',
  ]);
});
