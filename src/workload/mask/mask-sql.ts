import { FORMS, LOOKS, type MaskKinds } from './values.js';

/**
 * What masks a copy of the database as its trace is masked: {@link ValueMask} in SQL, of functions that PostgreSQL has
 * had since version 11. It holds no key.
 * @param trace the trace's name, to tell whose it is
 */
export function maskSql(trace: string, kinds: MaskKinds): string {
  const title = `-- Masks data as the statements of ${trace} are masked, under the same key.`;
  const looks = mergedLooks().map(([look, source]) => `    WHEN value ~ ${quoted(source)} THEN '${look}'`);
  const forms = Object.entries(FORMS);
  const [json, ...wholes] = forms.flatMap(([name, { whole }]) =>
    whole ? `    WHEN value ~ ${quoted(whole.source)} THEN '${name}'` : [],
  );
  const parts = forms.map(([name, { part }]) => `    WHEN '${name}' THEN ${quoted(part.source)}`);
  const kept = forms.map(([name, { kept }]) => `    WHEN '${name}' THEN ${quoted(kept.source)}`);
  const functions = FUNCTIONS.replace('LOOKS', () => looks.join('\n'))
    .replace('JSON\n', () => `${json}\n`)
    .replace('WHOLES', () => wholes.join('\n'))
    .replace('PARTS', () => parts.join('\n'))
    .replace('KEPT', () => kept.join('\n'));
  return `${title.replaceAll(/[\r\n]/g, ' ')}\n${PREAMBLE.replaceAll('KINDS', kinds)}${functions}`;
}

