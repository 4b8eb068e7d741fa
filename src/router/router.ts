import type { QueryConfig, QueryResult } from 'pg';
import { CATALOG_QUERIES, catalogFrom } from './catalog.js';
import { type Classifier, createClassifier } from './classify.js';
import { isNodeFailure, isStandbyRefusal, sqlState } from './connection.js';
import { Counters } from './counters.js';
import { errorText, RouterError } from './errors.js';
import { Health, PRIMARY_CHECK, type PrimarySample, ReplicaHealth } from './health.js';
import { Monitor } from './monitor.js';
import { normalizeSql } from './normalize.js';
import { loadParser } from './parser.js';
import { type RequestCategory, type RoutingPolicy, resolvePolicy } from './policy.js';
import { type Lease, NodePool } from './pool.js';
import { type Rule, Rules } from './rules.js';
import { RouterSession } from './session.js';
import type {
  Classification,
  PinnedClient,
  RequestOptions,
  RoutedResult,
  RouteReason,
  Router,
  RouterOptions,
  RouterStats,
  Routing,
  Session,
} from './types.js';
import { Warnings } from './warnings.js';

/** Loading the catalog of a large database takes longer than a health check may. */
const START_TIMEOUT_MS = 10_000;

/** A node that statements are sent to. */
interface Target {
  pool: NodePool;
  /** Undefined for the primary. */
  health?: ReplicaHealth;
}

/** Where a request goes, decided before it is sent. */
interface Route {
  target: Target;
  category: RequestCategory;
  reason: RouteReason;
  fallback: boolean;
}

/**
 * Connects to the primary and its replicas and starts to look after them. A replica that is down is a warning.
 * @throws RouterError `PRIMARY_DOWN`, `PRIMARY_IS_STANDBY`, `SERVER_TOO_OLD`, `UNKNOWN_POLICY`, `INVALID_POLICY`
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const policy = resolvePolicy(options.policy);
  await loadParser();
  const warnings = new Warnings(options.onWarning);
  const monitor = new Monitor(
    'primary',
    options.monitors?.primary ?? options.primary,
    options.applicationName,
  );
  const maxLagMs = options.maxLagMs ?? 1000;
  const replicas = (options.replicas ?? []).map((node, index) => {
    const config = options.monitors?.replicas[index] ?? node;
    return new ReplicaHealth(new Monitor(replicaName(index), config, options.applicationName), maxLagMs);
  });
  const health = new Health(monitor, replicas, {
    intervalMs: options.health?.intervalMs ?? 1000,
    timeoutMs: options.health?.timeoutMs ?? 250,
    onWarning: (warning) => warnings.say(warning),
  });
  try {
    const { classifier, sample } = await readPrimary(monitor);
    await health.start(sample);
    return new PgRouter(options, policy, classifier, health, warnings);
  } catch (error) {
    await health.stop();
    throw error;
  }
}

function replicaName(index: number): string {
  return index === 0 ? 'replica' : `replica-${index + 1}`;
}

/** Everything that is asked of the primary at the start, in one message. */
async function readPrimary(monitor: Monitor): Promise<{ classifier: Classifier; sample: PrimarySample }> {
  const atMs = performance.now();
  const results = await monitor
    .ask([PRIMARY_CHECK, ...CATALOG_QUERIES].join(';\n'), START_TIMEOUT_MS)
    .catch((error) => {
      if (sqlState(error) === '42703' || sqlState(error) === '42883') {
        throw new RouterError('SERVER_TOO_OLD', 'The router needs PostgreSQL 14 or newer.', error);
      }
      throw new RouterError('PRIMARY_DOWN', `The primary can't be used: ${errorText(error)}.`, error);
    });
  const [check, ...catalog] = results;
  const { standby, lsn } = check!.rows[0];
  if (standby) {
    throw new RouterError(
      'PRIMARY_IS_STANDBY',
      'The server given as the primary is a standby: name the one that takes writes.',
    );
  }
  return { classifier: createClassifier(catalogFrom(catalog)), sample: { lsn, atMs } };
}

class PgRouter implements Router {
  readonly #startedMs = performance.now();
  readonly #rules: Rules;
  readonly #primary: Target;
  readonly #replicas: Target[];
  readonly #counters = new Counters();
  /** Normalised texts of statements that a standby refused: no text says what they do. */
  readonly #learned = new Set<string>();
  /** Exact texts known to be among those, or not. Only asked once something was learned. */
  readonly #learnedTexts = new Map<string, boolean>();
  #fallbacks = 0;
  #misdeclared = 0;
  #nextReplica = 0;
  #ended: Promise<void> | undefined;

