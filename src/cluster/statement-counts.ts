import type { Client } from 'pg';

/**
 * Lets a session name the views and functions of pg_stat_statements, whose schema may be any, and its role's search_path too.
 * Whoever has no such extension hears so from the server.
 */
export async function reachCounts(client: Client): Promise<void> {
  await client.query(`
    SELECT pg_catalog.set_config('search_path',
      pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''), pg_catalog.quote_ident(n.nspname)), false)
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_stat_statements'`);
}
