import type { QueryConfig } from 'pg';
import type { LearnedStatements } from './learned.js';
import { chooseOfTwo } from './nodes/balance.js';
import type { ServerNode } from './nodes/node.js';
import type { Lineage } from './nodes/roles.js';
import type { RequestCategory } from './policy/policy.js';
import type { Rule, Rules } from './policy/rules.js';
import type { RouterSession } from './sessions/session.js';
import type { Classification } from './sql/classification.js';
import type { ConnectOptions, Decision, RequestOptions, RouteReason, Routing } from './types.js';

/** A request on its way: where it goes and why, changed when it falls back. */
export interface Route {
  to: 'primary' | 'replica';
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
  failures: Decision['failures'];
}

/** A statement with its route. */
export interface Request extends Route {
  text: string | QueryConfig;
  values: unknown[] | undefined;
  sql: string;
  classification: Classification;
}

/** What must be known of the primary to leave a read there that a replica could answer. */
export interface PrimaryView {
  isThere(): boolean;
  /** Whether it shows everything that a session saw, on replicas too. */
  showsAllOf(session: RouterSession): boolean;
}

/** Request options, whose session is one of ours. */
export type Ask = Omit<RequestOptions, 'session'> & { session?: RouterSession };

/** Decides where requests go by what they are. Keeps no count but those of the policy's shares. */
export class Routes {
  constructor(
    readonly rules: Rules,
    readonly hasReplicas: boolean,
    readonly primary: PrimaryView,
    readonly learned: LearnedStatements,
  ) {}

  /** For a statement of its own. A detected write is one whatever it was declared as. */
  forStatement(sql: string, { target, writes, hint }: Classification, ask: Ask): Route {
    const declared = ask.category ?? hint?.category;
    const asked = hint?.group === undefined ? ask : { ...ask, group: ask.group ?? hint.group };
    if (target === 'primary') {
      if (declared === 'write') return toPrimary(asked, 'write', 'write');
      if (writes === 'certainly') return toPrimary(asked, 'write', declared ? 'misdeclared-write' : 'write');
      return toPrimary(asked, declared ?? 'write', 'unsafe');
    }
    if (declared === 'write') return toPrimary(asked, 'write', 'write');
    const category = declared ?? 'read';
    if (hint?.target === 'primary') return toPrimary(asked, category, 'hint', this.#ruleOf(category, asked));
    if (this.learned.has(sql)) return toPrimary(asked, category, 'learned');
    return this.#forRead(category, asked);
  }

  /** For a connection that will be held: only a read-only one can be a replica's. A standby refuses serializable ones. */
  forConnection({ readOnly, isolation, ...ask }: Omit<ConnectOptions, 'session'> & Ask): Route {
    const category = ask.category ?? (readOnly ? 'read' : 'write');
    if (!readOnly || category === 'write' || isolation === 'serializable') {
      return toPrimary(ask, category, 'transaction');
    }
    return this.#forRead(category, ask);
  }

  #ruleOf(category: Exclude<RequestCategory, 'write'>, { group }: Ask): Rule {
    return this.rules.for(category, group);
  }

  #forRead(category: Exclude<RequestCategory, 'write'>, ask: Ask): Route {
    const rule = this.#ruleOf(category, ask);
    const kept = this.#reasonToStay(rule, category, ask.session);
    if (kept !== undefined) return toPrimary(ask, category, kept, rule);
    return newRoute('replica', ask, category, 'policy-replica', rule);
  }

  /** The share is asked last: it is one of the requests that a replica may answer. */
  #reasonToStay(rule: Rule, category: RequestCategory, session?: RouterSession): RouteReason | undefined {
    if (!rule.toReplica) return category === 'realtime' ? 'realtime' : 'policy-primary';
    if (!this.hasReplicas) return 'no-replica';
    if (session?.wroteWithin(rule.delayMs)) return 'sticky';
    const { primary } = this;
    const mayStay = primary.isThere() && (!session || !rule.byPosition || primary.showsAllOf(session));
    return rule.staysByShare(mayStay) ? 'primary-share' : undefined;
  }
}

/** One literal: spreading an object into another costs microseconds, several times per request. */
function newRoute(
  to: Route['to'],
  ask: Ask,
  category: RequestCategory,
  reason: RouteReason,
  rule: Rule | undefined,
): Route {
  return {
    to,
    category,
    group: ask.group,
    reason,
    fallback: false,
    session: ask.session,
    rule,
    node: undefined,
    waitedMs: 0,
    startedMs: performance.now(),
    failures: [],
  };
}

function toPrimary(ask: Ask, category: RequestCategory, reason: RouteReason, rule?: Rule): Route {
  return newRoute('primary', ask, category, reason, rule);
}

/** What a replica must be for a read. */
export interface Want {
  category: RequestCategory;
  rule: Rule;
  /** Position that it must have replayed, in bytes from 0/0; 0 for any. */
  floor: number;
  /** Whose positions these are. */
  lineage: Lineage | undefined;
  /** Names of those that failed this read already. */
  tried: readonly string[];
}

/** The replicas that a read may go to, once they have replayed enough; or why there is none. */
export function fitReplicas(nodes: readonly ServerNode[], want: Want): ServerNode[] | RouteReason {
  const fit = forCategory(
    nodes.filter((node) => isFit(node, want)),
    want.category,
  );
  return fit.length > 0 ? fit : whyNone(nodes, want);
}

/** One of several that may answer at once, by the power of two choices. */
export function choose(ready: readonly ServerNode[]): ServerNode {
  return chooseOfTwo(ready, weightOf, loadOf)!;
}

/** Analytics goes to the replicas reserved for it, to others while these can't; everything else to the others only. */
function forCategory(nodes: ServerNode[], category: RequestCategory): ServerNode[] {
  const forAll = nodes.filter(({ options }) => options.reservedFor === undefined);
  if (category !== 'analytics' || forAll.length === nodes.length) return forAll;
  return nodes.filter(({ options }) => options.reservedFor === 'analytics');
}

function isFit(node: ServerNode, { rule, floor, lineage, tried }: Want): boolean {
  const { role, health, breaker } = node;
  if (role !== 'replica' || !health.healthy || !breaker.admits) return false;
  if ((health.lagMs ?? 0) > rule.maxLagMs || tried.includes(node.name)) return false;
  // A position means nothing on a standby that may still follow an older timeline.
  return floor === 0 || (lineage !== undefined && node.timeline >= lineage.timeline);
}

function whyNone(nodes: readonly ServerNode[], { tried, category }: Want): RouteReason {
  if (tried.length > 0) return 'fallback-error';
  const late = forCategory([...nodes], category).some(
    ({ role, health, breaker }) =>
      role === 'replica' && breaker.state !== 'open' && (health.healthy || health.outFor === 'lag'),
  );
  return late ? 'fallback-lag' : 'fallback-unhealthy';
}

const weightOf = ({ options, breaker }: ServerNode) => options.weight * breaker.ramp;
const loadOf = ({ load }: ServerNode) => load;

/** What the user is told of a route. */
export function routingOf({ node, category, reason, fallback, waitedMs }: Route): Routing {
  const role = node?.role === 'replica' ? 'replica' : 'primary';
  const stalenessMs = role === 'primary' ? 0 : node!.health.lagMs;
  return { node: node?.name ?? 'primary', role, category, reason, waitedMs, stalenessMs, fallback };
}