/** Those that follow one another as one: PostgreSQL keeps the 32 expressions that it used last, and is slow to compile more. */
function mergedLooks(): [look: string, source: string][] {
  const merged: [string, string][] = [];
  for (const [look, { source }] of LOOKS) {
    const last = merged.at(-1);
    if (last?.[0] === look) last[1] += `|${source}`;
    else merged.push([look, source]);
  }
  return merged;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const PREAMBLE = String.raw`--
-- On a copy of the database (it is changed!), as a superuser, in one session of psql:
--
--   \i THIS-FILE
--   \set key ${'`cat KEY-FILE`'}
--   SELECT splitbench_mask.use_key(:'key');
--   CALL splitbench_mask.mask_database('KINDS');
--   DROP SCHEMA splitbench_mask CASCADE;
--
-- It masks every column whose type is masked, and the labels of enumerated types, then the copy can be dumped. Constraints and
-- indexes that name a value (CHECK (state IN ('new', 'paid'))) are yours to drop or to mend: an error names the first. To mask
-- some columns only, use splitbench_mask.mask(column::text, 'KINDS') in statements of your own. The database's encoding must
-- be UTF8.

`;

const FUNCTIONS = String.raw`CREATE SCHEMA splitbench_mask;

-- The key stays in the session, as the two blocks that HMAC (RFC 2104) makes of it.
CREATE FUNCTION splitbench_mask.use_key(key text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  block bytea := convert_to(btrim(key, E' \t\r\n'), 'UTF8');
  inner_block bytea;
  outer_block bytea;
BEGIN
  IF length(block) > 64 THEN block := sha256(block); END IF;
  block := block || decode(repeat('00', 64 - length(block)), 'hex');
  inner_block := block;
  outer_block := block;
  FOR i IN 0..63 LOOP
    inner_block := set_byte(inner_block, i, get_byte(block, i) # 54);
    outer_block := set_byte(outer_block, i, get_byte(block, i) # 92);
  END LOOP;
  PERFORM set_config('splitbench_mask.inner', encode(inner_block, 'hex'), false);
  PERFORM set_config('splitbench_mask.outer', encode(outer_block, 'hex'), false);
END $body$;

CREATE FUNCTION splitbench_mask.hmac(message text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $body$
  SELECT sha256(decode(current_setting('splitbench_mask.outer'), 'hex') ||
    sha256(decode(current_setting('splitbench_mask.inner'), 'hex') || convert_to(message, 'UTF8')))
$body$;

-- Symbols become others of the same radices: a Feistel network over their two halves, in eight rounds.
CREATE FUNCTION splitbench_mask.permute(kind text, symbols int[], radices int[]) RETURNS int[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  size int := coalesce(array_length(symbols, 1), 0);
  half int := size / 2;
  first int;
  last int;
  others int[];
  stream bytea;
  place int;
BEGIN
  IF size = 1 THEN
    stream := splitbench_mask.hmac(kind);
    RETURN ARRAY[(symbols[1] + 1 + (256 * get_byte(stream, 0) + get_byte(stream, 1)) % (radices[1] - 1)) % radices[1]];
  END IF;
  FOR round IN 0..7 LOOP
    IF round % 2 = 0 THEN
      first := 1; last := half; others := symbols[half + 1:size];
    ELSE
      first := half + 1; last := size; others := symbols[1:half];
    END IF;
    CONTINUE WHEN last < first;
    stream := splitbench_mask.hmac(kind || ':' || round || ':' || size || ':' || array_to_string(others, ','));
    FOR i IN first..last LOOP
      place := 2 * (i - first) % 32;
      IF place = 0 AND i > first THEN stream := sha256(stream); END IF;
      symbols[i] := (symbols[i] + 256 * get_byte(stream, place) + get_byte(stream, place + 1)) % radices[i];
    END LOOP;
  END LOOP;
  RETURN symbols;
END $body$;

CREATE FUNCTION splitbench_mask.look(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT CASE
LOOKS
    ELSE 'string'
  END
$body$;

-- What a value is made of; NULL: it is one of its own.
CREATE FUNCTION splitbench_mask.form(value text, look text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT CASE
JSON
    WHEN look <> 'string' OR value !~ '[{(=''.<]' THEN NULL
WHOLES
  END
$body$;

CREATE FUNCTION splitbench_mask.mask_parts(form text, value text, kinds text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  part text := CASE form
PARTS
  END;
  kept text := CASE form
KEPT
  END;
  gaps text[] := regexp_split_to_array(value, part);
  parts text[] := ARRAY(SELECT matched[1] FROM regexp_matches(value, '(' || part || ')', 'g') AS matches (matched));
  masked text[] := gaps[1:1];
BEGIN
  FOR i IN 1..cardinality(parts) LOOP
    masked := masked || CASE WHEN parts[i] ~ kept THEN parts[i] ELSE splitbench_mask.mask_part(form, parts[i], kinds) END || gaps[i + 1];
  END LOOP;
  RETURN array_to_string(masked, '');
END $body$;

CREATE FUNCTION splitbench_mask.mask_part(form text, part text, kinds text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  content text := substr(part, 2, greatest(length(part) - 2, 0));
BEGIN
  RETURN CASE
    WHEN form = 'markup' AND part LIKE '<!--%' THEN splitbench_mask.mask_string(part)
    WHEN form = 'markup' THEN splitbench_mask.mask_parts(CASE WHEN part LIKE '<%' THEN 'tag' ELSE 'text' END, part, kinds)
    WHEN form = 'tag' AND part ~ '^["'']' THEN left(part, 1) || splitbench_mask.mask_parts('text', content, kinds) || left(part, 1)
    WHEN form = 'lexemes' THEN '''' || replace(splitbench_mask.mask(replace(content, '''''', ''''), kinds), '''', '''''') || ''''
    WHEN form = 'labels' AND splitbench_mask.look(part) <> 'string' THEN splitbench_mask.mask_letters(part)
    WHEN form = 'labels' THEN splitbench_mask.mask_string(part)
    WHEN form = 'json' AND part LIKE '"%' THEN to_jsonb(splitbench_mask.mask(part::json #>> '{}', kinds))::text
    WHEN form IN ('array', 'composite', 'hstore') AND part LIKE '"%' THEN '"' || regexp_replace(
      splitbench_mask.mask(regexp_replace(content, '\\(.)|"(")', '\1\2', 'g'), kinds), '["\\]', '\\\&', 'g') || '"'
    ELSE splitbench_mask.mask(part, kinds)
  END;
END $body$;

CREATE FUNCTION splitbench_mask.mask_letters(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  characters text[] := string_to_array(value, NULL);
  symbols int[] := '{}';
  radices int[] := '{}';
  bases int[] := '{}';
  places int[] := '{}';
  code int;
  base int;
  radix int;
BEGIN
  FOR i IN 1..coalesce(array_length(characters, 1), 0) LOOP
    code := ascii(characters[i]);
    CONTINUE WHEN i > 1 AND characters[i - 1] = '\';
    IF code BETWEEN 97 AND 122 THEN base := 97; radix := 26;
    ELSIF code BETWEEN 65 AND 90 THEN base := 65; radix := 26;
    ELSIF code BETWEEN 48 AND 57 THEN base := 48; radix := 10;
    ELSIF code < 128 THEN CONTINUE;
    ELSIF code < 2048 THEN base := 128; radix := 1920;
    ELSE base := code - code % 2048; radix := 2048;
    END IF;
    symbols := symbols || (code - base);
    radices := radices || radix;
    bases := bases || base;
    places := places || i;
  END LOOP;
  symbols := splitbench_mask.permute('s', symbols, radices);
  FOR i IN 1..coalesce(array_length(places, 1), 0) LOOP
    characters[places[i]] := chr(bases[i] + symbols[i]);
  END LOOP;
  RETURN array_to_string(characters, '');
END $body$;

-- What comes out is a string again.
CREATE FUNCTION splitbench_mask.mask_string(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
  LOOP
    value := splitbench_mask.mask_letters(value);
    EXIT WHEN splitbench_mask.look(value) = 'string';
  END LOOP;
  RETURN value;
END $body$;

CREATE FUNCTION splitbench_mask.mask_digits(whole text, fraction text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  digits text := whole || fraction;
  symbols int[] := '{}';
  radices int[] := '{}';
  bound int;
  masked text := '';
BEGIN
  FOR i IN 1..length(digits) LOOP
    bound := CASE WHEN (i = 1 AND length(whole) > 1) OR (i = length(digits) AND fraction <> '') THEN 1 ELSE 0 END;
    symbols := symbols || (substr(digits, i, 1)::int - bound);
    radices := radices || (10 - bound);
  END LOOP;
  symbols := splitbench_mask.permute('n' || length(whole), symbols, radices);
  FOR i IN 1..length(digits) LOOP
    masked := masked || (symbols[i] + 10 - radices[i]);
  END LOOP;
  RETURN CASE WHEN fraction = '' THEN masked ELSE left(masked, length(whole)) || '.' || substr(masked, length(whole) + 1) END;
END $body$;

CREATE FUNCTION splitbench_mask.width(digits text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT CASE
    WHEN digits::numeric <= 32767 THEN 2
    WHEN digits::numeric <= 2147483647 THEN 4
    WHEN digits::numeric <= 9223372036854775807 THEN 8
  END
$body$;

CREATE FUNCTION splitbench_mask.mask_number(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  sign text := CASE WHEN value LIKE '-%' THEN '-' ELSE '' END;
  whole text := split_part(ltrim(value, '-'), '.', 1);
  fraction text := split_part(ltrim(value, '-'), '.', 2);
  significant text := rtrim(fraction, '0');
  masked text := whole;
BEGIN
  IF significant <> '' THEN
    masked := splitbench_mask.mask_digits(whole, significant);
  ELSE
    LOOP
      masked := splitbench_mask.mask_digits(masked, '');
      EXIT WHEN splitbench_mask.width(masked) IS NOT DISTINCT FROM splitbench_mask.width(whole);
    END LOOP;
    IF fraction <> '' THEN masked := masked || '.'; END IF;
  END IF;
  RETURN sign || masked || substr(fraction, length(significant) + 1);
END $body$;

CREATE FUNCTION splitbench_mask.mask_date(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  day int := make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) - date '1900-01-01' + substr(value, 9, 2)::int - 1;
BEGIN
  IF day < 0 OR day >= 73049 THEN RETURN value; END IF;
  LOOP
    day := array_to_string(splitbench_mask.permute('d', string_to_array(lpad(day::text, 5, '0'), NULL)::int[],
      '{10,10,10,10,10}'), '')::int;
    EXIT WHEN day < 73049;
  END LOOP;
  RETURN to_char(date '1900-01-01' + day, 'YYYY-MM-DD');
END $body$;

CREATE FUNCTION splitbench_mask.mask_timestamp(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  parts text[] := regexp_matches(value, '^(.{10})(.)([0-9:.]+)(.*)$');
  utc text;
BEGIN
  IF parts[4] = '' THEN RETURN splitbench_mask.mask_date(parts[1]) || parts[2] || parts[3]; END IF;
  utc := to_char((parts[1] || ' ' || left(parts[3], 5) || parts[4])::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI');
  RETURN splitbench_mask.mask_date(left(utc, 10)) || parts[2] || substr(utc, 12) || substr(parts[3], 6) || '+00';
END $body$;

CREATE FUNCTION splitbench_mask.mask_hex(kind text, value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  digits text[] := string_to_array(regexp_replace(value, '[^0-9a-fA-F]', '', 'g'), NULL);
  symbols int[] := (SELECT array_agg(get_byte(decode('0' || digit, 'hex'), 0) ORDER BY place)
    FROM unnest(digits) WITH ORDINALITY AS given (digit, place));
  masked text := '';
  at int := 0;
BEGIN
  symbols := splitbench_mask.permute(kind, symbols, array_fill(16, ARRAY[cardinality(digits)]));
  FOR i IN 1..length(value) LOOP
    IF substr(value, i, 1) ~ '[0-9a-fA-F]' THEN
      at := at + 1;
      masked := masked || to_hex(symbols[at]);
    ELSE
      masked := masked || substr(value, i, 1);
    END IF;
  END LOOP;
  RETURN masked;
END $body$;

-- Octets that begin alike, to whatever bit, still do: each bit is turned, or not, as those before it say.
CREATE FUNCTION splitbench_mask.mask_prefixes(octets bytea) RETURNS bytea LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  masked bytea := octets;
  others int[] := '{}';
  tree bytea;
  node int;
  octet int;
  digit int;
BEGIN
  FOR i IN 0..length(octets) - 1 LOOP
    tree := splitbench_mask.hmac('p' || length(octets) || ':' || array_to_string(others, ','));
    octet := 0;
    node := 1;
    FOR place IN REVERSE 7..0 LOOP
      digit := (get_byte(octets, i) >> place) & 1;
      octet := 2 * octet + (digit # ((get_byte(tree, node >> 3) >> (node & 7)) & 1));
      node := 2 * node + digit;
    END LOOP;
    masked := set_byte(masked, i, octet);
    others := others || get_byte(octets, i);
  END LOOP;
  RETURN masked;
END $body$;

CREATE FUNCTION splitbench_mask.address(octets bytea, bits text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT CASE
    WHEN length(octets) <= 4 THEN (SELECT string_agg(get_byte(octets, place)::text, '.' ORDER BY place) FROM generate_series(0, length(octets) - 1) AS place)
    ELSE regexp_replace(encode(octets, 'hex'), '(....)(?=.)', '\1:', 'g')
  END || CASE WHEN bits = '' THEN '' ELSE '/' || bits END
$body$;

CREATE FUNCTION splitbench_mask.is_network(address inet) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT host(address) = host(network(address))
$body$;

-- What is in one network stays in one. A network stays that: where no bit is set behind its own, none is.
CREATE FUNCTION splitbench_mask.mask_address(value text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  bits text := split_part(value, '/', 2);
  octets bytea := substr(inet_send(value::inet), 5);
  masked bytea := splitbench_mask.mask_prefixes(octets);
  masked_inet inet;
BEGIN
  IF bits <> '' THEN
    masked_inet := splitbench_mask.address(masked, bits)::inet;
    IF splitbench_mask.is_network(value::inet) THEN masked := substr(inet_send(network(masked_inet)), 5);
    ELSIF splitbench_mask.is_network(masked_inet) THEN
      masked := splitbench_mask.mask_prefixes(substr(inet_send(network(value::inet)), 5));
    END IF;
  END IF;
  -- It may be written without its last octets.
  IF length(masked) = 4 THEN masked := substr(masked, 1, cardinality(string_to_array(split_part(value, '/', 1), '.'))); END IF;
  RETURN splitbench_mask.address(masked, bits);
END $body$;

-- Bytes that are text are masked as that. Many others are replaced as a whole, for which no key can undo it.
CREATE FUNCTION splitbench_mask.mask_bytes(value bytea, kinds text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
  written text := encode(value, 'escape');
  symbols int[] := '{}';
  masked bytea := value;
BEGIN
  IF replace(written, '\\', '') !~ '\\' THEN
    masked := convert_to(splitbench_mask.mask(replace(written, '\\', '\'), kinds), 'UTF8');
  ELSIF length(value) < 32 THEN
    FOR i IN 1..length(value) LOOP symbols := symbols || get_byte(value, i - 1); END LOOP;
    symbols := splitbench_mask.permute('b', symbols, array_fill(256, ARRAY[length(value)]));
    FOR i IN 1..length(value) LOOP masked := set_byte(masked, i - 1, symbols[i]); END LOOP;
  ELSE
    RETURN '\x' || left(repeat(encode(splitbench_mask.hmac('b:' || encode(value, 'hex')), 'hex'), (length(value) + 31) / 32), 2 * length(value));
  END IF;
  RETURN '\x' || encode(masked, 'hex');
END $body$;

-- A value in its text form. kinds: 'strings', or 'all' for numbers, dates and UUIDs as well.
CREATE FUNCTION splitbench_mask.mask(value text, kinds text) RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $body$
DECLARE
  look text := splitbench_mask.look(value);
  form text := splitbench_mask.form(value, look);
BEGIN
  IF form IS NOT NULL THEN RETURN splitbench_mask.mask_parts(form, value, kinds); END IF;
  IF kinds = 'strings' AND look IN ('integer', 'decimal', 'money', 'date', 'timestamp', 'uuid') THEN RETURN value; END IF;
  RETURN CASE look
    WHEN 'string' THEN splitbench_mask.mask_string(value)
    WHEN 'fixed' THEN value
    WHEN 'address' THEN splitbench_mask.mask_address(value)
    WHEN 'mac' THEN splitbench_mask.mask_hex('m', value)
    WHEN 'bytes' THEN splitbench_mask.mask_bytes(value::bytea, kinds)
    WHEN 'date' THEN splitbench_mask.mask_date(value)
    WHEN 'timestamp' THEN splitbench_mask.mask_timestamp(value)
    WHEN 'uuid' THEN splitbench_mask.mask_hex('u', value)
    WHEN 'money' THEN substring(value from '^[^0-9]*') || splitbench_mask.mask_number(regexp_replace(value, '[^0-9.]', '', 'g'))
    ELSE splitbench_mask.mask_number(value)
  END;
END $body$;

-- What a domain, or an array of them, is of.
CREATE FUNCTION splitbench_mask.base_type(type oid) RETURNS text LANGUAGE sql STABLE AS $body$
  SELECT CASE
    WHEN typtype = 'd' THEN splitbench_mask.base_type(typbasetype)
    WHEN typcategory = 'A' AND typelem <> 0 THEN splitbench_mask.base_type(typelem) || '[]'
    ELSE oid::regtype::text
  END
  FROM pg_type WHERE oid = type
$body$;

-- How a column of a type is masked; NULL if it isn't.
CREATE FUNCTION splitbench_mask.expression(column_name name, type_name text, kinds text) RETURNS text LANGUAGE plpgsql STABLE AS $body$
DECLARE
  type pg_type := (SELECT t FROM pg_type t WHERE t.oid = rtrim(type_name, '[]')::regtype);
  -- One without the schema of its extension.
  name text := type.typname;
  is_string boolean := type.typcategory = 'S' AND name <> 'char';
BEGIN
  IF type_name = 'money' AND kinds = 'all' THEN
    RETURN format('splitbench_mask.mask(%I::numeric::text, %L)::numeric::money', column_name, kinds);
  END IF;
  IF is_string OR type.typtype = 'c'
    OR name IN ('json', 'jsonb', 'xml', 'inet', 'cidr', 'macaddr', 'macaddr8', 'bytea', 'hstore', 'ltree', 'tsvector', 'tsquery')
    OR kinds = 'all' AND name IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'date', 'timestamp', 'timestamptz', 'uuid')
  THEN
    RETURN format('splitbench_mask.mask(%I::text, %L)::%s', column_name, kinds,
      CASE WHEN NOT is_string THEN type_name WHEN type_name LIKE '%[]' THEN 'text[]' ELSE 'text' END);
  END IF;
  RETURN NULL;
END $body$;

-- Each table is emptied and filled with its masked rows: an update would meet values that are still to be masked.
CREATE PROCEDURE splitbench_mask.mask_database(kinds text) LANGUAGE plpgsql AS $body$
DECLARE
  one record;
BEGIN
  SET LOCAL session_replication_role = replica;
  SET LOCAL bytea_output = 'hex';
  SET LOCAL datestyle = 'ISO';
  SET LOCAL timezone = 'UTC';
  SET LOCAL xmloption = 'content';
  FOR one IN
    SELECT enumtypid::regtype AS type_name, enumlabel AS label, splitbench_mask.mask(enumlabel::text, kinds) AS masked FROM pg_enum
  LOOP
    CONTINUE WHEN one.masked = one.label;
    EXECUTE format('ALTER TYPE %s RENAME VALUE %L TO %L', one.type_name, one.label, one.masked);
  END LOOP;
  FOR one IN
    -- A table that others inherit from has rows of its own; a partitioned one has none.
    SELECT CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.oid::regclass AS rows, c.oid::regclass AS table_name,
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
      string_agg(coalesce(e.expression || ' AS ', '') || quote_ident(a.attname), ', ' ORDER BY a.attnum) AS masked
    FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''
      LEFT JOIN LATERAL (SELECT splitbench_mask.expression(a.attname, splitbench_mask.base_type(a.atttypid), kinds)) AS e (expression) ON true
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'splitbench_mask')
      -- What an extension brings along is none of the data.
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    GROUP BY c.oid
    HAVING count(e.expression) > 0
  LOOP
    EXECUTE format('CREATE TEMPORARY TABLE splitbench_masked ON COMMIT DROP AS SELECT %s FROM %s', one.masked, one.rows);
    EXECUTE format('DELETE FROM %s', one.rows);
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM splitbench_masked', one.table_name, one.columns);
    DROP TABLE splitbench_masked;
  END LOOP;
  IF kinds = 'strings' THEN RETURN; END IF;
  -- New numbers come after the masked ones.
  FOR one IN
    SELECT d.objid::regclass AS sequence_name, d.refobjid::regclass AS table_name, a.attname AS column_name
    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      AND EXISTS (SELECT FROM pg_sequence WHERE seqrelid = d.objid)
  LOOP
    EXECUTE format('SELECT setval(%L, greatest(max(%I), (SELECT last_value FROM %s))) FROM %s HAVING count(*) > 0',
      one.sequence_name, one.column_name, one.sequence_name, one.table_name);
  END LOOP;
END $body$;
`;
