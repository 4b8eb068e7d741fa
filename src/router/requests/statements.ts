import { errorText, MaybeCommitted } from '../errors.js';
import { cutsMidway, isNodeFailure, isStandbyRefusal, sqlState } from '../nodes/failures.js';
import { leasePrimary } from '../nodes/primary.js';
import type { RoutedResult } from '../types.js';
import { admit } from './admission.js';
import type { Refused } from './knowledge.js';
import type { Parts } from './parts.js';
import { isTooLate, noteFailure, noteOutcome, takeReplica } from './replicas.js';
import type { Request } from './route.js';
import { mayHaveWritten, send } from './send.js';

/** Runs a statement that needs no connection of its own, where its route says; that may change on the way. */
export function runStatement(request: Request, parts: Parts): Promise<RoutedResult> {
  return request.route.to === 'replica' ? runOnReplica(request, parts) : runOnPrimary(request, parts);
}

/** On one other replica if one fails; on the primary if there is none, within its budget. */
async function runOnReplica(request: Request, parts: Parts): Promise<RoutedResult> {
  const { route } = request;
  for (;;) {
    const taken = await takeReplica(route, parts);
    if (taken === undefined) return runOnPrimary(request, parts);
    const { node } = taken;
    const sentMs = performance.now();
    try {
      const result = await send(request, taken, parts.consistency);
      noteOutcome(node, performance.now() - sentMs);
      return result;
    } catch (error) {
      noteOutcome(node, null, error);
      if (isStandbyRefusal(error)) return runRefused(request, { standby: node.name, refusal: error }, parts);
      noteFailure(route, node, error, parts);
    }
  }
}

/** Remembers the statement as one for the primary, unless that refuses it in the same way. */
async function runRefused(request: Request, refused: Refused, parts: Parts): Promise<RoutedResult> {
  request.route.to = 'primary';
  request.route.reason = 'learned';
  let failure: unknown;
  try {
    return await runOnPrimary(request, parts);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    if (sqlState(failure) !== sqlState(refused.refusal) && !isNodeFailure(failure)) {
      parts.knowledge.learn(request.sql, refused);
    }
  }
}

async function runOnPrimary(request: Request, parts: Parts): Promise<RoutedResult> {
  const admitted = admit(request.route, parts);
  const leave = admitted instanceof Promise ? await admitted : admitted;
  try {
    return await sendToPrimary(request, parts);
  } finally {
    leave?.();
  }
}

async function sendToPrimary(request: Request, parts: Parts): Promise<RoutedResult> {
  const { consistency, knowledge, servers, settings } = parts;
  const { route, sql, classification } = request;
  const taken = await leasePrimary(servers.health, settings.failoverWaitMs);
  try {
    const result = await send(request, taken, consistency);
    // Not answered before the catalog knows: the next statement may use what this one made.
    if (classification.writes !== 'never' && knowledge.classifier.changesCatalog(sql)) {
      await knowledge.databaseChanged();
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
