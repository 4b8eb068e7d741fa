import type { ReplicaHealth } from './health.js';
import type { LearnedStatements } from './learned.js';
import type { RequestCategory } from './policy.js';
import type { NodePool } from './pool.js';
import type { Rule, Rules } from './rules.js';
import type { RouterSession } from './session.js';
import type { Classification, RequestOptions, RouteReason, Routing } from './types.js';

/** A node that statements are sent to. */
export interface Target {
  pool: NodePool;
  /** Undefined for the primary. */
  health?: ReplicaHealth;
}

/** Where a request goes and why; changed if it falls back. */
export interface Route {
  target: Target;
  category: RequestCategory;
  reason: RouteReason;
  fallback: boolean;
}

/** What is asked of a route beside the statement. */
export interface Ask {
  category?: RequestCategory;
  group?: string;
  session?: RouterSession;
}

/** Decides where requests go. Keeps no count but those of the policy's shares and the replicas' turns. */
export class Routes {
  #turn = 0;

  constructor(
    readonly rules: Rules,
    readonly primary: Target,
    readonly replicas: readonly Target[],
    readonly learned: LearnedStatements,
  ) {}

  /** For a statement of its own. A detected write is one whatever it was declared as. */
  forStatement(sql: string, { target, writes }: Classification, ask: Ask): Route {
    const declared = ask.category;
    if (target === 'primary') {
      if (declared === 'write') return this.toPrimary('write', 'write');
      if (writes === 'certainly') return this.toPrimary('write', declared ? 'misdeclared-write' : 'write');
      return this.toPrimary(declared ?? 'write', 'unsafe');
    }
    if (declared === 'write') return this.toPrimary('write', 'write');
    if (this.learned.has(sql)) return this.toPrimary(declared ?? 'read', 'learned');
    return this.#forRead(declared ?? 'read', ask);
  }

  /** For a connection that will be held: only a read-only one can be a replica's. */
  forConnection({
    readOnly,
    ...ask
  }: Ask & Pick<RequestOptions & { readOnly?: boolean }, 'readOnly'>): Route {
    const category = ask.category ?? (readOnly ? 'read' : 'write');
    if (!readOnly || category === 'write') return this.toPrimary(category, 'transaction');
    return this.#forRead(category, ask);
  }

  toPrimary(category: RequestCategory, reason: RouteReason, fallback = false): Route {
    return { target: this.primary, category, reason, fallback };
  }

  #forRead(category: Exclude<RequestCategory, 'write'>, { group, session }: Ask): Route {
    const rule = this.rules.for(category, group);
    const kept = this.#reasonToStay(rule, category, session);
    if (kept !== undefined) return this.toPrimary(category, kept);
    const target = this.#chooseReplica(rule.maxLagMs);
    if (target !== undefined) return { target, category, reason: 'policy-replica', fallback: false };
    const late = this.replicas.some(({ health }) => health!.healthy || health!.outFor === 'lag');
    return this.toPrimary(category, late ? 'fallback-lag' : 'fallback-unhealthy', true);
  }

  /** The share is asked last: it is one of the requests that a replica may answer. */
  #reasonToStay(rule: Rule, category: RequestCategory, session?: RouterSession): RouteReason | undefined {
    if (!rule.toReplica) return category === 'realtime' ? 'realtime' : 'policy-primary';
    if (this.replicas.length === 0) return 'no-replica';
    if (session?.wroteWithin(rule.delayMs)) return 'sticky';
    if (rule.staysByShare()) return 'primary-share';
    return undefined;
  }

  /** The least busy replica that is healthy and recent enough; in turn where several are. */
  #chooseReplica(maxLagMs: number): Target | undefined {
    const count = this.replicas.length;
    let best: Target | undefined;
    for (let i = 0; i < count; i++) {
      const target = this.replicas[(this.#turn + i) % count]!;
      const health = target.health!;
      if (!health.healthy || (health.lagMs ?? 0) > maxLagMs) continue;
      if (best === undefined || target.pool.load < best.pool.load) best = target;
    }
    this.#turn = (this.#turn + 1) % count;
    return best;
  }
}

/** What the user is told of a route. */
export function routingOf({ target, category, reason, fallback }: Route, waitedMs: number): Routing {
  const stalenessMs = target.health === undefined ? 0 : target.health.lagMs;
  return { node: target.pool.name, category, reason, waitedMs, stalenessMs, fallback };
}
