import { escapeIdentifier } from 'pg';
import { withClient } from '../client.js';
import type { Connect } from '../template/template.js';

/** A setting of a role, of a database, of a role in a database, or of all roles. */
interface LoggedFor {
  role: string | null;
  database: string | null;
  setting: string;
}

/**
 * Takes back what roles and databases of the data have set to be logged: a snapshot from the time of a recording has its
 * statements logged, which nobody reads here, and which costs CPU and disk while it is measured.
 */
export async function stopLogging(connect: Connect): Promise<void> {
  await withClient(connect('template1'), async (client) => {
    const { rows } = await client.query<LoggedFor>(
      `SELECT r.rolname AS role, d.datname AS database, split_part(entry, '=', 1) AS setting
       FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
         unnest(s.setconfig) entry
       WHERE entry LIKE 'log\\_%'`,
    );
    for (const { role, database, setting } of rows) await client.query(reset(role, database, setting));
  });
}

function reset(role: string | null, database: string | null, setting: string): string {
  const inDatabase = database === null ? '' : `DATABASE ${escapeIdentifier(database)}`;
  if (role === null) return `ALTER ${inDatabase || 'ROLE ALL'} RESET ${setting}`;
  return `ALTER ROLE ${escapeIdentifier(role)}${inDatabase && ` IN ${inDatabase}`} RESET ${setting}`;
}
