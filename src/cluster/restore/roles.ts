import { escapeIdentifier, escapeLiteral } from 'pg';
import { messageOf } from '../../machine/pure.js';
import { withClient } from '../client.js';
import { ADMIN_ROLE } from '../embedded/data-directory.js';
import type { DataRole } from '../provider.js';
import { APP_ROLE } from '../template/prepare-database.js';
import type { Connect } from '../template/template.js';

/**
 * Lets every role of the data log in to the copy, with the bench's password, and tries whether it can: what a session
 * was logged as, its statements can then be played as.
 */
export async function letRolesLogIn(connect: Connect, database: string): Promise<DataRole[]> {
  const admin = connect(database);
  const names = await withClient(admin, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> ALL ($1) ORDER BY 1`,
      [[ADMIN_ROLE, APP_ROLE]],
    );
    for (const { name } of rows) {
      await client.query(
        `ALTER ROLE ${escapeIdentifier(name)} LOGIN CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD ${escapeLiteral(admin.password)}`,
      );
    }
    return rows.map(({ name }) => name);
  });
  const roles: DataRole[] = [];
  for (const name of names) {
    try {
      const statementTimeoutMs = await withClient({ ...admin, user: name }, async (client) => {
        const { rows } = await client.query<{ ms: number }>(
          `SELECT setting::int AS ms FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'`,
        );
        return rows[0]!.ms;
      });
      roles.push({ name, statementTimeoutMs });
    } catch (error) {
      roles.push({ name, statementTimeoutMs: 0, refusal: messageOf(error) });
    }
  }
  return roles;
}
