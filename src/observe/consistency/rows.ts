import pg, { type QueryConfig } from 'pg';
import { type ConnectionConfig, withClient } from '../../cluster/index.js';

/** Rows that count their own updates: row 0 is everybody's, rows 1 to n belong to one session each. */
export interface VersionedRows extends AsyncDisposable {
  /** How many sessions have a row of their own. */
  readonly sessions: number;
  /** Returns a row's version; nothing from a server that hasn't got the row yet. */
  read(row: number): QueryConfig;
  /** Returns a row's new version. */
  write(row: number): QueryConfig;
}

/**
 * Creates the rows in a schema of their own, which every role may use; disposing drops it. A router that shall know
 * them is opened afterwards.
 * @param admin a connection that may create schemas
 */
export async function createVersionedRows(
  admin: ConnectionConfig,
  { schema, sessions }: { schema: string; sessions: number },
): Promise<VersionedRows> {
  const name = pg.escapeIdentifier(schema);
  const drop = `DROP SCHEMA IF EXISTS ${name} CASCADE`;
  const execute = async (sql: string) => {
    await withClient(admin, (client) => client.query(sql));
  };
  await execute(
    `${drop};
     CREATE SCHEMA ${name};
     CREATE TABLE ${name}.versions (id integer PRIMARY KEY, version integer NOT NULL) WITH (fillfactor = 20);
     INSERT INTO ${name}.versions SELECT id, 0 FROM generate_series(0, ${sessions}) AS id;
     GRANT USAGE ON SCHEMA ${name} TO PUBLIC;
     GRANT SELECT, UPDATE ON ${name}.versions TO PUBLIC`,
  );
  return {
    sessions,
    // Named, so that each connection plans them once.
    read: (row) => ({
      name: `${schema}_read`,
      text: `SELECT version FROM ${name}.versions WHERE id = $1`,
      values: [row],
    }),
    write: (row) => ({
      name: `${schema}_write`,
      text: `UPDATE ${name}.versions SET version = version + 1 WHERE id = $1 RETURNING version`,
      values: [row],
    }),
    [Symbol.asyncDispose]: () => execute(drop),
  };
}
