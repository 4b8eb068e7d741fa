import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importLog, maskFileOf } from '../../../src/workload/capture/import.js';
import { maskSql } from '../../../src/workload/mask/mask-sql.js';
import { MASK_KINDS, type MaskKinds, ValueMask } from '../../../src/workload/mask/values.js';
import type { SqlEvent } from '../../../src/workload/trace.js';
import { readTrace } from '../../../src/workload/trace-file.js';
import { type LoggingServer, startLoggingServer } from '../capture/logging-server.js';

const KEY = 'a key that only the test has';

const SCHEMA = String.raw`
  CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
  CREATE TABLE person (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE NOT NULL, code char(4), born date, height numeric(4, 2));
  CREATE TABLE purchase (
    id uuid PRIMARY KEY, person int NOT NULL REFERENCES person, state state NOT NULL, at timestamptz NOT NULL,
    tags text[], details jsonb, note varchar(20));
  INSERT INTO person (email, code, born, height)
    SELECT 'person.' || n || '@example.com', 'C' || n % 10, date '1950-01-01' + n * 37, 1.5 + n % 50 / 100.0
    FROM generate_series(1, 200) n;
  INSERT INTO purchase
    SELECT md5(n::text)::uuid, 1 + n % 200, (ARRAY['new', 'paid', 'sent'])[1 + n % 3]::state,
      timestamptz '2025-01-01 23:00:00+00' + n * interval '1 hour', ARRAY['tag ' || n % 7, 'x'],
      jsonb_build_object('colour', (ARRAY['red', 'green'])[1 + n % 2], 'n', n % 5), CASE WHEN n % 4 > 0 THEN 'it''s ' || n END
    FROM generate_series(1, 400) n;
  CREATE DOMAIN guest AS varchar(30) CHECK (value <> '');
  CREATE TABLE visit (ip inet, network cidr, mac macaddr, seen inet[], digest bytea, picture bytea, agent text, who guest);
  INSERT INTO visit
    SELECT inet '10.0.0.0' + n, network(set_masklen(inet '10.0.0.0' + n, 28)), ('08:00:2b:01:02:' || lpad(to_hex(n), 2, '0'))::macaddr,
      ARRAY[inet '2001:db8::' + n], set_byte('\x00ff', 0, n), decode(repeat(md5(n::text), 4), 'hex'), 'from 10.0.0.' || n, 'guest ' || n
    FROM generate_series(1, 100) n;
  CREATE EXTENSION hstore;
  CREATE EXTENSION ltree;
  CREATE TYPE place AS (city text, street text, opened date, is_open boolean);
  CREATE TABLE shop (price money, facts hstore, path ltree, site place, sites place[], page xml, words tsvector, saved text);
  CREATE TABLE closed_shop (since date) INHERITS (shop);
  INSERT INTO shop
    SELECT n * 1000.5, hstore(ARRAY['owner', 'Owner ' || n, 'note', CASE n % 2 WHEN 1 THEN 'a=>b, "c"' END]), ('Top.Shops.Nr_' || n)::ltree,
      ROW('Town ' || n, 'O''Hara (old)', date '2020-01-01' + n, true)::place, ARRAY[ROW('Ville ' || n, NULL, NULL, false)]::place[],
      xmlparse(CONTENT format('<shop owner="Owner %s"><city>Town %1$s &amp; more</city><!-- secretly %1$s --></shop>', n)),
      to_tsvector('simple', 'Owner' || n || ' sells'), format('{"owner": "Owner %s", "open": true, "note": null}', n)
    FROM generate_series(1, 20) n;
  INSERT INTO closed_shop (path) VALUES ('Top.Closed.Shop')`;

/** That of the ninth visit. */
const PICTURE = createHash('md5').update('9').digest('hex').repeat(4);

