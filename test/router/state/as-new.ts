import type { PinnedClient, Router } from '../../../src/router/index.js';

const CUSTOM_SETTINGS = ['app.a', 'app.b', 'app.tenant'];

/** What a connection's session holds, each null or empty on a new connection. */
const LEFT_BEHIND = `SELECT
  (SELECT json_object_agg(name, setting) FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction%') AS settings,
  ${CUSTOM_SETTINGS.map((name) => `current_setting('${name}', true) AS "${name}"`).join(', ')},
  nullif(session_user || ' as ' || current_user, $1 || ' as ' || $1) AS role,
  (SELECT json_agg(relname) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind <> 'i') AS temporary,
  (SELECT json_agg(proname) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()) AS functions,
  (SELECT json_agg(objid) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
  (SELECT json_agg(name) FROM pg_prepared_statements WHERE from_sql) AS prepared,
  (SELECT json_agg(name) FROM pg_cursors WHERE name <> '') AS cursors,
  (SELECT json_agg(c) FROM pg_listening_channels() AS c) AS channels`;

/** The first numbers that random() gives after each seed that is ever set. */
const SEEDED = `SELECT seed, setseed(seed), (SELECT array_agg(random() ORDER BY i) FROM generate_series(1, 500) AS i) AS numbers
  FROM unnest(ARRAY[0.1, 0.2, 0.3]) AS seed`;

/** Numbers that no connection comes upon whose seed nobody has set. */
export async function seededNumbers(query: (sql: string) => Promise<{ rows: { numbers: number[] }[] }>) {
  const { rows } = await query(SEEDED);
  return new Set(rows.flatMap(({ numbers }) => numbers));
}

/**
 * Takes every free connection of the router, and says of each what somebody left in it.
 * @param user as whom it connects
 * @param seeded see `seededNumbers`
 * @param emptied whether custom settings may be ''
 */
export async function leftBehind(
  router: Router,
  user: string,
  seeded: Set<number>,
  emptied: boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const pool of router.stats().pools) {
    const taken: PinnedClient[] = [];
    try {
      for (let i = 0; i < pool.available; i++) {
        const readOnly = pool.node !== 'primary';
        const client = await router.connect(readOnly ? { readOnly, category: 'analytics' } : {});
        taken.push(client);
        if (client.routing.node !== pool.node) break;
        const { rows } = await client.query(LEFT_BEHIND, [user]);
        const random = (await client.query('SELECT random() AS n')).rows[0].n as number;
        const left = Object.entries(rows[0]).filter(
          ([, value]) => value !== null && !(emptied && value === ''),
        );
        if (seeded.has(random)) left.push(['seed', random]);
        if (left.length > 0) found.push(`${pool.node}: ${JSON.stringify(Object.fromEntries(left))}`);
      }
    } finally {
      for (const client of taken) client.release();
    }
  }
  return found;
}
