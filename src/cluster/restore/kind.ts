import { BenchError } from '../../machine/pure.js';
import { withClient } from '../client.js';
import type { Connect, Recipe } from '../template/template.js';

/** A form in which a user's data can come: an entry of SNAPSHOT_KINDS. */
export interface SnapshotKind {
  /**
   * The file whose bytes tell this snapshot from others; by default the snapshot itself.
   * @throws BenchError if the snapshot can't be used, in words that say why
   */
  identityFile?(path: string): Promise<string>;
  /** How a template is made of it. */
  recipe(path: string, wanted: Wanted): Pick<Recipe, 'bytes' | 'areFiles' | 'seed' | 'fill'>;
}

/** What is known of a snapshot beforehand. */
export interface Wanted {
  /** The database to replay against, if the user named one. */
  database: string | undefined;
  /** The database that the workload was captured in, where that is known. */
  captured: string | undefined;
  /** Whether the roles are there that own what it brings and may use it. */
  hasRoles: boolean;
}

/** Where a dump goes that names no database of its own. */
export const DUMP_DATABASE = 'workload';

export async function databasesBySize(connect: Connect): Promise<string[]> {
  return withClient(connect('template1'), async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate
       ORDER BY pg_database_size(oid) DESC`,
    );
    return rows.map(({ name }) => name);
  });
}

/** The biggest database with a table in it. */
export async function biggestDatabase(connect: Connect): Promise<string> {
  const names = await databasesBySize(connect);
  for (const name of names) if ((await countTables(connect, name)) > 0) return name;
  return names[0]!;
}

export async function countTables(connect: Connect, database: string): Promise<number> {
  return withClient(connect(database), async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_class
       WHERE relkind IN ('r', 'p', 'm') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'`,
    );
    return rows[0]!.count;
  });
}

/** @throws BenchError SNAPSHOT_EMPTY, with the first of the warnings, if the restore brought no table */
export async function requireTables(
  connect: Connect,
  { database, path, warnings }: { database: string; path: string; warnings: string[] },
): Promise<void> {
  if ((await countTables(connect, database)) > 0) return;
  const first = warnings[0] ? ` (${warnings[0]})` : '';
  throw new BenchError(
    'SNAPSHOT_EMPTY',
    `Restoring ${path} brought no table${first}: is it the dump of a whole database?`,
  );
}