/** Statements that find rows by each type, and how many rows they answer or change. */
const STATEMENTS: { text: string; values?: string[] }[] = [
  { text: 'SELECT * FROM person WHERE email = $1', values: ['person.17@example.com'] },
  { text: "SELECT * FROM person WHERE lower(email) = lower('Person.18@Example.com')" },
  {
    text: "SELECT * FROM person WHERE code = 'C7' AND email IN ('person.7@example.com', 'person.8@example.com')",
  },
  {
    text: 'SELECT * FROM person WHERE email = ANY($1)',
    values: ['{person.1@example.com,person.2@example.com,nobody}'],
  },
  { text: 'SELECT * FROM person JOIN purchase ON purchase.person = person.id WHERE person.id = 42' },
  { text: 'SELECT * FROM person WHERE id = $1 OR id = -3', values: ['43'] },
  { text: "SELECT * FROM person WHERE born = '1950-02-07'" },
  { text: 'SELECT * FROM person WHERE height = 1.70 ORDER BY 1 LIMIT 3' },
  { text: "SELECT count(*) FROM purchase WHERE state = 'paid' GROUP BY at::date" },
  { text: 'SELECT * FROM purchase WHERE state = $1', values: ['sent'] },
  { text: 'SELECT * FROM purchase WHERE id = $1', values: ['c4ca4238-a0b9-2382-0dcc-509a6f75849b'] },
  { text: 'SELECT * FROM purchase WHERE at = $1', values: ['2025-01-02T02:00:00.000+01:00'] },
  { text: "SELECT * FROM purchase WHERE details->>'colour' = 'red' AND details @> '{\"n\": 3}'" },
  { text: "SELECT * FROM purchase WHERE 'tag 3' = ANY(tags) AND note = 'it''s 3'" },
  {
    text: 'INSERT INTO purchase VALUES ($1, $2, $3, $4)',
    values: ['00000000-0000-0000-0000-000000000001', '5', 'new', '2025-06-01'],
  },
  { text: "UPDATE purchase SET note = 'gone', state = 'sent' WHERE person = 5" },
  { text: "INSERT INTO person (email) VALUES ('new@example.com') ON CONFLICT (email) DO NOTHING" },
  { text: "DELETE FROM purchase WHERE note = 'gone'" },
  { text: "SELECT * FROM visit WHERE ip = '10.0.0.7' AND who = 'guest 7'" },
  { text: 'SELECT * FROM visit WHERE ip <<= $1 AND $2 = ANY(seen)', values: ['10.0.0.0/28', '2001:DB8::7'] },
  { text: "SELECT * FROM visit WHERE network = cidr '10.0.0.16/28' AND network >> inet '10.0.0.17'" },
  { text: "SELECT * FROM visit WHERE mac = '08-00-2B-01-02-07'" },
  { text: "SELECT * FROM visit WHERE digest = E'\\\\007\\\\377' OR digest = '\\x08FF'::bytea" },
  { text: "SELECT * FROM visit WHERE digest IN (decode('0aFF', 'hex'), decode('C/8=', 'base64'))" },
  { text: 'SELECT * FROM visit WHERE digest = $1', values: ['\\x09ff'] },
  { text: 'SELECT * FROM visit WHERE picture = $1', values: [`\\x${PICTURE}`] },
  {
    text: "SELECT * FROM visit WHERE encode(digest, 'hex') = '07ff' OR encode(digest, 'base64') IN ('CP8=')",
  },
  { text: "SELECT * FROM visit WHERE encode(digest, 'hex') = $1", values: ['0bff'] },
  {
    text: "SELECT * FROM visit WHERE agent = U&'from 10!002e0.0.6' UESCAPE '!' OR agent = E'from 10.0.0.\\x37'",
  },
  { text: "SELECT * FROM visit WHERE network <<= cidr '10.0/16' AND network << '10.0.0/24'" },
  { text: "SELECT * FROM shop WHERE price = '$7,003.50' OR price = 8004::money" },
  { text: 'SELECT * FROM shop WHERE price = $1::numeric::money', values: ['9004.5'] },
  {
    text: 'SELECT * FROM shop WHERE facts->\'owner\' = \'Owner 7\' AND facts @> \'owner=>"Owner 7", note=>"a=>b, \\"c\\""\'',
  },
  {
    text: 'SELECT * FROM shop WHERE facts @> $1 AND facts ? $2',
    values: ['"note"=>NULL, "owner"=>"Owner 8"', 'note'],
  },
  { text: "SELECT * FROM shop WHERE path <@ 'Top.Shops' AND path = $1", values: ['Top.Shops.Nr_9'] },
  { text: 'SELECT * FROM shop WHERE site = \'("Town 9","O\'\'Hara (old)",2020-01-10,t)\'::place' },
  { text: 'SELECT * FROM shop WHERE sites = $1::place[]', values: ['{"(\\"Ville 3\\",,,f)"}'] },
  { text: 'SELECT * FROM shop WHERE xpath_exists(\'/shop[@owner="Owner 4"]\', page)' },
  {
    text: 'SELECT * FROM shop WHERE page::text = $1',
    values: ['<shop owner="Owner 5"><city>Town 5 &amp; more</city><!-- secretly 5 --></shop>'],
  },
  {
    text: "SELECT * FROM shop WHERE words = $1 OR words @@ '''owner7'' & ''sells'''::tsquery",
    values: ["'owner6':1 'sells':2"],
  },
  { text: "SELECT * FROM shop WHERE saved::json->>'owner' = 'Owner 2' AND (saved::json->>'open')::boolean" },
  {
    text: 'SELECT * FROM shop WHERE saved = $1',
    values: ['{"owner": "Owner 1", "open": true, "note": null}'],
  },
  {
    text: "SELECT * FROM purchase WHERE details @? '$.colour ? (@ == \"red\")' AND details['colour'] = to_jsonb('red'::text)",
  },
  {
    text: "INSERT INTO shop (facts, path, site, page) VALUES ('a=>secret', 'Top.b', ROW('secret', '', NULL, NULL), '<a>secret</a>')",
  },
  { text: "SELECT * FROM ONLY closed_shop WHERE path = 'Top.Closed.Shop'" },
  {
    text: 'INSERT INTO visit VALUES ($1, $2, $3, $4, $5)',
    values: ['fe80::1/64', 'fe80::/64', '0800.2b01.0203', '{10.1.0.1,::ffff:10.0.0.7}', '\\001\\377'],
  },
];

