import type { QueryConfig } from 'pg';
import { CATALOG_QUERIES, catalogFrom } from './catalog.js';
import { type Classifier, createClassifier } from './classify.js';
import { isNodeFailure, isStandbyRefusal, sqlState } from './connection.js';
import { Counters } from './counters.js';
import { errorText, RouterError } from './errors.js';
import { Health, PRIMARY_CHECK, type PrimarySample, ReplicaHealth } from './health.js';
import { LearnedStatements } from './learned.js';
import { Monitor } from './monitor.js';
import { normalizeSql } from './normalize.js';
import { loadParser } from './parser.js';
import { Pinned } from './pinned.js';
import { type RoutingPolicy, resolvePolicy } from './policy.js';
import { type Lease, NodePool } from './pool.js';
import { type Route, Routes, routingOf, type Target } from './route.js';
import { Rules } from './rules.js';
import { RouterSession } from './session.js';
import type {
  Classification,
  NodeConfig,
  PinnedClient,
  RequestOptions,
  RoutedResult,
  Router,
  RouterOptions,
  RouterStats,
  Session,
} from './types.js';
import { Warnings } from './warnings.js';

/** Loading the catalog of a large database takes longer than a health check may. */
const START_TIMEOUT_MS = 10_000;

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
  readonly #routes: Routes;
  readonly #learned = new LearnedStatements();
  readonly #counters = new Counters();
  #fallbacks = 0;
  #misdeclared = 0;
  #ended: Promise<void> | undefined;

  constructor(
    options: RouterOptions,
    private readonly policy: RoutingPolicy,
    private readonly classifier: Classifier,
    private readonly health: Health,
    private readonly warnings: Warnings,
  ) {
    const primary: Target = { pool: this.#poolOf('primary', options.primary, options) };
    const replicas = (options.replicas ?? []).map((node, index): Target => {
      return { pool: this.#poolOf(replicaName(index), node, options), health: health.replicas[index]! };
    });
    this.#rules = new Rules(policy);
    this.#routes = new Routes(this.#rules, primary, replicas, this.#learned);
  }

  #poolOf(name: string, node: NodeConfig, options: RouterOptions): NodePool {
    return new NodePool(name, node, {
      size: options.poolSize ?? 10,
      acquireTimeoutMs: options.acquireTimeoutMs ?? 5000,
      applicationName: options.applicationName,
      onConnectionLost: (error) => {
        const message = `An idle connection to ${name} broke: ${error.message}.`;
        this.warnings.say({ code: 'connection-lost', node: name, message }, `connection-lost ${name}`);
      },
    });
  }

  async query(
    text: string | QueryConfig,
    values?: unknown[],
    options: RequestOptions = {},
  ): Promise<RoutedResult> {
    const sql = typeof text === 'string' ? text : text.text;
    const classification = this.classifier(sql);
    const session = options.session as RouterSession | undefined;
    const route = this.#routes.forStatement(sql, classification, { ...options, session });
    if (route.reason === 'misdeclared-write') this.#noteMisdeclared(sql, options);
    if (route.fallback) this.#noteFallback(route);
    let ok = false;
    try {
      const result =
        route.target.health === undefined
          ? await this.#run(route, text, values)
          : await this.#runOnReplica(route, sql, text, values);
      ok = true;
      return result;
    } finally {
      this.#counters.count(route.category, options.group ?? '', route.target.pool.name, route.reason, ok);
      // A write that failed may have committed all the same: its session is careful either way.
      if (session && mayHaveWritten(route, classification)) session.wrote();
    }
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
      if (!isNodeFailure(error)) throw error;
      this.#fallBack(route, error);
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
    route.target = this.#routes.primary;
    route.reason = 'learned';
    let failure: unknown;
    try {
      return await this.#run(route, text, values);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (sqlState(failure) !== sqlState(refusal) && !isNodeFailure(failure))
        this.#learn(sql, standby, refusal);
    }
  }

  #learn(sql: string, node: string, refusal: unknown): void {
    const normal = this.#learned.add(sql);
    if (normal === undefined) return;
    const message = `Goes to the primary from now on, as ${node} refused it (${errorText(refusal)}): ${normal}`;
    this.warnings.say({ code: 'learned-primary', node, message });
  }

  #noteMisdeclared(sql: string, { category }: RequestOptions): void {
    this.#misdeclared++;
    const message = `Declared as ${category} and run as the write it is: ${normalizeSql(sql)}`;
    this.warnings.say({ code: 'misdeclared-write', node: 'primary', message }, 'misdeclared-write');
  }

  /** Turns a route to the primary after its replica failed. */
  #fallBack(route: Route, failure: unknown): void {
    const from = route.target.pool.name;
    route.target = this.#routes.primary;
    route.reason = 'fallback-error';
    route.fallback = true;
    this.#noteFallback(route, from, errorText(failure));
  }

  #noteFallback({ category, reason }: Route, from = 'replica', failure?: string): void {
    this.#fallbacks++;
    const why =
      failure ?? (reason === 'fallback-lag' ? 'no replica is recent enough' : 'no replica is healthy');
    const message = `A ${category} request went to the primary instead of a replica: ${why}.`;
    this.warnings.say({ code: 'fallback', node: from, message }, `fallback ${from} ${reason}`);
  }

  session(token?: string): Session {
    return new RouterSession(this.#rules.longestDelayMs, token);
  }

  async connect(options: RequestOptions & { readOnly?: boolean } = {}): Promise<PinnedClient> {
    return this.#pin(options);
  }

  async #pin(options: RequestOptions & { readOnly?: boolean }): Promise<Pinned> {
    const session = options.session as RouterSession | undefined;
    const route = this.#routes.forConnection({ ...options, session });
    if (route.fallback) this.#noteFallback(route);
    const lease = await this.#acquire(route);
    const { group = '' } = options;
    return new Pinned(lease, routingOf(route, lease.waitedMs), {
      classify: this.classifier,
      category: options.category ?? (options.readOnly ? 'read' : undefined),
      onStatement: (category, ok) =>
        this.#counters.count(category, group, route.target.pool.name, route.reason, ok),
      onWrite: () => session?.wrote(),
    });
  }

  async #acquire(route: Route): Promise<Lease> {
    try {
      return await route.target.pool.acquire();
    } catch (error) {
      if (route.target.health === undefined || !isNodeFailure(error)) throw error;
      this.#fallBack(route, error);
      return this.#routes.primary.pool.acquire();
    }
  }

  async transaction<T>(
    options: RequestOptions & { readOnly?: boolean },
    fn: (client: PinnedClient) => Promise<T>,
  ): Promise<T> {
    const client = await this.#pin(options);
    let over = false;
    try {
      await client.control(options.readOnly ? 'BEGIN READ ONLY' : 'BEGIN');
      const value = await fn(client);
      const { command } = await client.control('COMMIT');
      over = true;
      if (command === 'COMMIT') return value;
      throw new RouterError('ROLLED_BACK', 'The transaction was rolled back: a statement in it had failed.');
    } catch (error) {
      over = await client.control('ROLLBACK').then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.release(!over);
    }
  }

  async classify(sql: string): Promise<Classification> {
    return this.classifier(sql);
  }

  stats(): RouterStats {
    const { primary, replicas } = this.#routes;
    return {
      policy: this.policy.name,
      uptimeMs: performance.now() - this.#startedMs,
      requests: this.#counters.rows(),
      pools: [primary, ...replicas].map(({ pool }) => pool.stats()),
      replicas: replicas.map(({ health }) => health!.status),
      fallbacks: this.#fallbacks,
      misdeclaredWrites: this.#misdeclared,
      learnedStatements: this.#learned.size,
    };
  }

  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const { primary, replicas } = this.#routes;
    await Promise.all([this.health.stop(), ...[primary, ...replicas].map(({ pool }) => pool.end())]);
  }
}

/** Whether a session must take it that its data changed. */
function mayHaveWritten(route: Route, { writes }: Classification): boolean {
  return writes !== 'never' || route.category === 'write' || route.reason === 'learned';
}

/**
 * Whether a connection may not be used again after an error: it broke, or a transaction may be open, since of
 * several statements one may have begun it and what the server says of that comes only after the error.
 */
function leavesDoubt(error: unknown, text: string | QueryConfig): boolean {
  return sqlState(error) === undefined || (typeof text === 'string' ? text : text.text).includes(';');
}