  constructor(
    options: RouterOptions,
    readonly policy: RoutingPolicy,
    readonly classifier: Classifier,
    readonly health: Health,
    readonly warnings: Warnings,
  ) {
    this.#rules = new Rules(policy);
    const poolOf = (name: string, node: RouterOptions['primary']) =>
      new NodePool(name, node, {
        size: options.poolSize ?? 10,
        acquireTimeoutMs: options.acquireTimeoutMs ?? 5000,
        applicationName: options.applicationName,
        onConnectionLost: (error) => {
          const message = `An idle connection to ${name} broke: ${error.message}.`;
          warnings.say({ code: 'connection-lost', node: name, message }, `connection-lost ${name}`);
        },
      });
    this.#primary = { pool: poolOf('primary', options.primary) };
    this.#replicas = (options.replicas ?? []).map((node, index) => ({
      pool: poolOf(replicaName(index), node),
      health: health.replicas[index]!,
    }));
  }

  async query(
    text: string | QueryConfig,
    values?: unknown[],
    options: RequestOptions = {},
  ): Promise<RoutedResult> {
    const sql = typeof text === 'string' ? text : text.text;
    const classification = this.classifier(sql);
    const session = this.#sessionOf(options.session);
    const route = this.#route(sql, classification, options, session);
    try {
      const result =
        route.target === this.#primary
          ? await this.#run(route, text, values)
          : await this.#runOnReplica(route, sql, text, values);
      this.#count(route, options.group, true);
      return result;
    } catch (error) {
      this.#count(route, options.group, false);
      throw error;
    } finally {
      // A write that failed may have committed all the same: its session is careful either way.
      if (session && mayHaveWritten(route, classification)) session.wrote();
    }
  }

  /** Decides where a statement goes, and counts what there is to count about that. */
  #route(
    sql: string,
    classification: Classification,
    options: RequestOptions,
    session: RouterSession | undefined,
  ): Route {
    const declared = options.category;
    if (classification.target === 'primary') return this.#detected(sql, classification, declared);
    if (declared === 'write') return this.#toPrimary('write', 'write');
    const category = declared ?? 'read';
    if (this.#learned.size > 0 && this.#isLearned(sql)) return this.#toPrimary(category, 'learned');
    return this.#routeRead(category, this.#rules.for(category, options.group), session);
  }

  #detected(sql: string, { writes }: Classification, declared: RequestCategory | undefined): Route {
    if (declared === undefined || declared === 'write') {
      return this.#toPrimary('write', writes === 'certainly' || declared === 'write' ? 'write' : 'unsafe');
    }
    if (writes !== 'certainly') return this.#toPrimary(declared, 'unsafe');
    this.#misdeclared++;
    const message = `Declared as ${declared} and run as the write it is: ${normalizeSql(sql)}`;
    this.warnings.say({ code: 'misdeclared-write', node: 'primary', message }, 'misdeclared-write');
    return this.#toPrimary('write', 'misdeclared-write');
  }

  #routeRead(category: RequestCategory, rule: Rule, session: RouterSession | undefined): Route {
    if (!rule.toReplica)
      return this.#toPrimary(category, category === 'realtime' ? 'realtime' : 'policy-primary');
    if (this.#replicas.length === 0) return this.#toPrimary(category, 'no-replica');
    if (session?.wroteWithin(rule.delayMs)) return this.#toPrimary(category, 'sticky');
    if (rule.staysByShare()) return this.#toPrimary(category, 'primary-share');
    const target = this.#chooseReplica(rule.maxLagMs);
    if (target !== undefined) return { target, category, reason: 'policy-replica', fallback: false };
    const late = this.#replicas.some(({ health }) => health!.healthy || health!.outFor === 'lag');
    const route = this.#toPrimary(category, 'policy-primary');
    this.#fallBack(route, late ? 'fallback-lag' : 'fallback-unhealthy');
    return route;
  }

  #toPrimary(category: RequestCategory, reason: RouteReason): Route {
    return { target: this.#primary, category, reason, fallback: false };
  }

  /** The least busy replica that is healthy and recent enough; in turn where several are. */
  #chooseReplica(maxLagMs: number): Target | undefined {
    const count = this.#replicas.length;
    let best: Target | undefined;
    for (let i = 0; i < count; i++) {
      const target = this.#replicas[(this.#nextReplica + i) % count]!;
      const health = target.health!;
      if (!health.healthy || (health.lagMs ?? 0) > maxLagMs) continue;
      if (best === undefined || target.pool.load < best.pool.load) best = target;
    }
    this.#nextReplica = (this.#nextReplica + 1) % count;
    return best;
  }

  /** Turns a route to the primary, for a reason that the user should hear of. */
  #fallBack(route: Route, reason: RouteReason, cause?: unknown): void {
    this.#fallbacks++;
    const from = route.target === this.#primary ? 'the replicas' : route.target.pool.name;
    const why = {
      'fallback-lag': 'no replica is recent enough',
      'fallback-unhealthy': 'no replica is healthy',
    }[reason as string];
    const message = `A ${route.category} request meant for ${from} went to the primary: ${why ?? errorText(cause)}.`;
    this.warnings.say({ code: 'fallback', node: from, message }, `fallback ${from} ${reason}`);
    route.target = this.#primary;
    route.reason = reason;
    route.fallback = true;
  }

  async #run(route: Route, text: string | QueryConfig, values: unknown[] | undefined): Promise<RoutedResult> {
    const lease = await route.target.pool.acquire();
    let destroy = false;
    try {
      const result = (await lease.client.query(text as string, values)) as RoutedResult;
      result.routing = routingOf(route, lease.waitedMs);
      return result;
    } catch (error) {
      destroy = leavesDoubt(error, text);
      throw error;
    } finally {
      lease.release(destroy);
    }
  }

  /** Runs a read on a replica, and once more on the primary if the replica couldn't answer or wouldn't. */
  async #runOnReplica(
    route: Route,
    sql: string,
    text: string | QueryConfig,
    values: unknown[] | undefined,
  ): Promise<RoutedResult> {
    try {
      return await this.#run(route, text, values);
    } catch (error) {
      if (isStandbyRefusal(error)) return this.#runRefused(route, sql, text, values, error);
      if (!isNodeFailure(error) && !(error instanceof RouterError)) throw error;
      this.#fallBack(route, 'fallback-error', error);
      return this.#run(route, text, values);
    }
  }

  /** Remembers the statement as one for the primary, unless that refuses it in the same way. */
  async #runRefused(
    route: Route,
    sql: string,
    text: string | QueryConfig,
    values: unknown[] | undefined,
    refusal: unknown,
  ): Promise<RoutedResult> {
    const standby = route.target.pool.name;
    route.target = this.#primary;
    route.reason = 'learned';
    let outcome: unknown;
    try {
      return await this.#run(route, text, values);
    } catch (error) {
      outcome = error;
      throw error;
    } finally {
      if (sqlState(outcome) !== sqlState(refusal) && !isNodeFailure(outcome))
        this.#learn(sql, standby, refusal);
    }
  }

  #learn(sql: string, node: string, refusal: unknown): void {
    const normal = normalizeSql(sql);
    if (this.#learned.has(normal)) return;
    this.#learned.add(normal);
    this.#learnedTexts.clear();
    const message = `Goes to the primary from now on, as ${node} refused it (${errorText(refusal)}): ${normal}`;
    this.warnings.say({ code: 'learned-primary', node, message });
  }

  #isLearned(sql: string): boolean {
    let learned = this.#learnedTexts.get(sql);
    if (learned === undefined) {
      learned = this.#learned.has(normalizeSql(sql));
      if (this.#learnedTexts.size >= 5000) this.#learnedTexts.clear();
      this.#learnedTexts.set(sql, learned);
    }
    return learned;
  }

  #count(route: Route, group: string | undefined, ok: boolean): void {
    this.#counters.count(route.category, group ?? '', route.target.pool.name, route.reason, ok);
  }

  session(token?: string): Session {
    return new RouterSession(this.#rules.longestDelayMs, token);
  }

  #sessionOf(session: Session | undefined): RouterSession | undefined {
    return session as RouterSession | undefined;
  }

  async connect(options: RequestOptions & { readOnly?: boolean } = {}): Promise<PinnedClient> {
    const session = this.#sessionOf(options.session);
    const route = this.#routePinned(options, session);
    const lease = await this.#acquirePinned(route);
    return new Pinned(lease, routingOf(route, lease.waitedMs), {
      classify: this.classifier,
      category: options.category,
      count: (category, ok) =>
        this.#counters.count(category, options.group ?? '', route.target.pool.name, route.reason, ok),
      wrote: () => session?.wrote(),
    });
  }

  #routePinned(options: RequestOptions & { readOnly?: boolean }, session: RouterSession | undefined): Route {
    const category = options.category ?? (options.readOnly ? 'read' : 'write');
    if (!options.readOnly || category === 'write') return this.#toPrimary(category, 'transaction');
    return this.#routeRead(category, this.#rules.for(category, options.group), session);
  }

  async #acquirePinned(route: Route): Promise<Lease> {
    try {
      return await route.target.pool.acquire();
    } catch (error) {
      if (route.target === this.#primary) throw error;
      this.#fallBack(route, 'fallback-error', error);
      return this.#primary.pool.acquire();
    }
  }

  async transaction<T>(
    options: RequestOptions & { readOnly?: boolean },
    fn: (client: PinnedClient) => Promise<T>,
  ): Promise<T> {
    const client = (await this.connect(options)) as Pinned;
    let broken = true;
    try {
      await client.control(options.readOnly ? 'BEGIN READ ONLY' : 'BEGIN');
      try {
        const value = await fn(client);
        await client.control('COMMIT');
        broken = false;
        return value;
      } catch (error) {
        await client.control('ROLLBACK').then(
          () => (broken = false),
          () => {},
        );
        throw error;
      }
    } finally {
      client.release(broken);
    }
  }

  async classify(sql: string): Promise<Classification> {
    return this.classifier(sql);
  }

  stats(): RouterStats {
    return {
      policy: this.policy.name,
      uptimeMs: performance.now() - this.#startedMs,
      requests: this.#counters.rows(),
      pools: [this.#primary, ...this.#replicas].map(({ pool }) => pool.stats()),
      replicas: this.#replicas.map(({ health }) => health!.status),
      fallbacks: this.#fallbacks,
      misdeclaredWrites: this.#misdeclared,
      learnedStatements: this.#learned.size,
    };
  }

  end(): Promise<void> {
    this.#ended ??= Promise.all([
      this.health.stop(),
      ...[this.#primary, ...this.#replicas].map(({ pool }) => pool.end()),
    ]).then(() => {});
    return this.#ended;
  }
}