let folder: string;
let server: LoggingServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splitbench-mask-'));
  server = await startLoggingServer();
});
afterAll(async () => {
  await server?.remove();
  await rm(folder, { recursive: true });
});

const useKey = (client: Client) => client.query('SELECT splitbench_mask.use_key($1)', [`${KEY}\n`]);

/** How many rows each statement answers or changes. */
async function rowCounts(client: Client, statements: { text: string; values?: (string | null)[] }[]) {
  const counts: (number | null)[] = [];
  for (const { text, values } of statements) {
    const found = client.query(text, values).catch((error) => {
      throw new Error(`${text}: ${error}`);
    });
    counts.push((await found).rowCount);
  }
  return counts;
}

it('a value is masked by SQL as it is in a trace', async () => {
  const client = await server.connect();
  await client.query(maskSql('a trace', 'all'));
  await useKey(client);
  // As for a large table: the key is the session's, and its workers' as well.
  await client.query('SET debug_parallel_query = on');
  const values = [
    ...fc.sample(fc.string({ unit: 'grapheme', maxLength: 60 }), { numRuns: 100, seed: 1 }),
    ...fc
      .sample(fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })), {
        numRuns: 60,
        seed: 2,
      })
      .map(String),
    ...fc
      .sample(fc.date({ noInvalidDate: true, min: new Date(0) }), { numRuns: 60, seed: 3 })
      .map((date) => date.toISOString().slice(0, 23)),
    ...fc.sample(fc.uuid(), { numRuns: 10, seed: 4 }),
    ...[
      '0',
      '-7',
      '32767',
      '32768',
      '2147483647',
      '12.50',
      '0.05',
      '100.00',
      '1e9',
      'NaN',
      '007',
      'a\\nb',
      'x'.repeat(500),
    ],
    ...[
      '2025-02-28',
      '2025-02-30',
      '1899-12-31',
      '0044-03-15 BC',
      '2025-02-28 10:11',
      '2025-12-31T23:30:00.25-01:30',
    ],
    ...['t', 'x', '1 day', '10:30:00', '\x00ff', 'Ünï—😀', '漢字かな', '%_a%'],
    ...[
      '10.1/16',
      '172.16/12',
      '10.1.2/24',
      '10.3/12',
      '10.0.0.0/8',
      '$1,234.50',
      '-$7',
      '1 mon ago',
      'P1DT2H',
      'SRID=4326;POINT(1.5 2)',
    ],
    ...[
      '{a,"b \\"c\\"",NULL, d e }',
      '[2:3]={Ann,Lee}',
      '{{a,b},{"c,d",5}}',
      '(Ann,"b ""c" "",,5,t)',
      '{"(Ann,1)","(\\"b c\\",2)"}',
    ],
    ...[
      'a=>1, "b c"=>"d=>e",f=>NULL',
      '"k"=>"x\\"y"',
      'Top.Shops.Nr_7',
      'www.example.com',
      'v1.2.3',
      "'ann':1A 'o''hara':2,3",
      "!'ann' & 'lee':*",
    ],
    ...[
      '{"a": "b\\n\\u00e4\\ud83d\\ude00", "c": [1, -2.50, 1e5, true, null, "x.y"]}',
      '[1, 2]',
      '[1,10)',
      '{"a": "\\u0000"}',
      '{"a": {"b": "{\\"c\\": \\"d\\"}"}}',
    ],
    ...[
      '<p class="big one">Ann &amp; <b>Lee</b><br/><![CDATA[x < y]]></p>',
      '<?xml version="1.0"?><a b=\'c\'>1</a>',
      "<!-- a --><b>5</b> <don't",
      '<ann@example.com>',
    ],
  ].filter((value) => !value.includes('\0'));
  const mask = new ValueMask(KEY);
  for (const kinds of MASK_KINDS) {
    const { rows } = await client.query(
      'SELECT splitbench_mask.mask(value, $2) AS masked FROM unnest($1::text[]) WITH ORDINALITY AS v (value, n) ORDER BY n',
      [values, kinds],
    );
    const inSql = values.map((value, i) => [value, rows[i].masked]);
    expect(inSql).toEqual(values.map((value) => [value, mask.of(value, kinds)]));
  }
  await client.query('DROP SCHEMA splitbench_mask CASCADE');
  await client.end();
}, 60_000);

