import type { QueryConfig } from 'pg';
import type { ServerNode } from '../nodes/node.js';
import type { ReadCategory, RequestCategory } from '../policy/policy.js';
import type { Rule, Rules } from '../policy/rules.js';
import type { RouteReason } from '../reasons.js';
import type { Consistency } from '../sessions/consistency.js';
import { ownSession, type RouterSession } from '../sessions/session.js';
import type { Classification } from '../sql/classification.js';
import type { ConnectOptions, FailedAttempt, NodeRole, RequestOptions, Routing } from '../types.js';
import type { Knowledge } from './knowledge.js';

/** A request on its way: where it goes and why, changed when it falls back. */
export interface Route {
  to: NodeRole;
  category: RequestCategory;
  group: string | undefined;
  reason: RouteReason;
  fallback: boolean;
  session: RouterSession | undefined;
  /** The policy's rule for it; undefined for a write and for what isn't safe on a standby. */
  rule: Rule | undefined;
  /** The node it was sent to last; undefined before the first. */
  node: ServerNode | undefined;
  waitedMs: number;
  startedMs: number;
  failures: FailedAttempt[];
}

/** A statement on its way. */
export interface Request {
  route: Route;
  text: string | QueryConfig;
  values: unknown[] | undefined;
  sql: string;
  classification: Classification;
}

/** Decides where requests go by what they are. Keeps no count but those of the policy's shares. */
export class Routes {
  constructor(
    readonly rules: Rules,
    readonly consistency: Consistency,
    readonly knowledge: Knowledge,
  ) {}

  /** For a statement of its own. A detected write is one whatever it was declared as. */
  forStatement(sql: string, { target, writes, hint }: Classification, ask: RequestOptions): Route {
    const declared = ask.category ?? hint?.category;
    const route = newRoute(ask, declared ?? (target === 'primary' ? 'write' : 'read'));
    route.group ??= hint?.group;
    if (declared === 'write') return route;
    if (target === 'primary') {
      if (writes !== 'certainly') return stays(route, 'unsafe');
      route.category = 'write';
      return stays(route, declared ? 'misdeclared-write' : 'write');
    }
    const category = declared ?? 'read';
    if (hint?.target === 'primary') {
      route.rule = this.rules.for(category, route.group);
      return stays(route, 'hint');
    }
    return this.knowledge.wasRefused(sql) ? stays(route, 'learned') : this.#forRead(route, category);
  }

  /** For a connection that will be held: only a read-only one can be a replica's. A standby refuses serializable ones. */
  forConnection({ readOnly, isolation, ...ask }: ConnectOptions): Route {
    const category = ask.category ?? (readOnly ? 'read' : 'write');
    const route = newRoute(ask, category);
    return !readOnly || category === 'write' || isolation === 'serializable'
      ? stays(route, 'transaction')
      : this.#forRead(route, category);
  }

  #forRead(route: Route, category: ReadCategory): Route {
    const rule = this.rules.for(category, route.group);
    route.rule = rule;
    const reason = this.#reasonToStay(rule, route);
    if (reason !== undefined) return stays(route, reason);
    route.to = 'replica';
    route.reason = 'policy-replica';
    return route;
  }

  /** The share is asked last: it is one of the requests that a replica may answer. */
  #reasonToStay(rule: Rule, { category, session }: Route): RouteReason | undefined {
    if (!rule.toReplica) return category === 'realtime' ? 'realtime' : 'policy-primary';
    const { consistency } = this;
    if (consistency.health.nodes.length === 1) return 'no-replica';
    if (session?.wroteWithin(rule.delayMs)) return 'sticky';
    const mayStay =
      consistency.health.primary !== undefined &&
      (session === undefined || !rule.byPosition || consistency.primaryShows(session));
    return rule.staysByShare(mayStay) ? 'primary-share' : undefined;
  }
}

/** To the primary as a write, until it is said otherwise. One literal: to spread an object costs microseconds. */
function newRoute({ group, session }: RequestOptions, category: RequestCategory): Route {
  return {
    to: 'primary',
    category,
    group,
    reason: 'write',
    fallback: false,
    session: ownSession(session),
    rule: undefined,
    node: undefined,
    waitedMs: 0,
    startedMs: performance.now(),
    failures: [],
  };
}

function stays(route: Route, reason: RouteReason): Route {
  route.reason = reason;
  return route;
}

/** What the user is told of a route. */
export function routingOf({ node, category, reason, fallback, waitedMs }: Route): Routing {
  const role = node?.role === 'replica' ? 'replica' : 'primary';
  const stalenessMs = role === 'primary' ? 0 : node!.health.lagMs;
  return { node: node?.name ?? 'primary', role, category, reason, waitedMs, stalenessMs, fallback };
}
