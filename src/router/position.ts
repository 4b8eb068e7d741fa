import type { QueryConfig, QueryResult } from 'pg';
import { POSITION } from './lsn.js';
import type { PooledClient } from './pool.js';

/** Named, so that each connection plans it once. */
const QUESTION = { name: 'splitbench_position', text: POSITION };

/** Where the node is, asked on a connection that has nothing else to do; undefined if it can't say. */
export async function positionOf(client: PooledClient, text?: string): Promise<number | undefined> {
  try {
    const { rows } = await client.query<{ lsn: number | null }>(text === undefined ? QUESTION : text);
    return rows[0]?.lsn ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs a statement and asks where its node is just after, in one go: the question is sent behind the statement, as a
 * message of its own, so it costs no round trip and is answered after the commit. `tell` is told before the
 * statement's outcome is returned or thrown.
 */
export async function queryThenPosition(
  client: PooledClient,
  text: string | QueryConfig,
  values: unknown[] | undefined,
  tell: (lsn: number | undefined) => void,
): Promise<QueryResult> {
  // Only for these two: who holds a connection for several statements may want cursors, which `pg` doesn't pipeline.
  const pipelined = client as unknown as { pipeline: boolean };
  pipelined.pipeline = true;
  try {
    const outcome = client.query(text as string, values).then(
      (result) => () => result,
      (error) => () => {
        throw error;
      },
    );
    tell(await positionOf(client));
    return (await outcome)();
  } finally {
    pipelined.pipeline = false;
  }
}
