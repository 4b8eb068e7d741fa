import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadParser, parseStatements, tokensOf } from '../../../src/router/sql/index.js';
import { MaskLosses, StatementMask } from '../../../src/workload/mask/mask.js';
import { maskSql } from '../../../src/workload/mask/mask-sql.js';
import { MASK_KINDS, type MaskKinds, ValueMask } from '../../../src/workload/mask/values.js';

beforeAll(loadParser);

const KEY = 'a key that only the test has';
const values = new ValueMask(KEY);
const masked = (text: string, kinds: MaskKinds = 'strings', parameters?: (string | null)[]) =>
  new StatementMask({ key: KEY, kinds }).of({ text, values: parameters }, new MaskLosses());
const textOf = (text: string, kinds?: MaskKinds) => masked(text, kinds).text;

/** The network that an address is in: `10.1.2.3` in `10.0.0.0/8`. */
function networkOf(address: string, bits: number): string {
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const network = number - (number % 2 ** (32 - bits));
  return `${[24, 16, 8, 0].map((shift) => (network >>> shift) & 0xff).join('.')}/${bits}`;
}

describe('a masked value', () => {
  it('keeps its length, its signs, and which are equal; what differs in case alone still does', () => {
    const any = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [one, other] = [a, b].map((value) => values.of(value, 'strings'));
        expect(Array.from(one!).length).toBe(Array.from(a).length);
        expect(one === other).toBe(a === b);
      }),
    );
    expect(values.of('Ann.Lee@Example.com', 'strings')).toMatch(
      /^[A-Z][a-z]{2}\.[A-Z][a-z]{2}@[A-Z][a-z]{6}\.[a-z]{3}$/,
    );
    expect(values.of('ANN', 'strings').toLowerCase()).toBe(values.of('ann', 'strings'));
    expect(values.of('ann', 'strings')).not.toBe('ann');
    expect(new ValueMask('another key').of('ann', 'strings')).not.toBe(values.of('ann', 'strings'));
  });

  it('of few possible ones is one of as many: none meets another', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const pairs = Array.from(letters, (a) => Array.from(letters, (b) => a + b)).flat();
    for (const all of [Array.from(letters), pairs])
      expect(new Set(all.map((one) => values.of(one, 'strings'))).size).toBe(all.length);
    const numbers = Array.from({ length: 900 }, (_, i) => String(100 + i));
    expect(numbers.map((one) => values.of(one, 'all')).toSorted()).toEqual(numbers);
    const codes = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0'));
    expect(new Set(codes.map((one) => values.of(one, 'strings')))).toEqual(new Set(codes));
  });

  it.each([
    ['-4711', /^-[1-9]\d{3}$/],
    ['0', /^\d$/],
    ['32767', /^([12]\d{4}|3[0-2]\d{3})$/],
    ['2147483647', /^(1\d{9}|2[01]\d{8})$/],
    ['12.50', /^[1-9]\d\.[1-9]0$/],
    ['2025-02-28', /^(19|20)\d\d-\d\d-\d\d$/],
    ['2025-02-28 10:11:12.5', /^(19|20)\d\d-\d\d-\d\d 10:11:12\.5$/],
    ['2025-02-28T10:11:12.500+02:00', /^(19|20)\d\d-\d\d-\d\dT08:11:12\.500\+00$/],
    ['6F9619FF-8B86-D011-B42D-00C04FC964FF', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  ])('%s is of its kind, and stays where only strings are masked', (value, like) => {
    expect(values.of(value, 'all')).toMatch(like);
    expect(values.of(value, 'all')).not.toBe(value);
    expect(values.of(value, 'strings')).toBe(value);
  });

  it('is equal where the same is written in another way', () => {
    const all = (value: string) => values.of(value, 'all');
    expect(`${all('12')}.00`).toBe(all('12.00'));
    expect(`${all('12.5')}0`).toBe(all('12.50'));
    expect(all('2025-02-28T23:30:00Z')).toBe(all('2025-03-01T01:30:00+02:00'));
    expect(all('2025-02-28 10:00:00').slice(0, 10)).toBe(all('2025-02-28'));
  });

  it.each([
    ['10.0.0.7', isIPv4],
    ['192.168.0.0/16', (masked: string) => /^\d+\.\d+\.0\.0\/16$/.test(masked)],
    ['fe80::1', isIPv6],
    ['::ffff:10.0.0.7', isIPv6],
    ['2001:db8::/32', (masked: string) => /^[\da-f]{4}:[\da-f]{4}(:0000){6}\/32$/.test(masked)],
    ['08:00:2B:01:02:03', (masked: string) => /^([\da-f]{2}:){5}[\da-f]{2}$/.test(masked)],
    ['08-00-2b-01-02-03-04-05', (masked: string) => /^([\da-f]{2}-){7}[\da-f]{2}$/.test(masked)],
    ['\\x00ff', (masked: string) => /^\\x[\da-f]{4}$/.test(masked)],
    [`\\x${'00'.repeat(50)}`, (masked: string) => /^\\x[\da-f]{100}$/.test(masked)],
  ])('%s is of its kind, whatever is masked', (value, isOfKind) => {
    for (const kinds of MASK_KINDS) {
      expect(values.of(value, kinds)).toSatisfy(isOfKind);
      expect(values.of(value, kinds)).not.toBe(value);
    }
  });

  it('of an address is in the network that the address was in', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, bits) => {
        const [network, length] = values.of(networkOf(address, bits), 'strings').split('/');
        const list = new BlockList();
        list.addSubnet(network!, Number(length));
        expect(length).toBe(String(bits));
        expect(networkOf(network!, bits)).toBe(`${network}/${bits}`);
        expect(list.check(values.of(address, 'strings'))).toBe(true);
      }),
    );
    const hosts = Array.from({ length: 256 }, (_, i) => values.of(`10.1.2.${i}/24`, 'strings'));
    expect(new Set(hosts).size).toBe(256);
  });

  it('of bytes is equal where the same is written in another way, and that of the text where they are one', () => {
    const hexOf = (text: string) => `\\x${Buffer.from(text).toString('hex')}`;
    expect(values.of('\\000\\\\ü\\377', 'strings')).toBe(values.of('\\x005CC3BCFF', 'strings'));
    expect(values.of(hexOf('Ann\n'), 'strings')).toBe(hexOf(values.of('Ann\n', 'strings')));
    const bytes = fc.uint8Array({ minLength: 2, maxLength: 80 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [one, other] = [a, b].map((value) =>
          values.of(`\\x${Buffer.from(value).toString('hex')}`, 'strings'),
        );
        expect(one!.length).toBe(2 + 2 * a.length);
        expect(one === other).toBe(Buffer.from(a).equals(b));
      }),
    );
  });

  it('of JSON or an array keeps its shape and its keys', () => {
    const json = JSON.parse(values.of('{"name": "Ann", "tags": ["a,b", null, true], "age": 41}', 'strings'));
    expect(json).toEqual({
      name: values.of('Ann', 'strings'),
      tags: [values.of('a,b', 'strings'), null, true],
      age: 41,
    });
    expect(values.of('{Ann,"b c",NULL,7}', 'strings')).toBe(
      `{${values.of('Ann', 'strings')},"${values.of('b c', 'strings')}",NULL,7}`,
    );
  });

  it.each([
    ['{"Ann Lee",NULL}', 'Ann Lee'],
    ['(1,"Ann Lee",t)', 'Ann Lee'],
    ['a=>"Ann Lee", b=>NULL', 'Ann Lee'],
    ['<p a="Ann Lee">1 &amp; 2</p>', 'Ann Lee'],
    ['[{"a": {"b": "Ann Lee"}}]', 'Ann Lee'],
    ["'Ann Lee':1A", 'Ann Lee'],
    ['{"(1,\\"Ann Lee\\")"}', 'Ann Lee'],
    ['Top.Ann_Lee.Nr', 'Ann_Lee'],
  ])('of what is made of others, %s, is that of its parts', (whole, part) => {
    const masked = values.of(whole, 'strings');
    expect(masked).toContain(values.of(part, 'strings'));
    expect(masked).not.toContain(part);
    for (const kept of whole.match(/NULL|<p a=|&amp;|=>|\[{"a": {"b": /g) ?? [])
      expect(masked).toContain(kept);
  });

  it('of ltree is below what it was below, and one of money as that of its number', () => {
    expect(values.of('Top.Ann.Lee', 'strings').startsWith(`${values.of('Top.Ann', 'strings')}.`)).toBe(true);
    expect(values.of('$1,234.50', 'all')).toBe(`$${values.of('1234.50', 'all')}`);
    expect(values.of('$1,234.50', 'strings')).toBe('$1,234.50');
  });

  it.each(['10.1/16', '172.16/12', '10.1.2/24'])(
    'of the short network %s is that of the whole one',
    (short) => {
      const [octets, bits] = short.split('/');
      const whole = `${octets}${'.0'.repeat(4 - octets!.split('.').length)}/${bits}`;
      expect(values.of(whole, 'strings')).toBe(
        `${values.of(short, 'strings').split('/')[0]}${whole.slice(octets!.length)}`,
      );
    },
  );

  it('of too many parts is masked all the same, and what almost has a form is looked at in no time', () => {
    for (const long of [
      `[${'{"a":"Annabella"},'.repeat(100_000)}1]`,
      `${'a=>Annabella,'.repeat(100_000)}b=>1`,
      `{${'Annabella,'.repeat(100_000)}b}`,
      `[${'{"a":"Annabella"},'.repeat(100_000)}x`,
    ])
      expect(values.of(long, 'strings').includes('Annabella')).toBe(false);
  });

  it.each([
    '',
    't',
    'false',
    '10:30:00',
    '1 day',
    '3 hours 20 mins',
    '%',
    '1e9',
    '\\x',
    '[1,10)',
    '{[1,5),[7,9)}',
    '((0,0),(1.5,1))',
  ])('%j stays', (value) => {
    expect(values.of(value, 'all')).toBe(value);
  });
});

it('the mask in SQL looks at a value by fewer expressions than PostgreSQL keeps compiled, which are 32', () => {
  const looks = maskSql('shop.trace', 'all').match(/ value !?~ '/g)!;
  expect(looks.length).toBeLessThan(25);
});

describe('a masked statement', () => {
  const ann = values.of('Ann', 'strings');

  it.each([
    ["SELECT * FROM t WHERE name = 'Ann'", `SELECT * FROM t WHERE name = '${ann}'`],
    ["SELECT lower('Ann'), E'Ann', $$Ann$$", `SELECT lower('${ann}'), E'${ann}', '${ann}'`],
    ['SELECT -- of Ann\n name /* Ann */ FROM t', 'SELECT  \n name   FROM t'],
    ["SELECT 1 /*controller='a',action='b',who='Ann'*/", "SELECT 1 /*action='b',controller='a'*/"],
    [
      "SELECT date_trunc('day', at), at + interval '1 day', 'a.b'::regclass, x->>'Ann' FROM t LIMIT 10",
      undefined,
    ],
    ["SET search_path TO 'Ann', public", undefined],
    ['SET app.who = Ann', `SET app.who = '${ann}'`],
    ['SELECT a IS NOT DISTINCT FROM true, b = NULL FROM t', undefined],
    [
      "SELECT * FROM query_to_xml('SELECT ''Ann'' FROM t', true, false, '')",
      `SELECT * FROM query_to_xml('SELECT ''${ann}'' FROM t', true, false, '')`,
    ],
    ["SET app.who = 'Ann'", `SET app.who = '${ann}'`],
    [
      "SELECT oid FROM pg_class WHERE relname IN ('ann', $1) AND relnamespace = 'public'::regnamespace",
      undefined,
    ],
    [
      "SELECT set_config('app.who', 'Ann', false), set_config('work_mem', '64MB', false)",
      `SELECT set_config('app.who', '${ann}', false), set_config('work_mem', '64MB', false)`,
    ],
    ["DO $$ BEGIN PERFORM f('Ann'); END $$", `DO $$ BEGIN PERFORM f('${ann}'); END$$`],
    ["ALTER ROLE ann PASSWORD 'Ann'", `ALTER ROLE ann PASSWORD '${ann}'`],
    [
      "SELECT inet '10.0.0.7' << '10.0.0.0/8', E'\\\\000\\\\101'::bytea",
      `SELECT inet '${values.of('10.0.0.7', 'strings')}' << '${values.of('10.0.0.0/8', 'strings')}', E'\\${values.of('\\x0041', 'strings')}'::bytea`,
    ],
    [
      "SELECT decode('00FF', 'hex'), decode('AEE=', 'base64')",
      `SELECT decode('${values.of('\\x00ff', 'strings').slice(2)}', 'hex'), decode('${Buffer.from(values.of('\\x0041', 'strings').slice(2), 'hex').toString('base64')}', 'base64')`,
    ],
    ["EXECUTE find('Ann', 7)", `EXECUTE find('${ann}', 7)`],
    [
      "SELECT U&'!0041nn' UESCAPE '!', E'\\101nn', N'Ann' FROM t",
      `SELECT '${ann}', E'${ann}', '${ann}' FROM t`,
    ],
    [
      "SELECT * FROM t WHERE encode(b, 'hex') = '00ff' OR encode(b, 'base64') = $1",
      `SELECT * FROM t WHERE encode(b, 'hex') = '${values.of('\\x00ff', 'strings').slice(2)}' OR encode(b, 'base64') = $1`,
    ],
    [
      "SELECT d['k'], d @? '$.k ? (@.\"n m\" == \"Ann\")', xpath('/a[@b=\"Ann\"]', x), format('Ann%s', 1) FROM t",
      `SELECT d['k'], d @? '$.k ? (@."n m" == "${ann}")', xpath('/a[@b="${ann}"]', x), format('${ann}%s', 1) FROM t`,
    ],
    ["SELECT xmlelement(name x), at FROM t WHERE at > 'today' AND ok = 'True' AND d < 'P1DT2H'", undefined],
    ["COPY t TO STDOUT (FORMAT 'csv', NULL 'none', DELIMITER ';')", undefined],
    [
      "CREATE FUNCTION f() RETURNS text AS $$SELECT 'Ann'$$ LANGUAGE 'sql'",
      `CREATE FUNCTION f() RETURNS text AS $$SELECT '${ann}'$$ LANGUAGE 'sql'`,
    ],
    ["SET application_name = 'Ann'", `SET application_name = '${ann}'`],
    [
      "SELECT ST_GeomFromText('POINT(13.4 52.5)', 4326), '0101000020E6100000000000000000F03F0000000000000040'::geometry",
      undefined,
    ],
    [
      "SELECT jsonb_build_object('k', 'Ann'), to_char(at, 'YYYY') FROM t",
      `SELECT jsonb_build_object('k', '${ann}'), to_char(at, 'YYYY') FROM t`,
    ],
  ])('%s', (text, expected = text) => {
    expect(textOf(text)).toBe(expected);
  });

  it('is masked by what it says, not by what one of its shape said', () => {
    const mask = new StatementMask({ key: KEY, kinds: 'strings' });
    const again = (text: string) => mask.of({ text, values: undefined }, new MaskLosses()).text;
    const setting = (name: string) => `SELECT set_config('${name}', 'Ann', false)`;
    expect(again(setting('search_path'))).toBe(setting('search_path'));
    expect(again(setting('app.who'))).toBe(setting('app.who').replace('Ann', ann));
    expect(
      again("SELECT 1 FROM pg_class WHERE relname = (SELECT name FROM t WHERE name = 'Ann')"),
    ).not.toContain('Ann');
  });

  it('has its numbers masked where they are compared with a column or stored in one, and nowhere else', () => {
    const all = (value: string) => values.of(value, 'all');
    expect(
      textOf(
        'SELECT a + 100 FROM t WHERE id = 4711 AND b IN (100, -200) AND abs(c) = 300 ORDER BY 1 LIMIT 100',
        'all',
      ),
    ).toBe(
      `SELECT a + 100 FROM t WHERE id = ${all('4711')} AND b IN (${all('100')}, -${all('200')}) AND abs(c) = 300 ORDER BY 1 LIMIT 100`,
    );
    expect(
      textOf(
        'INSERT INTO t VALUES (100, now() - 5) ON CONFLICT (id) DO UPDATE SET n = 100, m = t.m + 100',
        'all',
      ),
    ).toBe(
      `INSERT INTO t VALUES (${all('100')}, now() - 5) ON CONFLICT (id) DO UPDATE SET n = ${all('100')}, m = t.m + 100`,
    );
    const { values: bound } = masked(
      'SELECT * FROM t WHERE id = $1 AND at > now() - $2::interval LIMIT $3',
      'all',
      ['100', '1 day', '100'],
    );
    expect(bound).toEqual([all('100'), '1 day', '100']);
  });

  it('counts what is lost: orders, patterns, and texts that do not parse', () => {
    const losses = new MaskLosses();
    const mask = new StatementMask({ key: KEY, kinds: 'all' });
    for (const text of [
      "SELECT 1 FROM t WHERE a LIKE 'Ann%'",
      "SELECT 1 FROM t WHERE a < 'Ann' OR n BETWEEN 1000 AND 2000",
      "SELEC 'Ann",
    ]) {
      expect(mask.of({ text, values: undefined }, losses).text).not.toContain('Ann');
    }
    expect(losses).toEqual({ order: 3, pattern: 1, unparseable: 1 });
  });

  it('parses as it did, has as many literals, and says the same of each shape', () => {
    const literal = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `'${text.replaceAll("'", "''").replaceAll('\0', '')}'`),
      fc
        .string()
        .map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '')}'`),
      fc.integer().map(String),
      fc.constant('$1'),
    );
    const mask = new StatementMask({ key: KEY, kinds: 'all' });
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), (list) => {
        const text = `SELECT 'ü', a FROM t WHERE b IN (${list.join(', ')}) AND c = ${list[0]}`;
        const again = mask.of({ text, values: ['x'] }, new MaskLosses()).text;
        expect(parseStatements(again)).toBeDefined();
        const kinds = (sql: string) => [...tokensOf(sql)].map(({ kind }) => kind);
        expect(kinds(again)).toEqual(kinds(text));
      }),
    );
  });
});
