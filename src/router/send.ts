import type { QueryConfig } from 'pg';
import { sqlState } from './nodes/failures.js';
import type { ServerNode } from './nodes/node.js';
import type { Lease } from './nodes/pool.js';
import { isAnswered, positionOf, queryThenPosition } from './nodes/position.js';
import { INSERT_POSITION, maySetCommit } from './nodes/questions.js';
import { type Request, routingOf } from './route.js';
import type { Consistency } from './sessions/consistency.js';
import type { ClassificationReason } from './sql/classification.js';
import type { RoutedResult } from './types.js';

/**
 * Sends a request over a connection, gives that back, and has the session remember what it saw: after a failure as
 * well, since a write whose answer was lost may have committed.
 */
export async function send(
  request: Request,
  node: ServerNode,
  lease: Lease,
  consistency: Consistency,
): Promise<RoutedResult> {
  const { text, values, session, sql } = request;
  request.node = node;
  request.waitedMs = performance.now() - request.startedMs;
  const routing = routingOf(request);
  const { lineage } = consistency.health;
  const tracked = consistency.concerns(request);
  const saw = (lsn: number | undefined) => consistency.saw(request, node, lineage, lsn);
  let destroy = false;
  try {
    let result: RoutedResult;
    if (!tracked) result = (await lease.client.query(text as string, values)) as RoutedResult;
    else if (isPipelinable(request)) {
      result = (await queryThenPosition(lease.client, text, values, saw)) as RoutedResult;
    } else {
      const statement = lease.client.query(text as string, values);
      const position = maySetCommit(sql) ? INSERT_POSITION : undefined;
      saw((await isAnswered(statement)) ? await positionOf(lease.client, position) : undefined);
      result = (await statement) as RoutedResult;
    }
    node.answeredAtMs = performance.now();
    result.routing = routing;
    return result;
  } catch (error) {
    if (sqlState(error) !== undefined) node.answeredAtMs = performance.now();
    destroy = leavesDoubt(error, text);
    throw error;
  } finally {
    if (mayHaveWritten(request)) session?.wrote();
    lease.release(destroy);
  }
}

const PIPELINABLE: ReadonlySet<ClassificationReason> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
]);

/**
 * Whether another message may be sent behind a statement before it is answered. Not where the server may ask for data
 * in between (COPY), and only for one statement: of several, any may be one of those. What it says of the commit must
 * hold, too.
 */
function isPipelinable({ classification, sql }: Request): boolean {
  return PIPELINABLE.has(classification.reason) && !sql.includes(';') && !maySetCommit(sql);
}

/** Whether a session must take it that its data changed. */
export function mayHaveWritten({ classification, category, reason }: Request): boolean {
  return classification.writes !== 'never' || category === 'write' || reason === 'learned';
}

/**
 * Whether a connection may not be used again after an error: it broke, or a transaction may be open, since of
 * several statements one may have begun it and what the server says of that comes only after the error.
 */
function leavesDoubt(error: unknown, text: string | QueryConfig): boolean {
  return sqlState(error) === undefined || (typeof text === 'string' ? text : text.text).includes(';');
}
