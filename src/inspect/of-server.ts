import type { Client } from 'pg';
import { connectionToUrl, reachCounts, requireKnownVersion, withClient } from '../cluster/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import { readDiscarded, readTexts, takeSnapshot } from '../observe/index.js';
import { loadCatalog, loadParser } from '../router/sql/index.js';
import { type CountedStatement, weightOf } from './inspection.js';
import { knownStatement } from './statement.js';

/** A database of a running server, by what it has counted. */
export interface ServerSource {
  kind: 'server';
  /** `host/database`. */
  server: string;
  /** Since when it counts, ISO 8601; null where it doesn't tell. */
  since: string | null;
  /** That it is a standby itself. */
  standby: boolean;
  /** How often it made room by forgetting the statements that ran least. */
  discarded: number;
  /** Share of its work, 0 to 1, of statements that this role may not see; they are left out. */
  hidden: number;
}

/**
 * Reads what pg_stat_statements has counted of a database, and what the functions and views there do. Nothing is written.
 * @throws BenchError NO_STATEMENTS where no statements are counted, or as connectionToUrl
 */
export async function statementsOfServer(
  url: string,
): Promise<{ source: ServerSource; counted: CountedStatement[] }> {
  const { server, connection } = await connectionToUrl(url);
  await loadParser();
  return withClient(connection, async (client) => {
    await requireKnownVersion(client, server);
    await reachCounts(client);
    const about = await client
      .query<{ since: Date | null; standby: boolean }>(ABOUT)
      .catch((cause) => whyNotCounted(client, server, cause));
    const { since, standby } = about.rows[0]!;
    const catalog = await loadCatalog(client);
    const counts = await takeSnapshot(client);
    const texts = new Map((await readTexts(client)).map(({ id, query }) => [id, query]));
    const counted: CountedStatement[] = [];
    let [seen, hidden] = [0, 0];
    for (const [id, { calls, execMs, blocks }] of counts) {
      const work = { calls, execMs, blocks };
      const text = texts.get(id) ?? HIDDEN;
      const known = text === HIDDEN ? null : knownStatement(text, catalog, 'server');
      if (text === HIDDEN) hidden += weightOf(work);
      if (known === null) continue;
      seen += weightOf(work);
      counted.push({ ...known, ...work, inTransaction: null });
    }
    return {
      source: {
        ...{ kind: 'server' as const, server, since: since?.toISOString() ?? null, standby },
        discarded: await readDiscarded(client),
        hidden: hidden === 0 ? 0 : hidden / (seen + hidden),
      },
      counted,
    };
  }).catch((cause) => {
    if (cause instanceof BenchError) throw cause;
    // A right that is missing, a statement_timeout of the role, a server that goes away.
    throw noCounts(server, wordsOf(cause), cause);
  });
}

const ABOUT = `
  SELECT stats_reset AS since, pg_catalog.pg_is_in_recovery() AS standby FROM pg_stat_statements_info`;

/** What pg_stat_statements shows in place of the text of another role's statement. */
const HIDDEN = '<insufficient privilege>';

/** @throws BenchError NO_STATEMENTS, with what is to be done: only a server that has yet to load it needs a restart */
async function whyNotCounted(client: Client, server: string, cause: Error): Promise<never> {
  const { rows } = await client.query<{ loaded: boolean }>(
    `SELECT pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded`,
  );
  const load = rows[0]!.loaded
    ? ''
    : 'put pg_stat_statements in shared_preload_libraries, restart the server, and ';
  const cure =
    (cause as { code?: string }).code === DENIED
      ? 'GRANT that to this role'
      : `${load}run CREATE EXTENSION pg_stat_statements in that database`;
  throw noCounts(server, `${wordsOf(cause)}: ${cure}`, cause);
}

function noCounts(server: string, why: string, cause: unknown): BenchError {
  return new BenchError('NO_STATEMENTS', `${server} shows no counts of its statements: ${why}.`, { cause });
}

/** insufficient_privilege */
const DENIED = '42501';
