import type { Client } from 'pg';

/** The types of a database, by their names: OIDs of types that users made differ from one database to the next. */
export class DatabaseTypes {
  readonly #oids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #oidsByWords = new Map<string, number>();

  private constructor(rows: { oid: number; name: string; words: string }[]) {
    for (const { oid, name, words } of rows) {
      this.#oids.set(name, oid);
      this.#names.set(oid, name);
      this.#oidsByWords.set(words, oid);
    }
  }

  static async of(client: Client): Promise<DatabaseTypes> {
    const { rows } = await client.query(
      `SELECT t.oid, format_type(t.oid, NULL) AS words,
         CASE n.nspname WHEN 'pg_catalog' THEN t.typname ELSE format('%I.%I', n.nspname, t.typname) END AS name
       FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       WHERE t.typtype <> 'p' OR t.oid = 'pg_catalog.void'::pg_catalog.regtype`,
    );
    return new DatabaseTypes(rows);
  }

  /** By its name in `pg_type`, with its schema unless that is PostgreSQL's own: `int4`, `public.mood`, `_text`. */
  oidOf(name: string): number | undefined {
    return this.#oids.get(name);
  }

  nameOf(oid: number): string | undefined {
    return this.#names.get(oid);
  }

  /** By the words that messages have for it: `timestamp with time zone`. */
  oidInWords(words: string): number | undefined {
    return this.#oidsByWords.get(words);
  }
}