/** Whether a session must take it that its data changed. */
function mayHaveWritten(route: Route, { writes }: Classification): boolean {
  return writes !== 'never' || route.category === 'write' || route.reason === 'learned';
}

function routingOf({ target, category, reason, fallback }: Route, waitedMs: number): Routing {
  const stalenessMs = target.health === undefined ? 0 : target.health.lagMs;
  return { node: target.pool.name, category, reason, waitedMs, stalenessMs, fallback };
}

/**
 * Whether a connection may not be used again after an error: it broke, or a transaction may be open, since of
 * several statements one may have begun it and what the server says of that comes only after the error.
 */
function leavesDoubt(error: unknown, text: string | QueryConfig): boolean {
  return sqlState(error) === undefined || (typeof text === 'string' ? text : text.text).includes(';');
}

interface PinnedContext {
  classify: Classifier;
  category: RequestCategory | undefined;
  count(category: RequestCategory, ok: boolean): void;
  wrote(): void;
}

class Pinned implements PinnedClient {
  #mayHaveWritten = false;
  #broken = false;

  constructor(
    readonly lease: Lease,
    readonly routing: Routing,
    readonly context: PinnedContext,
  ) {}

  async query(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<any>> {
    const { target, writes } = this.context.classify(typeof text === 'string' ? text : text.text);
    const category = writes === 'certainly' ? 'write' : (this.context.category ?? this.#categoryOf(target));
    if (writes !== 'never' || category === 'write') this.#mayHaveWritten = true;
    let ok = false;
    try {
      const result = await this.#send(text, values);
      ok = true;
      return result;
    } finally {
      this.context.count(category, ok);
      if (this.#mayHaveWritten) this.context.wrote();
    }
  }

  #categoryOf(target: 'primary' | 'replica'): RequestCategory {
    return target === 'replica' || this.routing.reason !== 'transaction' ? 'read' : 'write';
  }

  /** BEGIN and the like of the router's own: not a request of the user's. */
  async control(sql: string): Promise<void> {
    try {
      await this.#send(sql);
    } finally {
      if (this.#mayHaveWritten) this.context.wrote();
    }
  }

  async #send(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<any>> {
    try {
      return await this.lease.client.query(text as string, values);
    } catch (error) {
      if (sqlState(error) === undefined) this.#broken = true;
      throw error;
    }
  }

  release(destroy = false): void {
    if (this.#mayHaveWritten) this.context.wrote();
    this.lease.release(destroy || this.#broken);
  }
}
