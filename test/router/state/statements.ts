import type { Random } from './random.js';

/** A statement as one user sends it. */
export interface Statement {
  kind: Kind;
  text: string;
  values?: string[];
  /** Prepared by `pg` under this name on first use. */
  name?: string;
}

/** A text; with its parameters; or with the name that `pg` prepares it under. */
type Template = string | [text: string, ...values: string[]] | { name: string; text: string };

/**
 * What new users and old drivers send. Of {a|b|c} one is drawn, # is the user's number, and ~snapshot is what was
 * exported last. Nothing is asked that differs between two servers that do the same: process ids, times, object ids.
 */
const TEMPLATES = {
  read: [
    'SELECT note FROM shared WHERE id = {1|2|3}',
    ['SELECT note FROM shared WHERE id = $1', '{1|2|3}'],
    { name: 'by_id', text: 'SELECT note FROM shared WHERE id = 4' },
    'SELECT count(*)::int AS n, max(id) AS last FROM {items_#|identities_#|audited_#|log_#|ruled_#}',
    ['SELECT id, note, n FROM items_# WHERE id >= $1 ORDER BY id DESC LIMIT 3', '{1|2}'],
    { name: 'newest_#', text: 'SELECT id, note FROM items_# ORDER BY id DESC LIMIT 2' },
    'SELECT v FROM {shadowed|other.shadowed|public.shadowed}',
    'TABLE settled_#',
    'SELECT {1|2} AS one; SELECT count(*)::int FROM shared',
    'SELECT 1 / {0|1} AS n',
    'SELECT 1 FROM nowhere',
  ],
  write: [
    "INSERT INTO items_# (note) VALUES ('{a|b}')",
    ['INSERT INTO items_# (note, n) VALUES ($1, $2) RETURNING id', '{a|b}', '{1|2}'],
    { name: 'add_#', text: "INSERT INTO items_# (note) VALUES ('named') RETURNING id" },
    ['UPDATE items_# SET n = n + 1 WHERE id = $1', '{1|2|3}'],
    'UPDATE audited_# SET note = note || 1 WHERE id = {1|2}',
    'DELETE FROM items_# WHERE id = {1|2|3}',
    "INSERT INTO items_# (id, note) VALUES (1, 'twice')",
    'SELECT id FROM items_# WHERE id < 3 ORDER BY id FOR UPDATE',
    'WITH new AS (INSERT INTO items_# (note) VALUES (NULL) RETURNING id) SELECT id FROM new',
    'INSERT INTO items_# (note) SELECT note FROM shared WHERE id < 3; SELECT count(*)::int FROM items_#',
    'CALL commits_#()',
    'TRUNCATE log_#',
  ],
  sequence: [
    'SELECT lastval()',
    'SELECT lastval()',
    'SELECT lastval() AS last, {1|2} AS n',
    "SELECT currval('{seq_a_#|seq_b_#|items_#_id_seq}')",
    ['SELECT currval($1)', '{seq_a_#|seq_b_#}'],
    "SELECT currval(pg_get_serial_sequence('{items_#|identities_#}', 'id'))",
    "SELECT nextval('{seq_a_#|seq_b_#}')",
    ['SELECT nextval($1::regclass)', '{seq_a_#|seq_b_#}'],
    "SELECT setval('seq_a_#', {10|20}, {true|false})",
    "INSERT INTO items_# (note) VALUES ('{a|b}')",
    "INSERT INTO identities_# (note) VALUES ('{a|b}')",
    "INSERT INTO audited_# (note) VALUES ('{a|b}') RETURNING id",
    "INSERT INTO ruled_# (note) VALUES ('{a|b}')",
    'SELECT {next_sql_#|next_plpgsql_#|insert_plpgsql_#}()',
    'CALL next_procedure_#()',
    "DO $$ BEGIN PERFORM nextval('seq_a_#'); END $$",
    'SELECT n FROM next_view_#',
    'SELECT last_value FROM {seq_a_#|seq_b_#}',
    "INSERT INTO items_# (note) VALUES ('both'); SELECT lastval()",
  ],
  setting: [
    "SET {app.a|app.b|app.tenant} = '{x|y|z}'",
    "SET SESSION app.{a|b} TO '{x|y}'",
    "SET LOCAL app.{a|b} = '{local|here}'",
    "SET {work_mem = '1MB'|work_mem = '8MB'|timezone = 'Europe/Berlin'|datestyle = 'German'|extra_float_digits = 0}",
    "SET {bytea_output = 'escape'|intervalstyle = 'iso_8601'|statement_timeout = '30s'|lock_timeout = '20s'}",
    'SET search_path = {other|other, public|public|"$user", public}',
    'SET LOCAL search_path = {other, public|public}',
    'SET TIME ZONE {UTC|3|LOCAL}',
    "SET NAMES '{UTF8|LATIN1}'",
    'SET {synchronous_commit|row_security|enable_seqscan} = off',
    'SET session_replication_role = {replica|origin}',
    'SET default_transaction_read_only = {on|off}',
    "SET default_transaction_isolation = '{serializable|repeatable read|read committed}'",
    'SET SESSION CHARACTERISTICS AS TRANSACTION {READ ONLY|READ WRITE|ISOLATION LEVEL SERIALIZABLE}',
    'RESET {app.a|app.b|work_mem|timezone|search_path|default_transaction_read_only|session_replication_role}',
    'SET {work_mem|app.a} TO DEFAULT',
    "SELECT set_config('{app.a|app.b|work_mem}', '{4096|5000}', {true|false})",
    ['SELECT set_config($1, $2, false) AS v', '{app.a|app.b}', '{p|q}'],
    "UPDATE pg_settings SET setting = '{2000|3000}' WHERE name = 'work_mem'",
    "SELECT {keep_sql|keep_plpgsql|keep_dynamic|keep_deep|keep_local}('{app.a|app.b}', '{f|g}')",
    "SELECT keep_atomic('atomic'), scoped()",
    "CALL keep_procedure('app.{a|b}', 'p')",
    'CALL keep_set()',
    "DO $$ BEGIN SET app.a = 'do'; END $$",
    "DO $$ BEGIN PERFORM keep_sql('app.b', 'do'); END $$",
    'SELECT forget()',
    'SELECT v FROM keeping',
    "INSERT INTO settled_# VALUES ({1|2}, 'n')",
    'DELETE FROM settled_# WHERE id = 1',
    'INSERT INTO defaulted_# (id) VALUES (1) RETURNING note',
    "INSERT INTO defaulted_# (id, note, locked) VALUES (2, 'given', false)",
  ],
  showing: [
    "SELECT current_setting('app.a', true) AS a, current_setting('app.b', true) AS b",
    'SHOW {app.a|app.b|app.tenant}',
    'SHOW {work_mem|timezone|datestyle|search_path|statement_timeout|client_encoding}',
    'SHOW {transaction_read_only|transaction_isolation|default_transaction_read_only|synchronous_commit}',
    ['SELECT current_setting($1, true) AS v', '{app.a|work_mem|timezone}'],
    "SELECT setting FROM pg_settings WHERE name = '{work_mem|search_path}'",
    "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction%' ORDER BY name",
    "SELECT '2026-01-01 12:00:00Z'::timestamptz::text AS t, '1 day 02:00'::interval::text AS i, 0.1::float8 + 0.2 AS f",
    "SELECT '\\xdead'::bytea::text AS bytes",
    'SELECT tenant FROM tenant_now',
    'SELECT current_schemas(false)::text AS path',
    'SELECT v FROM shadowed',
  ],
  role: [
    'SET ROLE {reader|writer|NONE}',
    'SET LOCAL ROLE {reader|writer}',
    'SET SESSION AUTHORIZATION {writer|DEFAULT}',
    'RESET {ROLE|SESSION AUTHORIZATION}',
    "SELECT set_config('role', '{reader|writer}', {true|false})",
    "SELECT become('{reader|writer}')",
    "SET app.tenant = '{a|b}'",
    "SET ROLE reader; SET app.tenant = '{a|b}'",
    'SELECT current_user, session_user',
    'SHOW role',
    'SELECT id, tenant FROM tenants ORDER BY id',
    'SELECT id, tenant FROM tenants ORDER BY id',
  ],
  temporary: [
    'CREATE {TEMP|TEMPORARY|LOCAL TEMP} TABLE {scratch|shadowed} (v int)',
    'CREATE TEMP TABLE IF NOT EXISTS scratch AS SELECT {1|2} AS v',
    'CREATE TEMP TABLE scratch (v int) ON COMMIT {DROP|DELETE ROWS|PRESERVE ROWS}',
    'CREATE TEMP TABLE numbered (id serial, v int)',
    'SELECT {1|2} AS v INTO {TEMP|TEMPORARY TABLE} scratch',
    'CREATE TABLE pg_temp.scratch (v int)',
    'INSERT INTO {scratch|pg_temp.scratch|shadowed} (v) VALUES ({1|2})',
    ['INSERT INTO scratch (v) VALUES ($1) RETURNING v', '{3|4}'],
    'INSERT INTO numbered (v) VALUES (1) RETURNING id',
    'SELECT v FROM {scratch|pg_temp.scratch|shadowed} ORDER BY v',
    'SELECT count(*)::int AS n FROM {scratch|numbered}',
    { name: 'scratch', text: 'SELECT count(*)::int AS n FROM scratch' },
    "SELECT to_regclass('{scratch|numbered}') IS NOT NULL AS there",
    'DROP TABLE {scratch|numbered|pg_temp.shadowed}',
    'DROP TABLE IF EXISTS scratch',
    'SELECT {temp_plpgsql|temp_dynamic}()',
    'CALL temp_procedure()',
    'DO $$ BEGIN CREATE TEMP TABLE scratch (v int); END $$',
    'CREATE TEMP VIEW shadowing AS SELECT {7|8} AS v',
    'SELECT v FROM shadowing',
    'CREATE TEMP SEQUENCE own_numbers',
    "SELECT nextval('own_numbers')",
    "CREATE FUNCTION pg_temp.seven() RETURNS int LANGUAGE sql AS 'SELECT 7'",
    'SELECT pg_temp.seven()',
  ],
  lock: [
    'SELECT pg_try_advisory_lock{|_shared}(#, {1|2}) AS got',
    ['SELECT pg_try_advisory_lock($1, $2) AS got', '#', '{1|2}'],
    'SELECT pg_try_advisory_xact_lock(#, {1|2}) AS got',
    'SELECT pg_advisory_unlock(#, {1|2}) AS freed',
    'SELECT pg_advisory_unlock_shared(#, {1|2}) AS freed',
    'SELECT pg_advisory_unlock_all()',
    'SELECT {lock_sql|lock_plpgsql}(#, {1|2}) AS got',
    'CALL lock_procedure(#, {1|2})',
    'DO $$ BEGIN PERFORM pg_try_advisory_lock(#, {1|2}); END $$',
    'SELECT unlock_plpgsql()',
    'INSERT INTO defaulted_# (id) VALUES (3) RETURNING locked',
    'SELECT id, pg_try_advisory_lock(#, id) AS got FROM shared WHERE id < 3 ORDER BY id',
    "SELECT objid, mode FROM pg_locks WHERE locktype = 'advisory' AND classid = # AND pid = pg_backend_pid() ORDER BY objid, mode",
  ],
  cursor: [
    'DECLARE {c1|c2} CURSOR FOR SELECT id FROM shared ORDER BY id',
    'DECLARE {c1|c2} CURSOR WITH HOLD FOR SELECT id, note FROM shared ORDER BY id',
    'DECLARE c1 SCROLL CURSOR FOR SELECT id FROM items_# ORDER BY id',
    "SELECT open_cursor('c2')",
    'FETCH {2 FROM|NEXT FROM|ALL FROM|PRIOR FROM} {c1|c2}',
    'FETCH {1|3} {c1|c2}',
    'MOVE 2 FROM {c1|c2}',
    'CLOSE {c1|c2|ALL}',
    "SELECT name, is_holdable FROM pg_cursors WHERE name LIKE 'c_' ORDER BY name",
  ],
  listen: [
    'LISTEN {news_#|mail_#}',
    'UNLISTEN {news_#|mail_#|*}',
    "NOTIFY {news_#|mail_#}, '{1|2}'",
    'NOTIFY news_#',
    "SELECT pg_notify('{news_#|mail_#}', '{3|4}')",
    ['SELECT pg_notify($1, $2)', 'news_#', '{5|6}'],
    'SELECT channel FROM pg_listening_channels() AS channel ORDER BY channel',
    "SELECT listen_to('news_#')",
    'DO $$ BEGIN LISTEN mail_#; END $$',
  ],
  prepare: [
    'PREPARE {p1|p2} AS SELECT note FROM shared WHERE id = {1|2}',
    'PREPARE {p1|p2} (int) AS SELECT note FROM shared WHERE id = $1',
    "PREPARE {p1|p2} AS INSERT INTO items_# (note) VALUES ('prepared') RETURNING id",
    'PREPARE p2 AS SELECT v FROM shadowed',
    'EXECUTE {p1|p2}{|(1)}',
    'DEALLOCATE {p1|p2|ALL|PREPARE ALL}',
    'SELECT prepare_it()',
    "DO $$ BEGIN EXECUTE 'PREPARE p2 AS SELECT 2 AS by_block'; END $$",
    'SELECT name FROM pg_prepared_statements WHERE from_sql ORDER BY name',
    { name: 'by_id', text: 'SELECT note FROM shared WHERE id = 4' },
    { name: 'add_#', text: "INSERT INTO items_# (note) VALUES ('named') RETURNING id" },
  ],
  seed: [
    'SELECT setseed({0.1|0.2})',
    'SET seed = {0.1|0.3}',
    'SELECT seed_it(0.2)',
    'DO $$ BEGIN PERFORM setseed(0.3); END $$',
  ],
  /** Asked only by one who has set the seed. */
  random: ['SELECT random()', 'SELECT random() AS r, id FROM shared WHERE id < 3 ORDER BY id'],
  clear: [
    'DISCARD {ALL|TEMP|TEMPORARY|SEQUENCES|PLANS}',
    'DISCARD ALL',
    'RESET ALL',
    'DEALLOCATE ALL',
    'UNLISTEN *',
    'CLOSE ALL',
    'RESET ROLE; RESET ALL',
    'SELECT pg_advisory_unlock_all()',
    'SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;',
    'ROLLBACK; DEALLOCATE ALL',
    'ROLLBACK; RESET ALL',
    'CLOSE ALL; RESET ALL; DEALLOCATE ALL',
    "SET app.a = 'x'; DISCARD ALL",
  ],
  begin: [
    'BEGIN',
    'BEGIN',
    'START TRANSACTION',
    'BEGIN READ ONLY',
    'BEGIN READ ONLY',
    'START TRANSACTION READ ONLY',
    'BEGIN ISOLATION LEVEL {REPEATABLE READ|SERIALIZABLE|READ COMMITTED}',
    'BEGIN ISOLATION LEVEL {REPEATABLE READ|SERIALIZABLE} READ ONLY',
    'START TRANSACTION READ ONLY, ISOLATION LEVEL {REPEATABLE READ|SERIALIZABLE}',
    "BEGIN; INSERT INTO items_# (note) VALUES ('in one text')",
    'BEGIN READ ONLY; SELECT count(*)::int FROM shared',
  ],
  within: [
    'SAVEPOINT s{1|2}',
    'ROLLBACK TO s{1|2}',
    'RELEASE s{1|2}',
    'SET TRANSACTION READ {WRITE|ONLY}',
    'SET TRANSACTION ISOLATION LEVEL {REPEATABLE READ|SERIALIZABLE|READ COMMITTED}',
    'SELECT pg_export_snapshot() AS snapshot',
    "SET TRANSACTION SNAPSHOT '~snapshot'",
    'SHOW transaction_read_only',
    'SHOW transaction_isolation',
    'SET transaction_read_only = {on|off}',
    'LOCK TABLE items_# IN SHARE MODE',
  ],
  end: [
    'COMMIT',
    'COMMIT',
    'END',
    'ROLLBACK',
    'ROLLBACK',
    'ABORT',
    'COMMIT AND CHAIN',
    'ROLLBACK AND CHAIN',
    "INSERT INTO items_# (note) VALUES ('last'); COMMIT",
  ],
  definition: [
    'CREATE TABLE made.thing_# (id serial primary key, v int)',
    'DROP TABLE IF EXISTS made.thing_#',
    'INSERT INTO made.thing_# (v) VALUES (1) RETURNING id',
    'SELECT count(*)::int AS n FROM made.thing_#',
    "CREATE OR REPLACE FUNCTION made.does_#() RETURNS text LANGUAGE plpgsql AS $$ BEGIN {RETURN 'nothing'|RETURN set_config('app.a', 'made', false)|PERFORM pg_try_advisory_lock(#, 1); RETURN 'locked'|CREATE TEMP TABLE scratch (v int); RETURN 'made'|RETURN nextval('seq_a_#')}; END $$",
    'SELECT made.does_#()',
    'SELECT made.does_#()',
    "SELECT current_setting('app.a', true) AS a",
    'SELECT v FROM scratch',
  ],
} satisfies Record<string, Template[]>;

