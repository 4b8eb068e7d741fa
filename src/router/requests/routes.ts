import type { ReadCategory, RequestCategory } from '../policy/policy.js';
import type { Rule } from '../policy/rules.js';
import type { RouteReason } from '../reasons.js';
import { ownSession } from '../sessions/session.js';
import type { Classification } from '../sql/classification.js';
import type { ConnectOptions, RequestOptions } from '../types.js';
import type { Parts } from './parts.js';
import type { Route } from './route.js';

/** Decides where requests go by what they are. Keeps no count but those of the policy's shares. */
export class Routes {
  constructor(readonly parts: Parts) {}

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
      route.rule = this.parts.rules.for(category, route.group);
      return stays(route, 'hint');
    }
    return this.parts.knowledge.wasRefused(sql) ? stays(route, 'learned') : this.#forRead(route, category);
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
    const rule = this.parts.rules.for(category, route.group);
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
    const { consistency, servers } = this.parts;
    if (servers.nodes.length === 1) return 'no-replica';
    if (session?.wroteWithin(rule.delayMs)) return 'sticky';
    const mayStay =
      servers.health.primary !== undefined &&
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
