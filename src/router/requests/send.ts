import type { QueryConfig, QueryResult } from 'pg';
import { sqlState } from '../nodes/failures.js';
import type { NodeLease } from '../nodes/node.js';
import { isAnswered, positionOf, queryThenPosition } from '../nodes/position.js';
import { INSERT_POSITION, maySetCommit } from '../nodes/questions.js';
import type { Consistency } from '../sessions/consistency.js';
import type { ClassificationReason } from '../sql/classification.js';
import type { RoutedResult } from '../types.js';
import { type Request, routingOf } from './route.js';

/**
 * Sends a request over a connection, gives that back, and has the session remember what it saw: after a failure as
 * well, since a write whose answer was lost may have committed.
 */
export async function send(
  request: Request,
  { node, lease }: NodeLease,
  consistency: Consistency,
): Promise<RoutedResult> {
  const { route, text, values, sql } = request;
  const { session } = route;
  route.node = node;
  route.waitedMs = performance.now() - route.startedMs;
  const routing = routingOf(route);
  const { lineage } = consistency.health;
  const saw = (lsn: number | undefined) => consistency.saw(session, node, lineage, lsn);
  let destroy = false;
  try {
    let result: QueryResult;
    if (!consistency.concerns(route)) result = await lease.client.query(text, values);
    else if (isPipelinable(request)) result = await queryThenPosition(lease.client, text, values, saw);
    else {
      const statement = lease.client.query(text, values);
      const position = maySetCommit(sql) ? INSERT_POSITION : undefined;
      saw((await isAnswered(statement)) ? await positionOf(lease.client, position) : undefined);
      result = await statement;
    }
    node.answeredAtMs = performance.now();
    return Object.assign(result, { routing });
  } catch (error) {
    if (sqlState(error) !== undefined) node.answeredAtMs = performance.now();
    destroy = leavesDoubt(error, text);
    throw error;
  } finally {
    if (mayHaveWritten(request)) session?.wrote();
    lease.release(destroy);
  }
}

const PIPELINABLE = new Set<ClassificationReason>(['select', 'insert', 'update', 'delete', 'merge']);

/**
 * Whether another message may be sent behind a statement before it is answered. Not where the server may ask for data
 * in between (COPY), and only for one statement: of several, any may be one of those. What it says of the commit must
 * hold, too.
 */
function isPipelinable({ classification, sql }: Request): boolean {
  return PIPELINABLE.has(classification.reason) && !sql.includes(';') && !maySetCommit(sql);
}

/** Whether a session must take it that its data changed. */
export function mayHaveWritten({ classification, route }: Request): boolean {
  return classification.writes !== 'never' || route.category === 'write' || route.reason === 'learned';
}

/**
 * Whether a connection may not be used again after an error: it broke, or a transaction may be open, since of
 * several statements one may have begun it and what the server says of that comes only after the error.
 */
function leavesDoubt(error: unknown, text: string | QueryConfig): boolean {
  return sqlState(error) === undefined || (typeof text === 'string' ? text : text.text).includes(';');
}