export type Kind = keyof typeof TEMPLATES | 'several';

/** Kinds that a user may turn to again and again, each with what belongs to it. */
export const THEMES = [
  'sequence',
  'setting',
  'role',
  'temporary',
  'lock',
  'cursor',
  'listen',
  'prepare',
  'seed',
  'definition',
] as const satisfies Kind[];
export type Theme = (typeof THEMES)[number];

/**
 * Leaves a custom setting that reads '' from then on, where a new connection has NULL. With SET LOCAL a `pg.Pool` does that
 * as well, and a router that closed the connection after each such transaction would be of no use.
 */
export const EMPTIES_SETTING = /set local app\.|set_config\([^)]*true\)|keep_local/i;
/** Does so on its own connection, if it is in a READ ONLY transaction, which may have run on another than what follows. */
export const SETS_CUSTOM = /app\.|keep/i;
/** Fails with a new connection and doesn't with such a one. */
export const FAILS_WITHOUT_SETTING = /show app\./i;

/** Statements after which a connection is as it was. */
export const LEAVES_NOTHING: readonly Kind[] = ['read', 'showing', 'random'];

export function draw(kind: Exclude<Kind, 'several'>, user: number, random: Random): Statement {
  const template = random.pick<Template>(TEMPLATES[kind]);
  const fill = (text: string) =>
    text
      .replace(/\{([^{}]*)\}/g, (_, choices: string) => random.pick(choices.split('|')))
      .replaceAll('#', String(user));
  if (typeof template === 'string') return { kind, text: fill(template) };
  if (!Array.isArray(template)) return { kind, text: fill(template.text), name: fill(template.name) };
  const [text, ...values] = template.map(fill);
  return { kind, text: text!, values };
}

/** Two or three statements as one text. */
export function drawSeveral(
  kinds: readonly Exclude<Kind, 'several'>[],
  user: number,
  random: Random,
): Statement {
  const texts: string[] = [];
  const wanted = random.chance(0.7) ? 2 : 3;
  while (texts.length < wanted) {
    const { text, values, name } = draw(random.pick(kinds), user, random);
    if (values === undefined && name === undefined) texts.push(text.replace(/;$/, ''));
  }
  return { kind: 'several', text: texts.join('; ') };
}
