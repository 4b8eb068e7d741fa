import { unknownCategory, unknownIsolation } from '../errors.js';
import { CATEGORIES, type ReadCategory, type RequestCategory } from '../policy/categories.js';
import type { Rule } from '../policy/rules.js';
import type { RouteReason } from '../reasons.js';
import { ownSession } from '../sessions/session.js';
import type { Classification } from '../sql/classification.js';
import type { ConnectOptions, RequestOptions } from '../types.js';
import { ISOLATION_LEVELS } from './isolation.js';
import type { Parts } from './parts.js';
import type { Holder, Route } from './route.js';

/** Where a statement of its own goes. A detected write is one whatever it was declared as. */
export function routeStatement(
  sql: string,
  { target, writes, hint, effect }: Classification,
  ask: RequestOptions,
  parts: Parts,
  holder?: Holder,
): Route {
  const declared = ask.category ?? hint?.category;
  const route = newRoute(ask, declared ?? (target === 'primary' ? 'write' : 'read'));
  route.group ??= hint && parts.rules.groupOf(hint);
  if (declared === 'write') return route;
  if (target === 'primary') {
    if (writes !== 'certainly') return because(route, 'unsafe');
    route.category = 'write';
    return because(route, declared ? 'misdeclared-write' : 'write');
  }
  const category = declared ?? 'read';
  if (hint?.target === 'primary') {
    route.rule = parts.rules.for(category, route.group);
    return because(route, 'hint');
  }
  if (parts.knowledge.wasRefused(sql)) return because(route, 'learned');
  const kept = holder !== undefined && (holder.keepsReads || effect.leaves.length > 0);
  return routeRead(route, category, parts, kept);
}

/**
 * Where a connection is held: only a read-only one can be a replica's. A standby refuses serializable ones.
 * @throws RouterError `UNKNOWN_ISOLATION`, `UNKNOWN_CATEGORY`, `FOREIGN_SESSION`
 */
export function routeConnection(options: ConnectOptions, parts: Parts, holder?: Holder): Route {
  const { readOnly, isolation } = options;
  if (isolation !== undefined && !ISOLATION_LEVELS.includes(isolation)) throw unknownIsolation(isolation);
  const category = options.category ?? (readOnly ? 'read' : 'write');
  const route = newRoute(options, category);
  return !readOnly || category === 'write' || isolation === 'serializable'
    ? because(route, 'transaction')
    : routeRead(route, category, parts, holder?.keepsReads === true);
}

/** @param kept whether its client has it run where he left something */
function routeRead(route: Route, category: ReadCategory, parts: Parts, kept: boolean): Route {
  const rule = parts.rules.for(category, route.group);
  route.rule = rule;
  const reason = reasonToStay(rule, route, parts) ?? (kept ? 'session-state' : undefined);
  if (reason !== undefined) return because(route, reason);
  route.to = 'replica';
  return because(route, 'policy-replica');
}

/** The share is asked last: it is one of the requests that a replica may answer. */
function reasonToStay(
  rule: Rule,
  { category, session }: Route,
  { servers, consistency }: Parts,
): RouteReason | undefined {
  if (!rule.toReplica) return category === 'realtime' ? 'realtime' : 'policy-primary';
  if (servers.replicas.length === 0) return 'no-replica';
  if (session?.wroteWithin(rule.delayMs)) return 'sticky';
  const mayStay =
    servers.health.primary !== undefined &&
    (session === undefined || !rule.byPosition || consistency.primaryShows(session));
  return rule.staysByShare(mayStay) ? 'primary-share' : undefined;
}

/**
 * To the primary as a write, until it is said otherwise. One literal: to spread an object costs microseconds.
 * @throws RouterError `UNKNOWN_CATEGORY`, `FOREIGN_SESSION`
 */
function newRoute({ group, session }: RequestOptions, category: RequestCategory): Route {
  if (!CATEGORIES.includes(category)) throw unknownCategory(category);
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
    queuedMs: 0,
    startedMs: performance.now(),
    failures: [],
  };
}

function because(route: Route, reason: RouteReason): Route {
  route.reason = reason;
  return route;
}
