import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskFileOf } from '../../../src/workload/capture/import.js';
import { formatImportSummary } from '../../../src/workload/capture/index.js';
import { MASK_KINDS } from '../../../src/workload/mask/values.js';
import type { LogLine } from '../capture/csvlog-text.js';
import { importing } from '../capture/importing.js';

const { importLines } = importing();

const hex = (text: string) => Buffer.from(text).toString('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Where a log may hold a secret `s`: in statements… */
const STATEMENTS: ((s: string) => string)[] = [
  (s) => `SELECT * FROM t WHERE a = '${s}'`,
  (s) =>
    `SELECT * FROM t WHERE a = E'x\\n${s}' OR a = N'${s}' OR a = U&'${s}' OR a = U&'!0041${s}' UESCAPE '!'`,
  (s) => `SELECT * FROM t WHERE a = $$${s}$$ OR a = $x$${s}$x$`,
  (s) => `SELECT 'x'\n  '${s}' -- ${s}\n /* ${s} /* ${s} */ */ FROM t`,
  (s) => `SELECT 1 /*who='${s}',action='list'*/`,
  (s) => `SELECT * FROM t WHERE a = ANY('{x,"${s}",${s}}') OR b = ARRAY['${s}'] OR c = '(1,${s},"a ${s}")'`,
  (s) => `SELECT '(1,"${s}")'::person, ROW('${s}', 1)::person, '[${s},${s})'::textrange`,
  (s) => `UPDATE t SET d = '{"a": "${s}", "b": ["${s}", {"c": "x ${s}"}]}', d['x'] = '"${s}"'`,
  (s) => `SELECT d->>'key' = '${s}', d @? '$.a ? (@ == "${s}")', d @@ '$.a == "${s}"' FROM t`,
  (s) =>
    `SELECT jsonb_path_query(d, '$.a ? (@.b like_regex "^${s}")'), d @? '$ ? (@ == "${s}")'::jsonpath FROM t`,
  (s) =>
    `SELECT jsonb_build_object('k', '${s}'), jsonb_set(d, '{a}', '"${s}"'), JSON_OBJECT('k': '${s}') FROM t`,
  (s) => `INSERT INTO t (x) VALUES ('<a b="${s}">${s}<!-- ${s} --><![CDATA[${s}]]></a>')`,
  (s) => `INSERT INTO t (x) VALUES (XMLPARSE(CONTENT '<a>${s}</a>')), ('${s} <b>${s}</b>')`,
  (s) => `SELECT xpath('/a[@b="${s}"]/text()', x), xpath_exists('//c[. = ''${s}'']', x) FROM t`,
  (s) => `SELECT * FROM t WHERE h = 'a=>${s}, "b"=>"x ${s}"' OR h @> hstore('k', '${s}') OR p <@ 'Top.${s}'`,
  (s) =>
    `SELECT * FROM t WHERE v @@ to_tsquery('english', '${s} & x') OR v @@ '${s}'::tsquery OR v = '''${s}'':1'::tsvector`,
  (s) =>
    `SELECT * FROM t WHERE a LIKE '%${s}%' OR a ~ '^${s}' OR a BETWEEN '${s}' AND '${s}z' OR a SIMILAR TO '${s}'`,
  (s) =>
    `SELECT * FROM t WHERE b = '\\x${hex(s)}' OR b = decode('${hex(s)}', 'hex') OR b = decode('${base64(s)}', 'base64')`,
  (s) =>
    `SELECT * FROM t WHERE encode(b, 'hex') = '${hex(s)}' OR encode(b, 'base64') IN ('${base64(s)}', 'x')`,
  (s) => `SELECT format('Hello ${s} %s', '${s}'), '${s}'::name, '${s}'::citext, '${s}'::varchar(9)`,
  (s) => `SET application_name = '${s}'`,
  (s) => `SET application_name TO ${s}`,
  (s) => `SET app.current_user = '${s}'`,
  (s) => `SELECT set_config('application_name', '${s}', false), set_config('app.who', '${s}', true)`,
  (s) => `ALTER SYSTEM SET primary_conninfo = 'host=db user=x password=${s}'`,
  (s) => `ALTER ROLE ann PASSWORD '${s}'`,
  (s) => `CREATE USER ann WITH ENCRYPTED PASSWORD '${s}' VALID UNTIL 'infinity'`,
  (s) => `ALTER ROLE ann SET application_name = '${s}'`,
  (s) => `CREATE SUBSCRIPTION s CONNECTION 'host=db password=${s}' PUBLICATION p`,
  (s) => `CREATE USER MAPPING FOR ann SERVER other OPTIONS (user 'ann', password '${s}')`,
  (s) => `SELECT * FROM dblink('host=db password=${s}', 'SELECT ''${s}''') AS x (a text)`,
  (s) => `SELECT * FROM query_to_xml('SELECT ''${s}'' FROM t', true, false, '')`,
  (s) => `COMMENT ON TABLE t IS '${s}'`,
  (s) => `NOTIFY channel, '${s}'`,
  (s) => `SELECT pg_notify('channel', '${s}')`,
  (s) => `DO $$ BEGIN PERFORM f('${s}'); /* ${s} */ RAISE NOTICE '${s}'; END $$`,
  (s) => `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${s}' $$`,
  (s) => `CREATE FUNCTION f() RETURNS text AS 'SELECT ''${s}''' LANGUAGE 'sql'`,
  (s) => `CREATE TABLE t (a text DEFAULT '${s}' CHECK (a <> '${s}'))`,
  (s) => `CREATE TYPE e AS ENUM ('${s}', 'x')`,
  (s) => `COPY (SELECT '${s}') TO STDOUT WITH (FORMAT 'csv', NULL '')`,
  (s) => `PREPARE p AS SELECT '${s}' WHERE $1 = '${s}'`,
  (s) => `EXECUTE p('${s}')`,
  (s) => `DECLARE c CURSOR FOR SELECT * FROM t WHERE a = '${s}'`,
  (s) => `PREPARE TRANSACTION '${s}'`,
  (s) => `COMMIT PREPARED '${s}'`,
  (s) => `SELECT * FROM t WHERE a = CASE b WHEN '${s}' THEN '${s}' ELSE coalesce(c, '${s}') END`,
  (s) => `SELEC nonsense '${s}' ${s}`,
  (s) => `SELECT '${s}`,
  (s) => `INSERT INTO t VALUES ('${'x'.repeat(1000)}'${", ('y')".repeat(10)}, '${s}'); SELECT '${s}'`,
  (s) => `/*${s}*/ BEGIN; INSERT INTO t VALUES ('${s}'); COMMIT`,
];
/** … among values of parameters, whole or in part… */
const VALUES: ((s: string) => string)[] = [
  (s) => s,
  (s) => `x ${s}, ${s}`,
  (s) => `{${s},"a ${s}"}`,
  (s) => `{"a": "${s}", "b": {"c": ["${s}"]}}`,
  (s) => `(1,${s},"b ""${s}""")`,
  (s) => `a=>${s}, b=>"${s}"`,
  (s) => `<a b='${s}'>${s}</a>`,
  (s) => `${s}@example.com`,
  (s) => `https://${s}:${s}@db/${s}?x=${s}`,
  (s) => `host=db password=${s}`,
  (s) => `www.${s}.com`,
  (s) => `'${s}':1A`,
  (s) => `\\x${hex(s)}`,
  (s) => `[${s},${s})`,
  (s) => `line\n${s}\ttab \\ ${s}`,
];
/** … and in what else a record says. */
const RECORDS: ((s: string) => LogLine)[] = [
  (s) => ({
    severity: 'ERROR',
    sqlState: '23505',
    message: `duplicate key ${s}`,
    detail: `Key (email)=(${s}) already exists.`,
    hint: s,
    context: `SQL function "f" statement 1 ${s}`,
    query: `INSERT INTO t (email) VALUES ('${s}')`,
  }),
  (s) => ({
    severity: 'ERROR',
    sqlState: '42601',
    message: `syntax error at or near "${s}"`,
    query: `SELEC ${s}`,
  }),
  (s) => ({ severity: 'NOTICE', message: s }),
  (s) => ({
    message: `duration: 1.000 ms  plan:\nQuery Text: SELECT '${s}'\nSeq Scan on t\n  Filter: (a = '${s}')`,
  }),
  (s) => ({ message: `statement: COPY t FROM STDIN`, context: `COPY t, line 1: "${s}"` }),
  (s) => ({ message: 'statement: SELECT 1', application: s }),
  (s) => ({ message: `execute p: EXECUTE p`, detail: `prepare: PREPARE p AS SELECT '${s}'` }),
  (s) => ({ message: `fastpath function call: "${s}" (OID 1)` }),
  (s) => ({ severity: 'FATAL', message: `password authentication failed for "${s}"`, query: '' }),
];

it.each(MASK_KINDS)('nothing of a secret is in what a masked import writes or says (%s)', async (kinds) => {
  const letters = fc.stringMatching(/^[a-z]{12,20}$/);
  await fc.assert(
    fc.asyncProperty(letters, async (secret) => {
      const statements = STATEMENTS.map((of): LogLine => ({ message: `statement: ${of(secret)}` }));
      const bound = VALUES.map(
        (of): LogLine => ({
          message: 'execute <unnamed>: SELECT * FROM t WHERE a = $1 AND f($2)',
          detail: `Parameters: $1 = '${of(secret).replaceAll("'", "''")}', $2 = '${of(secret).replaceAll("'", "''")}'`,
        }),
      );
      const { summary, out } = await importLines(
        [...statements, ...bound, ...RECORDS.map((of) => of(secret))],
        { mask: { key: 'a key that only the test has', kinds } },
      );
      const said = JSON.stringify(summary) + formatImportSummary(summary).join('\n');
      const written = (await readFile(out, 'utf8')) + (await readFile(maskFileOf(out), 'utf8'));
      const lines = `${said}\n${written}`.split('\n');
      const leaks = [secret, hex(secret), base64(secret)];
      expect(
        lines.filter((line) => leaks.some((leak) => line.toLowerCase().includes(leak.toLowerCase()))),
      ).toEqual([]);
      expect(summary.events).toBeGreaterThan(STATEMENTS.length);
    }),
    { numRuns: 3 },
  );
});
