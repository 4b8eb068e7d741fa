import { errorText, MaybeCommitted } from '../errors.js';
import { cutsMidway, isNodeFailure, isStandbyRefusal, sqlState } from '../nodes/failures.js';
import type { NodeLease } from '../nodes/node.js';
import { leasePrimary } from '../nodes/primary.js';
import type { Release } from '../nodes/protection.js';
import type { RoutedResult } from '../types.js';
import { admit } from './admission.js';
import type { Refused } from './knowledge.js';
import type { Parts } from './parts.js';
import { isTooLate, noteFailure, noteOutcome, takeReplica } from './replicas.js';
import { type Request, routingOf } from './route.js';

/**
 * Runs a statement that needs no connection of its own where its route says: on a replica, and on one other if that one
 * fails; on the primary, within its budget, also where no replica can answer.
 */
export function runStatement(request: Request, parts: Parts): Promise<RoutedResult> {
  return request.route.to === 'replica' ? runOnReplica(request, parts) : runOnPrimary(request, parts);
}

async function runOnReplica(request: Request, parts: Parts): Promise<RoutedResult> {
  const { route } = request;
  while (route.to === 'replica') {
    const taken = await takeReplica(route, parts);
    if (taken === undefined) break;
    const { node } = taken;
    const sentMs = performance.now();
    try {
      const result = await send(request, taken, parts);
      noteOutcome(node, performance.now() - sentMs);
      return result;
    } catch (error) {
      noteOutcome(node, null, error);
      if (isStandbyRefusal(error)) return runRefused(request, { standby: node.name, refusal: error }, parts);
      noteFailure(route, node, error, parts);
    }
  }
  return runOnPrimary(request, parts);
}

/** Not an async function: nearly all statements need no place, and each promise on the way costs. */
function runOnPrimary(request: Request, parts: Parts): Promise<RoutedResult> {
  const admitted = admit(request.route, parts, request.holder);
  return admitted === undefined ? sendToPrimary(request, parts) : sendInPlace(request, admitted, parts);
}

async function sendInPlace(
  request: Request,
  admitted: Release | Promise<Release>,
  parts: Parts,
): Promise<RoutedResult> {
  const leave = await admitted;
  try {
    return await sendToPrimary(request, parts);
  } finally {
    leave();
  }
}

/** Remembers the statement as one for the primary, unless that refuses it in the same way. */
async function runRefused(request: Request, refused: Refused, parts: Parts): Promise<RoutedResult> {
  request.route.to = 'primary';
  request.route.reason = 'learned';
  let failure: unknown;
  try {
    return await runStatement(request, parts);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    if (sqlState(failure) !== sqlState(refused.refusal) && !isNodeFailure(failure)) {
      parts.knowledge.learn(request.sql, refused);
    }
  }
}

async function sendToPrimary(request: Request, parts: Parts): Promise<RoutedResult> {
  const { knowledge, servers, settings } = parts;
  const { route, sql, classification, holder } = request;
  const found = holder?.lease(route) ?? leasePrimary(servers.health, settings.failoverWaitMs);
  const taken = found instanceof Promise ? await found : found;
  try {
    const result = await send(request, taken, parts);
    // Not answered before the catalog knows: the next statement may use what this one made.
    if (classification.writes !== 'never' && knowledge.classifier.changesCatalog(sql)) {
      await knowledge.databaseChanged(taken.isKept ? taken.lease.client : undefined);
    }
    return result;
  } catch (error) {
    if (!cutsMidway(error)) throw error;
    void servers.health.checkNow();
    if (mayHaveWritten(request)) throw new MaybeCommitted(error);
    const { name } = taken.node;
    if (route.failures.some(({ node }) => node === name) || isTooLate(route, parts)) throw error;
    route.failures.push({ node: name, error: errorText(error) });
    return sendToPrimary(request, parts);
  }
}

/**
 * Sends a request over a connection, gives that back, and has the session remember what it saw: after a failure as
 * well, since a write whose answer was lost may have committed.
 */
async function send(
  request: Request,
  { node, lease, queuedMs, isKept = false }: NodeLease,
  { consistency }: Parts,
): Promise<RoutedResult> {
  const { route, text, values, sql, classification } = request;
  const { session } = route;
  const { effect } = classification;
  route.node = node;
  route.waitedMs = performance.now() - route.startedMs;
  route.queuedMs += queuedMs;
  const routing = routingOf(route);
  const sent = consistency.concerns(route) ? consistency.sent(node) : undefined;
  let answered = true;
  let destroy = false;
  try {
    const result = (await lease.client.run(text, values, effect, isKept)) as RoutedResult;
    node.answeredAtMs = performance.now();
    result.routing = routing;
    return result;
  } catch (error) {
    answered = sqlState(error) !== undefined && !cutsMidway(error);
    if (sqlState(error) !== undefined) node.answeredAtMs = performance.now();
    // It broke, or a transaction may be open: of several statements one may have begun it, and what the server says of
    // that comes only after the error.
    destroy = sqlState(error) === undefined || sql.includes(';');
    throw error;
  } finally {
    if (mayHaveWritten(request)) session?.wrote();
    if (sent !== undefined) {
      if (answered) consistency.saw(session, sent, lease.client.commitsUnflushed || effect.setsCommit);
      else session?.lostSight();
    }
    lease.release(destroy);
  }
}

/** Whether a session must take it that its data changed. */
function mayHaveWritten({ classification, route }: Request): boolean {
  return classification.writes !== 'never' || route.category === 'write' || route.reason === 'learned';
}
