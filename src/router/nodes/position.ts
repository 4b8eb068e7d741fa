import type { Socket } from 'node:net';
import pg, { type QueryConfig, type QueryResult } from 'pg';
import { sqlState } from './failures.js';
import type { PooledClient } from './pool.js';
import { POSITION } from './questions.js';

/** Where the node is, asked on a connection that has nothing else to do; undefined if it can't say. */
export async function positionOf(client: PooledClient, text?: string): Promise<number | undefined> {
  try {
    const { rows } = await (text === undefined ? askPosition(client) : client.query<Position>(text));
    return rows[0]?.lsn ?? undefined;
  } catch {
    return undefined;
  }
}

interface Position {
  lsn: number | null;
}

/** Named, so that each connection plans it once; and built here, as `pg` copies a query given as an object at length. */
function askPosition(client: PooledClient): Promise<QueryResult<Position>> {
  return new Promise((resolve, reject) => {
    const question = new pg.Query<Position>(POSITION);
    const callback = (error: Error | null, result: QueryResult<Position>) =>
      error ? reject(error) : resolve(result);
    client.query(Object.assign(question, { name: 'splitbench_position', callback }));
  });
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
  const pipelined = client as unknown as { pipeline: boolean; connection: { stream: Socket } };
  const { stream } = pipelined.connection;
  pipelined.pipeline = true;
  // Both leave in one system call.
  stream.cork();
  try {
    const statement = client.query(text, values);
    const position = positionOf(client);
    stream.uncork();
    tell((await isAnswered(statement)) ? await position : undefined);
    return await statement;
  } finally {
    pipelined.pipeline = false;
  }
}

/**
 * Resolves when a statement has ended: whether the server answered it, if only with an error. What got no answer may
 * still run there, and nothing that is asked behind it be answered before it ends.
 */
export function isAnswered(statement: Promise<unknown>): Promise<boolean> {
  return statement.then(
    () => true,
    (error) => sqlState(error) !== undefined,
  );
}
