import { errorText, queuedMsOf } from '../errors.js';
import { chooseOfTwo } from '../nodes/balance.js';
import { isNodeFailure, isReplayConflict } from '../nodes/failures.js';
import type { NodeLease, ServerNode } from '../nodes/node.js';
import type { RequestCategory } from '../policy/categories.js';
import type { FallbackReason } from '../reasons.js';
import { isCurrent } from '../sessions/marks.js';
import type { Parts } from './parts.js';
import type { Route } from './route.js';

/** How many replicas a read may fail on before it goes to the primary. */
const REPLICAS_TRIED = 2;

/** A connection to a replica that may answer the read, or undefined if the primary must; its route then says why. */
export async function takeReplica(route: Route, parts: Parts): Promise<NodeLease | undefined> {
  const { rule, failures } = route;
  const { consistency } = parts;
  const known = consistency.floorOf(route);
  let floor = known instanceof Promise ? await known : known;
  const waitUntilMs = performance.now() + rule!.maxWaitMs;
  while (failures.length < REPLICAS_TRIED) {
    if (floor === undefined) return fallBack(route, 'fallback-behind', parts);
    const { lsn, home } = floor;
    const fit = replicasFor(route, lsn > 0 || home !== undefined, parts);
    if (fit.length === 0) return fallBack(route, whyNone(route, parts), parts);
    const ready = fit.filter(({ replayed }) => replayed >= lsn);
    let node = chooseOfTwo(ready, weightOf, loadOf);
    if (home !== undefined && node !== home.node) {
      // It moves: what its replica showed must have a position now.
      floor = await consistency.settle(route);
      if (floor === undefined || node === undefined || node.replayed < floor.lsn) continue;
    }
    node ??= await consistency.firstToReach(fit, lsn, waitUntilMs - performance.now());
    if (node === undefined) return fallBack(route, 'fallback-behind', parts);
    node.breaker.begin();
    node.load.begin();
    try {
      const lease = node.pool.takeIdle() ?? (await node.pool.acquire());
      // A connection just made may show that the server was restarted, and is behind where it was before; and while
      // one was waited for, the replica may have been left behind by a promotion.
      const stays = node === home?.node ? isCurrent(home) : true;
      if (stays && node.replayed >= floor.lsn && node.role === 'replica') {
        return { node, lease, queuedMs: lease.queuedMs };
      }
      route.queuedMs += lease.queuedMs;
      lease.release();
      node.breaker.abandon();
      node.load.end(null);
      return fallBack(route, 'fallback-behind', parts);
    } catch (error) {
      noteOutcome(node, null, error);
      noteFailure(route, node, error, parts);
      route.queuedMs += queuedMsOf(error);
    }
  }
  return fallBack(route, 'fallback-error', parts);
}

/** Notes that a read failed for its node's sake, so that it may be tried elsewhere; throws what else it failed for. */
export function noteFailure(route: Route, { name }: ServerNode, error: unknown, parts: Parts): void {
  if (!isNodeFailure(error) || isTooLate(route, parts)) throw error;
  route.failures.push({ node: name, error: errorText(error) });
}

/** Whether a request began too long ago to be tried again. */
export function isTooLate({ startedMs }: Route, { settings }: Parts): boolean {
  return performance.now() - startedMs > settings.retryWithinMs;
}

/** The replicas that a read may go to, once they have replayed enough; `byPosition` if it matters how much. */
function replicasFor(
  { category, rule, failures }: Route,
  byPosition: boolean,
  { servers }: Parts,
): readonly ServerNode[] {
  const { lineage } = servers.health;
  const isFit = ({ name, role, timeline, health, breaker }: ServerNode) =>
    role === 'replica' &&
    health.healthy &&
    breaker.admits &&
    (health.lagMs ?? 0) <= rule!.maxLagMs &&
    failures.every(({ node }) => node !== name) &&
    // A position means nothing on a standby that may still follow an older timeline.
    (!byPosition || (lineage !== undefined && timeline >= lineage.timeline));
  return forCategory(servers.nodes.filter(isFit), category);
}

function whyNone({ category, failures }: Route, { servers }: Parts): FallbackReason {
  if (failures.length > 0) return 'fallback-error';
  const late = forCategory(servers.nodes, category).some(
    ({ role, health, breaker }) =>
      role === 'replica' && breaker.state !== 'open' && (health.healthy || health.outFor === 'lag'),
  );
  return late ? 'fallback-lag' : 'fallback-unhealthy';
}

/** Turns a route to the primary. */
function fallBack(route: Route, reason: FallbackReason, { counters, warnings }: Parts): undefined {
  route.to = 'primary';
  route.reason = reason;
  route.fallback = true;
  counters.fallbacks++;
  // That a session must wait for its own writes is what its rule says.
  if (reason === 'fallback-behind') return;
  const { node, error } = route.failures.at(-1) ?? {
    node: 'replica',
    error: reason === 'fallback-lag' ? 'no replica is recent enough' : 'no replica is healthy',
  };
  const message = `A ${route.category} request went to the primary instead of a replica: ${error}.`;
  warnings.say({ code: 'fallback', node, message }, reason);
}

/** Analytics goes to the replicas reserved for it, to others while these can't; everything else to the others only. */
function forCategory(nodes: readonly ServerNode[], category: RequestCategory): readonly ServerNode[] {
  const forAll = nodes.filter(({ options }) => options.reservedFor === undefined);
  if (category !== 'analytics' || forAll.length === nodes.length) return forAll;
  return nodes.filter(({ options }) => options.reservedFor === 'analytics');
}

const weightOf = ({ options, breaker }: ServerNode) => (options.weight ?? 1) * breaker.ramp;
const loadOf = ({ load }: ServerNode) => load;

/**
 * What an attempt on a replica says of it.
 * @param latencyMs null: no statement was run
 */
export function noteOutcome({ breaker, load }: ServerNode, latencyMs: number | null, error?: unknown): void {
  load.end(error === undefined ? latencyMs : null);
  if (isReplayConflict(error)) breaker.abandon();
  else if (isNodeFailure(error)) breaker.failure();
  else breaker.success();
}
