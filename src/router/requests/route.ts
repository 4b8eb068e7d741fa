import type { QueryConfig } from 'pg';
import type { NodeLease, ServerNode } from '../nodes/node.js';
import type { RequestCategory } from '../policy/categories.js';
import type { Rule } from '../policy/rules.js';
import type { RouteReason } from '../reasons.js';
import type { RouterSession } from '../sessions/session.js';
import type { Classification } from '../sql/classification.js';
import type { FailedAttempt, NodeRole, Routing } from '../types.js';

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
  queuedMs: number;
  startedMs: number;
  failures: FailedAttempt[];
}

/** Whoever keeps one connection to the primary for all that he runs there: a client of a pool. */
export interface Holder {
  /** Whether he has it by now. */
  readonly holds: boolean;
  /** Whether what he left in it keeps on it what a replica could answer otherwise. */
  readonly keepsReads: boolean;
  /** A connection to the primary for what takes this route: his own, or one of the pool's while he needs none. */
  lease(route: Route): NodeLease | Promise<NodeLease>;
}

export interface Request {
  route: Route;
  /** Undefined for a statement that any connection will do for. */
  holder: Holder | undefined;
  text: string | QueryConfig;
  values: unknown[] | undefined;
  sql: string;
  classification: Classification;
}

/** The text of a query, whichever way it is given. Without it there is nothing to route by. */
export function sqlOf(query: string | QueryConfig): string {
  const text: unknown = typeof query === 'string' ? query : query?.text;
  if (typeof text === 'string') return text;
  throw new TypeError('A query must have a text: give a string, or an object with `text`.');
}

/** What the user is told of a route. */
export function routingOf({ node, category, reason, fallback, waitedMs, queuedMs }: Route): Routing {
  const role = node?.role === 'replica' ? 'replica' : 'primary';
  const stalenessMs = role === 'primary' ? 0 : node!.health.lagMs;
  const name = node?.name ?? 'primary';
  return { node: name, role, category, reason, waitedMs, queuedMs, stalenessMs, fallback };
}
