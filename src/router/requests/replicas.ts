import { errorText } from '../errors.js';
import { chooseOfTwo } from '../nodes/balance.js';
import { isNodeFailure, isReplayConflict } from '../nodes/failures.js';
import type { NodeLease, ServerNode } from '../nodes/node.js';
import type { RequestCategory } from '../policy/policy.js';
import type { FallbackReason } from '../reasons.js';
import type { Consistency } from '../sessions/consistency.js';
import type { Warnings } from '../warnings.js';
import type { Route } from './route.js';

/** How many replicas a read may fail on before it goes to the primary. */
const REPLICAS_TRIED = 2;

/** Finds replicas for reads, or turns them to the primary. */
export class Replicas {
  /** Reads turned to the primary. */
  fallbacks = 0;

  constructor(
    readonly consistency: Consistency,
    readonly retryWithinMs: number,
    readonly warnings: Warnings,
  ) {}

  /**
   * A connection to a replica that may answer the read, or undefined if the primary must; its route then says why. Two
   * replicas are tried at most.
   */
  async take(route: Route): Promise<NodeLease | undefined> {
    const { rule, failures } = route;
    const { consistency } = this;
    const known = consistency.floorOf(route);
    const floor = typeof known === 'number' ? known : await known;
    const waitUntilMs = performance.now() + rule!.maxWaitMs;
    while (failures.length < REPLICAS_TRIED) {
      if (floor === undefined) return this.#leave(route, 'fallback-behind');
      const fit = this.#fitFor(route, floor);
      if (fit.length === 0) return this.#leave(route, this.#whyNone(route));
      const ready = fit.filter(({ replayed }) => replayed >= floor);
      const node =
        ready.length > 0
          ? chooseOfTwo(ready, weightOf, loadOf)
          : await consistency.firstToReach(fit, floor, waitUntilMs - performance.now());
      if (node === undefined) return this.#leave(route, 'fallback-behind');
      node.breaker.begin();
      node.load.begin();
      try {
        const lease = await node.pool.acquire();
        // A connection just made may show that the server was restarted, and is behind where it was before; and while
        // one was waited for, the replica may have been left behind by a promotion.
        if (node.replayed >= floor && node.role === 'replica') return { node, lease };
        lease.release();
        node.breaker.abandon();
        node.load.end(null);
        return this.#leave(route, 'fallback-behind');
      } catch (error) {
        noteOutcome(node, null, error);
        this.failed(route, node, error);
      }
    }
    return this.#leave(route, 'fallback-error');
  }

  /** Notes that a read failed for its node's sake, so that it may be tried elsewhere; throws what else it failed for. */
  failed(route: Route, node: ServerNode, error: unknown): void {
    if (!isNodeFailure(error) || this.isTooLate(route)) throw error;
    route.failures.push({ node: node.name, error: errorText(error) });
  }

  /** Whether it began too long ago to be tried again. */
  isTooLate({ startedMs }: Route): boolean {
    return performance.now() - startedMs > this.retryWithinMs;
  }

  /** The replicas that a read may go to, once they have replayed up to a position; 0 for any. */
  #fitFor({ category, rule, failures }: Route, floor: number): readonly ServerNode[] {
    const { nodes, lineage } = this.consistency.health;
    const isFit = ({ name, role, timeline, health, breaker }: ServerNode) =>
      role === 'replica' &&
      health.healthy &&
      breaker.admits &&
      (health.lagMs ?? 0) <= rule!.maxLagMs &&
      failures.every(({ node }) => node !== name) &&
      // A position means nothing on a standby that may still follow an older timeline.
      (floor === 0 || (lineage !== undefined && timeline >= lineage.timeline));
    return forCategory(nodes.filter(isFit), category);
  }

  #whyNone({ category, failures }: Route): FallbackReason {
    if (failures.length > 0) return 'fallback-error';
    const late = forCategory(this.consistency.health.nodes, category).some(
      ({ role, health, breaker }) =>
        role === 'replica' && breaker.state !== 'open' && (health.healthy || health.outFor === 'lag'),
    );
    return late ? 'fallback-lag' : 'fallback-unhealthy';
  }

  /** Turns a route to the primary. */
  #leave(route: Route, reason: FallbackReason): undefined {
    route.to = 'primary';
    route.reason = reason;
    route.fallback = true;
    this.fallbacks++;
    // That a session must wait for its own writes is what its rule says.
    if (reason === 'fallback-behind') return;
    const { node, error } = route.failures.at(-1) ?? {
      node: 'replica',
      error: reason === 'fallback-lag' ? 'no replica is recent enough' : 'no replica is healthy',
    };
    const message = `A ${route.category} request went to the primary instead of a replica: ${error}.`;
    this.warnings.say({ code: 'fallback', node, message }, reason);
  }
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
