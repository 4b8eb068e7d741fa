import type { Client } from 'pg';

/** Which columns of a database hold numbers that its sequences give out: those that draw them, and those that refer to these. */
export interface KeyCatalog {
  sequences: KeySequence[];
  tables: KeyTable[];
}

/** A sequence that counts upwards. */
export interface KeySequence {
  schema: string;
  name: string;
  /** The last number that it had given out when the data was captured; the one before its first if none. */
  last: number;
  /** Whether it gives numbers in their order: one with a cache deals them out to connections in batches. */
  inOrder: boolean;
}

/** A table that has such columns. */
export interface KeyTable {
  schema: string;
  name: string;
  /** In their order. */
  columns: KeyColumn[];
}

export interface KeyColumn {
  name: string;
  /** Whose numbers it holds: a place in `sequences`. */
  sequence?: number;
  /** Whether it takes the next one by default. */
  draws?: boolean;
}

/**
 * By sequence, if it goes up by ones: others are also used as blocks of numbers that clients count within. What this role may not
 * read gives it no numbers either.
 */
const SEQUENCES = `
  SELECT s.oid, n.nspname AS schema, s.relname AS name, q.seqcache = 1 AS in_order,
    coalesce(pg_catalog.pg_sequence_last_value(s.oid), q.seqstart - 1)::text AS last
  FROM pg_catalog.pg_sequence q
  JOIN pg_catalog.pg_class s ON s.oid = q.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
  WHERE q.seqincrement = 1 AND NOT q.seqcycle AND s.relpersistence <> 't'
    AND pg_catalog.has_sequence_privilege(q.seqrelid, 'USAGE, SELECT')`;

/** Columns with `nextval` of one by default, and identity columns. */
const DRAWING = `
  SELECT d.adrelid AS "table", d.adnum AS number, p.refobjid AS sequence
  FROM pg_catalog.pg_attrdef d
  JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND p.objid = d.oid
    AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.refobjid
  WHERE pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\([^()]*\\)$'
  UNION ALL
  SELECT p.refobjid, p.refobjsubid, p.objid
  FROM pg_catalog.pg_depend p
  WHERE p.deptype = 'i' AND p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refobjsubid > 0`;

const REFERENCES = `
  SELECT c.conrelid AS "table", pair.number, c.confrelid AS "toTable", pair.to_number AS "toNumber"
  FROM pg_catalog.pg_constraint c, unnest(c.conkey, c.confkey) AS pair(number, to_number)
  WHERE c.contype = 'f'`;

const COLUMNS = `
  SELECT c.oid AS "table", n.nspname AS schema, c.relname AS name,
    json_agg(json_build_array(a.attnum, a.attname) ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  GROUP BY 1, 2, 3
  ORDER BY 2, 3`;

/** Reads it from a database. Its snapshot is the same wherever it is played, and so is this. */
export async function loadKeyCatalog(client: Client): Promise<KeyCatalog> {
  const rowsOf = async (text: string) => (await client.query(text)).rows;
  const sequences = await rowsOf(SEQUENCES);
  const place = new Map<number, number>(sequences.map(({ oid }, index) => [oid, index]));
  const held = new Map<string, KeyColumn>();
  const column = (table: number, number: number) => `${table} ${number}`;
  for (const { table, number, sequence } of await rowsOf(DRAWING)) {
    const index = place.get(sequence);
    if (index !== undefined) held.set(column(table, number), { name: '', sequence: index, draws: true });
  }
  // What refers to a column that itself refers to another holds the numbers of that.
  const references = held.size > 0 ? await rowsOf(REFERENCES) : [];
  for (let before = -1; held.size > before; ) {
    before = held.size;
    for (const { table, number, toTable, toNumber } of references) {
      const to = held.get(column(toTable, toNumber));
      if (to && !held.has(column(table, number))) {
        held.set(column(table, number), { name: '', sequence: to.sequence });
      }
    }
  }
  const tables = held.size > 0 ? await rowsOf(COLUMNS) : [];
  return {
    sequences: sequences.map(({ schema, name, in_order, last }) => ({
      ...{ schema, name, last: Number(last), inOrder: in_order },
    })),
    tables: tables.map(({ table, schema, name, columns }) => ({
      ...{ schema, name },
      columns: columns.map(([number, columnName]: [number, string]) => ({
        ...held.get(column(table, number)),
        name: columnName,
      })),
    })),
  };
}
