import { Client } from 'pg';
import { BenchError, formatSeconds } from '../machine/pure.js';
import { cutConnection } from '../router/nodes/index.js';
import type { ConnectionConfig } from './cluster.js';

const CONNECT_MS = 10_000;
/** Far longer than what is asked of a server beside its workload. */
const ANSWER_MS = 60_000;

/**
 * Runs `use` with a connection of its own, closed afterwards. A server that goes away fails the query, not the process.
 * @param options.queryTimeoutMs for how long an answer is waited for; 0: as long as it takes
 * @throws BenchError NO_ANSWER (exit code 4) if one doesn't come, for the server stands still; else what `use` throws
 */
export async function withClient<T>(
  config: ConnectionConfig,
  use: (client: Client) => Promise<T>,
  { queryTimeoutMs = ANSWER_MS }: { queryTimeoutMs?: number } = {},
): Promise<T> {
  const client = new Client({
    ...config,
    application_name: 'splitbench-setup',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: queryTimeoutMs,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const used = await use(client);
    await client.end().catch(() => {});
    return used;
  } catch (error) {
    // Of a server that stands still no goodbye would come either.
    cutConnection(client);
    throw explainSilence(error, `The server at ${config.host}:${config.port}`, [CONNECT_MS, queryTimeoutMs]);
  }
}

/** What pg says when its time is up, which has no code: of a connection, and of a query. */
const TIMED_OUT = ['timeout expired', 'Query read timeout'];

/**
 * BenchError NO_ANSWER of an error by which pg says that a server gave no answer; of any other, itself.
 * @param withinMs how long a connection was waited for, and how long an answer
 */
export function explainSilence(
  error: unknown,
  who: string,
  withinMs: readonly [connection: number, answer: number],
): unknown {
  const which = TIMED_OUT.indexOf((error as Error).message);
  if (which === -1) return error;
  const waited = formatSeconds(withinMs[which]! / 1000);
  return new BenchError(
    'NO_ANSWER',
    `${who} gave no answer within ${waited}: it stands still, or the machine is too busy; try again.`,
    { exitCode: 4, cause: error },
  );
}