describe.each(MASK_KINDS)(
  'a trace and a copy of its data that are masked by one key (%s)',
  (kinds: MaskKinds) => {
    it('find the same rows, and show none of what was there', async () => {
      const database = `shop_${kinds}`;
      await server.createDatabase(database, {});
      const client = await server.connect(database);
      await client.query(SCHEMA);
      await client.query(`CREATE DATABASE ${database}_copy TEMPLATE postgres`);
      await client.query("SET log_statement = 'all'");
      const counts = await rowCounts(client, STATEMENTS);
      expect(STATEMENTS.filter((_, i) => !counts[i])).toEqual([]);
      await client.end();

      const out = join(folder, `${database}.trace`);
      const logFiles = await server.log();
      const { maskLosses } = await importLog({
        logFiles,
        out,
        database,
        threads: 2,
        mask: { key: KEY, kinds },
      });
      expect(maskLosses).toEqual({ order: 0, pattern: 0, unparseable: 0 });
      const trace = await readFile(out, 'utf8');
      for (const secret of [
        'example.com',
        'Example',
        'colour":"red',
        'paid',
        'gone',
        '10.0.0.',
        'fe80',
        'Owner',
        'Town',
        'Hara',
        'Shops',
        'secret',
        'sells',
        PICTURE,
      ])
        expect(trace).not.toContain(secret);
      if (kinds === 'all') expect(trace).not.toMatch(/\b(42|43|1950)\b|c4ca4238/);

      const copy = await server.connect(`${database}_copy`);
      await copy.query(SCHEMA);
      const before = (await copy.query('SELECT * FROM person ORDER BY id')).rows;
      await copy.query(await readFile(maskFileOf(out), 'utf8'));
      await useKey(copy);
      await copy.query(`CALL splitbench_mask.mask_database('${kinds}')`);
      await copy.query('DROP SCHEMA splitbench_mask CASCADE');
      const mask = new ValueMask(KEY);
      const emails = (await copy.query('SELECT email FROM person')).rows.map(({ email }) => email);
      const { rows: closed } = await copy.query('SELECT path FROM ONLY closed_shop');
      expect(closed).toEqual([{ path: mask.of('Top.Closed.Shop', kinds) }]);
      const shops = (await copy.query('SELECT shop FROM shop')).rows.map(({ shop }) => shop).join('');
      expect(/Owner|Town|Hara|Ville|secretly|sells|Shops/.test(shops)).toBe(false);
      expect(emails.toSorted()).toEqual(before.map(({ email }) => mask.of(email, kinds)).toSorted());

      const events: SqlEvent[] = [];
      for await (const event of (await readTrace(out)).events) events.push(event as SqlEvent);
      expect(
        await rowCounts(
          copy,
          events.map(({ sql }) => sql),
        ),
      ).toEqual(counts);
      await copy.end();
    }, 60_000);
  },
);
