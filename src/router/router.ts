import { EventEmitter } from 'node:events';
import type { QueryConfig } from 'pg';
import { Counters } from './counters.js';
import { errorText, MaybeCommitted, RouterError } from './errors.js';
import { LearnedStatements } from './learned.js';
import { cutsMidway, isNodeFailure, isReplayConflict, isStandbyRefusal, sqlState } from './nodes/failures.js';
import { Health } from './nodes/health.js';
import { type NodeOptions, ServerNode } from './nodes/node.js';
import type { Lease, PooledClient } from './nodes/pool.js';
import { leasePrimary } from './nodes/primary.js';
import { PrimaryProtection, type Release } from './nodes/protection.js';
import { NODE_CHECK } from './nodes/questions.js';
import { type RequestCategory, type RoutingPolicy, resolvePolicy } from './policy/policy.js';
import { Rules } from './policy/rules.js';
import { type Ask, choose, fitReplicas, type Request, type Route, Routes, routingOf } from './route.js';
import { mayHaveWritten, send } from './send.js';
import { Consistency } from './sessions/consistency.js';
import { Pinned } from './sessions/pinned.js';
import { RouterSession } from './sessions/session.js';
import { SharedFetch } from './shared-fetch.js';
import { CATALOG_QUERIES, type Catalog, catalogFrom, loadCatalog } from './sql/catalog.js';
import type { Classification } from './sql/classification.js';
import { type Classifier, createClassifier } from './sql/classify.js';
import { normalizeSql } from './sql/normalise.js';
import { loadParser } from './sql/parse.js';
import type {
  ConnectOptions,
  Decision,
  NodeConfig,
  PinnedClient,
  ReplicaConfig,
  RequestOptions,
  RoutedResult,
  RouteReason,
  Router,
  RouterOptions,
  RouterStats,
  Session,
} from './types.js';
import { Warnings } from './warnings.js';

/** Loading the catalog of a large database takes longer than a health check may. */
const START_TIMEOUT_MS = 10_000;
/** A statement with a name that the catalog doesn't know has it read anew, if that was longer ago than this. */
const CATALOG_FRESH_MS = 60_000;
/** How many replicas a read may fail on before it goes to the primary. */
const REPLICAS_TRIED = 2;

/**
 * Connects to the primary and its replicas, finds out who is who, and starts to look after them. A replica that is
 * down is a warning.
 * @throws RouterError `PRIMARY_DOWN`, `PRIMARY_IS_STANDBY`, `SERVER_TOO_OLD`, `UNKNOWN_POLICY`, `INVALID_POLICY`, `INVALID_PROTECTION`
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const policy = resolvePolicy(options.policy);
  await loadParser();
  const router = new PgRouter(options, policy);
  try {
    await router.start();
    return router;
  } catch (error) {
    await router.end();
    throw error;
  }
}

class PgRouter extends EventEmitter<{ decision: [Decision] }> implements Router {
  readonly #startedMs = performance.now();
  readonly #rules: Rules;
  readonly #routes: Routes;
  readonly #nodes: ServerNode[];
  readonly #health: Health;
  readonly #consistency: Consistency;
  readonly #protection: PrimaryProtection | undefined;
  readonly #warnings: Warnings;
  readonly #learned = new LearnedStatements();
  readonly #counters = new Counters();
  readonly #failoverWaitMs: number;
  readonly #retryWithinMs: number;
  readonly #catalogReload = new SharedFetch(() => this.#reloadCatalog());
  #classifier!: Classifier;
  #catalogReadMs = 0;
  #fallbacks = 0;
  #misdeclared = 0;
  #learnedCount = 0;
  #ended: Promise<void> | undefined;

  constructor(
    readonly options: RouterOptions,
    readonly policy: RoutingPolicy,
  ) {
    super();
    const { replicas = [], poolSize = 10 } = options;
    this.#warnings = new Warnings(options.onWarning);
    this.#rules = new Rules(policy);

    this.#failoverWaitMs = options.failoverWaitMs ?? 5000;
    this.#retryWithinMs = options.retryWithinMs ?? 10_000;
    this.#nodes = [
      this.#node('primary', { connection: options.primary }, options.monitors?.primary),
      ...replicas.map((replica, index) =>
        this.#node(replicaName(index), asReplica(replica), options.monitors?.replicas[index]),
      ),
    ];
    this.#health = new Health(this.#nodes, {
      intervalMs: options.health?.intervalMs ?? 1000,
      timeoutMs: options.health?.timeoutMs ?? 250,
      warnings: this.#warnings,
    });
    this.#consistency = new Consistency(this.#health, this.#rules.trackPositions);
    const primary = {
      isThere: () => this.#health.primary !== undefined,
      showsAllOf: (session: RouterSession) => this.#consistency.primaryShows(session),
    };
    this.#routes = new Routes(this.#rules, replicas.length > 0, primary, this.#learned);
    if (replicas.length > 0) this.#protection = new PrimaryProtection(poolSize, options.protection);
  }

  #node(name: string, replica: ReplicaConfig, monitor?: NodeConfig): ServerNode {
    const { poolSize, acquireTimeoutMs, applicationName, maxLagMs, maxLagBytes } = this.options;
    const nodeOptions: NodeOptions = {
      connection: replica.connection,
      monitor: monitor ?? replica.connection,
      weight: replica.weight ?? 1,
      reservedFor: replica.reservedFor,
      maxLagMs: maxLagMs ?? 1000,
      maxLagBytes,
      pool: { size: poolSize ?? 10, acquireTimeoutMs: acquireTimeoutMs ?? 5000, applicationName },
      tracksReplay: this.#rules.trackPositions,
      onRoleChange: () => void this.#health.checkNow(),
      onConnectionLost: (_node, error) => {
        const message = `An idle connection to ${name} broke: ${error.message}.`;
        this.#warnings.say({ code: 'connection-lost', node: name, message });
        void this.#health.checkNow();
      },
      onBreaker: (node, state) => {
        const message =
          state === 'open'
            ? `${name} is left alone for a while, as it failed too often.`
            : `${name} answers again and gets more and more of its reads.`;
        const code = state === 'open' ? 'breaker-open' : 'breaker-closed';
        if (node.role === 'replica') this.#warnings.say({ code, node: name, message });
      },
    };
    return new ServerNode(name, nodeOptions);
  }

  /** One message to each node: what it is, and of the primary the catalog. */
  async start(): Promise<void> {
    const [given, ...replicas] = this.#nodes as [ServerNode, ...ServerNode[]];
    const [asked] = await Promise.allSettled([
      this.#readCatalog(given),
      ...replicas.map((node) => node.check(START_TIMEOUT_MS)),
    ]);
    await this.#health.start();
    const { primary } = this.#health;
    if (primary === undefined)
      throw whyNoPrimary(given, asked.status === 'rejected' ? asked.reason : undefined);
    const catalog = asked.status === 'fulfilled' ? asked.value : await this.#readCatalog(primary);
    this.#classifier = createClassifier(catalog);
    this.#catalogReadMs = performance.now();
  }

  async #readCatalog(node: ServerNode): Promise<Catalog> {
    const [check, ...catalog] = await node.ask(
      [NODE_CHECK, ...CATALOG_QUERIES].join(';\n'),
      START_TIMEOUT_MS,
    );
    node.noteState(check!.rows[0]);
    return catalogFrom(catalog);
  }

  /**
   * After DDL: the catalog is read anew, and what a standby refused before may be right there now.
   * @param client a connection to the primary that is held already; another might have to be waited for
   */
  async #catalogChanged(client?: PooledClient): Promise<void> {
    await (client === undefined ? this.#catalogReload.get() : this.#readCatalogOn(client));
    this.#learned.clear();
  }

  /** The old one stays in use if it can't be read. */
  async #reloadCatalog(): Promise<void> {
    this.#catalogReadMs = performance.now();
    try {
      const { lease } = await leasePrimary(this.#health, 0);
      await this.#readCatalogOn(lease.client);
      lease.release();
    } catch {}
  }

  async #readCatalogOn(client: PooledClient): Promise<void> {
    try {
      this.#classifier.use(await loadCatalog(client));
    } catch {}
  }

  session(token?: string): Session {
    return new RouterSession(this.#rules.longestDelayMs, token);
  }

  async classify(sql: string): Promise<Classification> {
    return this.#classifier(sql);
  }

  async query(
    text: string | QueryConfig,
    values?: unknown[],
    options: RequestOptions = {},
  ): Promise<RoutedResult> {
    const sql = typeof text === 'string' ? text : text.text;
    const classification = this.#classifier(sql);
    const { reason } = classification;
    if (
      (reason === 'unknown-function' || reason === 'unknown-relation') &&
      performance.now() - this.#catalogReadMs > CATALOG_FRESH_MS
    ) {
      void this.#catalogReload.get();
    }
    const route = this.#routes.forStatement(sql, classification, options as Ask);
    const request: Request = Object.assign(route, { text, values, sql, classification });
    if (route.reason === 'misdeclared-write') this.#noteMisdeclared(sql, options);
    let ok = false;
    try {
      const result = await (route.to === 'replica' ? this.#read(request) : this.#runOnPrimary(request));
      ok = true;
      return result;
    } finally {
      this.#finish(request, ok, sql);
    }
  }

  #finish(route: Route, ok: boolean, text: string | undefined): void {
    this.#counters.count(route.category, route.group ?? '', route.node?.name ?? 'primary', route.reason, ok);
    if (this.listenerCount('decision') === 0) return;
    const { group, failures, startedMs } = route;
    const durationMs = performance.now() - startedMs;
    this.emit('decision', { ...routingOf(route), text, group, ok, durationMs, failures });
  }

  /** A read on a replica; on one other if that fails it; on the primary if there is none, within its budget. */
  async #read(request: Request): Promise<RoutedResult> {
    for (;;) {
      const found = await this.#takeReplica(request);
      if (found === undefined) return this.#runOnPrimary(request);
      const { node, lease } = found;
      const sentMs = performance.now();
      try {
        const result = await send(request, node, lease, this.#consistency);
        noteOutcome(node, performance.now() - sentMs, undefined);
        return result;
      } catch (error) {
        noteOutcome(node, performance.now() - sentMs, error);
        if (isStandbyRefusal(error)) return this.#runRefused(request, node, error);
        if (!isNodeFailure(error) || this.#isTooLate(request)) throw error;
        request.failures.push({ node: node.name, error: errorText(error) });
      }
    }
  }

  #isTooLate({ startedMs }: Route): boolean {
    return performance.now() - startedMs > this.#retryWithinMs;
  }

  /**
   * A connection to a replica that may answer the read, or undefined if the primary must; its route then says why. Two
   * replicas are tried at most.
   */
  async #takeReplica(route: Route): Promise<{ node: ServerNode; lease: Lease } | undefined> {
    const { rule, category, failures } = route;
    const known = this.#consistency.floorOf(route);
    const floor = typeof known === 'number' ? known : await known;
    const waitUntilMs = performance.now() + rule!.maxWaitMs;
    while (failures.length < REPLICAS_TRIED) {
      if (floor === undefined) return this.#leaveReplicas(route, 'fallback-behind');
      const tried = failures.map(({ node }) => node);
      const { lineage } = this.#health;
      const fit = fitReplicas(this.#nodes, { category, rule: rule!, floor, lineage, tried });
      if (typeof fit === 'string') return this.#leaveReplicas(route, fit);
      const ready = fit.filter(({ replayed }) => replayed >= floor);
      const node =
        ready.length > 0
          ? choose(ready)
          : await this.#consistency.firstToReach(fit, floor, waitUntilMs - performance.now());
      if (node === undefined) return this.#leaveReplicas(route, 'fallback-behind');
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
        return this.#leaveReplicas(route, 'fallback-behind');
      } catch (error) {
        noteOutcome(node, 0, error);
        if (!isNodeFailure(error) || this.#isTooLate(route)) throw error;
        failures.push({ node: node.name, error: errorText(error) });
      }
    }
    return this.#leaveReplicas(route, 'fallback-error');
  }

  /** Turns a route to the primary. */
  #leaveReplicas(route: Route, reason: RouteReason): undefined {
    route.to = 'primary';
    route.reason = reason;
    route.fallback = true;
    this.#fallbacks++;
    // That a session must wait for its own writes is what its rule says.
    if (reason === 'fallback-behind') return undefined;
    const failure = route.failures.at(-1);
    const why =
      failure?.error ?? (reason === 'fallback-lag' ? 'no replica is recent enough' : 'no replica is healthy');
    const from = failure?.node ?? 'replica';
    const message = `A ${route.category} request went to the primary instead of a replica: ${why}.`;
    this.#warnings.say({ code: 'fallback', node: from, message }, reason);
    return undefined;
  }

  /** Remembers the statement as one for the primary, unless that refuses it in the same way. */
  async #runRefused(request: Request, standby: ServerNode, refusal: unknown): Promise<RoutedResult> {
    request.to = 'primary';
    request.reason = 'learned';
    let failure: unknown;
    try {
      return await this.#runOnPrimary(request);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (sqlState(failure) !== sqlState(refusal) && !isNodeFailure(failure)) {
        this.#learn(request.sql, standby.name, refusal);
      }
    }
  }

  #learn(sql: string, node: string, refusal: unknown): void {
    const normal = this.#learned.add(sql);
    if (normal === undefined) return;
    this.#learnedCount++;
    // The text gave no sign, so what is known of the database may be out of date.
    void this.#catalogReload.get();
    const message = `Goes to the primary from now on, as ${node} refused it (${errorText(refusal)}): ${normal}`;
    this.#warnings.say({ code: 'learned-primary', node, message });
  }

  #noteMisdeclared(sql: string, { category }: RequestOptions): void {
    this.#misdeclared++;
    const message = `Declared as ${category} and run as the write it is: ${normalizeSql(sql)}`;
    this.#warnings.say({ code: 'misdeclared-write', node: 'primary', message });
  }

  async #runOnPrimary(request: Request): Promise<RoutedResult> {
    const admitted = this.#admit(request);
    const release = admitted instanceof Promise ? await admitted : admitted;
    try {
      return await this.#sendToPrimary(request);
    } finally {
      release?.();
    }
  }

  /** Takes a place for a read on the primary: writes, and what may be one, need none. */
  #admit({ category, rule, reason, fallback }: Route): Release | Promise<Release> | undefined {
    if (
      this.#protection === undefined ||
      rule === undefined ||
      category === 'write' ||
      reason === 'learned'
    ) {
      return undefined;
    }
    if (fallback && reason !== 'fallback-behind') return this.#enterFallback(category);
    return this.#protection.enter(category, this.options.acquireTimeoutMs ?? 5000);
  }

  async #enterFallback(category: Exclude<RequestCategory, 'write'>): Promise<Release> {
    try {
      return await this.#protection!.enterFallback(category);
    } catch (error) {
      this.#warnings.say({ code: 'shed', node: 'primary', message: errorText(error) }, category);
      throw error;
    }
  }

  async #sendToPrimary(request: Request): Promise<RoutedResult> {
    const { node, lease } = await leasePrimary(this.#health, this.#failoverWaitMs);
    try {
      const result = await send(request, node, lease, this.#consistency);
      // Not answered before the catalog knows: the next statement may use what this one made.
      const { writes } = request.classification;
      if (writes !== 'never' && this.#classifier.changesCatalog(request.sql)) await this.#catalogChanged();
      return result;
    } catch (error) {
      if (!cutsMidway(error)) throw error;
      void this.#health.checkNow();
      if (mayHaveWritten(request)) throw new MaybeCommitted(error);
      const again =
        request.failures.every((failure) => failure.node !== node.name) && !this.#isTooLate(request);
      if (!again) throw error;
      request.failures.push({ node: node.name, error: errorText(error) });
      return this.#sendToPrimary(request);
    }
  }

  async connect(options: ConnectOptions = {}): Promise<PinnedClient> {
    return this.#pin(options);
  }

  async #pin(options: ConnectOptions): Promise<Pinned> {
    const session = options.session as RouterSession | undefined;
    const route = this.#routes.forConnection({ ...options, session });
    const onReplica = route.to === 'replica' ? await this.#takeReplica(route) : undefined;
    if (onReplica !== undefined) {
      const { node } = onReplica;
      // How long it is held says nothing of how fast the server answers.
      return this.#pinned(route, onReplica, options, (broke) => {
        node.load.end(null);
        if (broke) node.breaker.failure();
        else node.breaker.success();
      });
    }
    const release = await this.#admit(route);
    try {
      const onPrimary = await leasePrimary(this.#health, this.#failoverWaitMs);
      return this.#pinned(route, onPrimary, options, release);
    } catch (error) {
      release?.();
      throw error;
    }
  }

  #pinned(
    route: Route,
    { node, lease }: { node: ServerNode; lease: Lease },
    options: ConnectOptions,
    onRelease: ((broke: boolean) => void) | undefined,
  ): Pinned {
    route.node = node;
    route.waitedMs = performance.now() - route.startedMs;
    return new Pinned(lease, routingOf(route), {
      classify: this.#classifier,
      category: options.category ?? (options.readOnly ? 'read' : undefined),
      tracked: this.#consistency.concerns(route),
      onAnswer: () => {
        node.answeredAtMs = performance.now();
      },
      onStatement: (category, ok, text, startedMs) =>
        this.#finish({ ...route, category, startedMs }, ok, text),
      onWrite: () => route.session?.wrote(),
      onPosition: (lsn) => this.#consistency.saw(route, node, this.#health.lineage, lsn),
      onCatalogChange: () => this.#catalogChanged(lease.client),
      onCut: () => void this.#health.checkNow(),
      onRelease: (broke) => onRelease?.(broke),
    });
  }

  async transaction<T>(options: ConnectOptions, fn: (client: PinnedClient) => Promise<T>): Promise<T> {
    const client = await this.#pin(options);
    let over = false;
    try {
      await client.control(beginOf(options));
      const value = await fn(client);
      const { command } = await client.control('COMMIT');
      over = true;
      if (command === 'COMMIT') return value;
      throw new RouterError('ROLLED_BACK', 'The transaction was rolled back: a statement in it had failed.');
    } catch (error) {
      over ||= await client.control('ROLLBACK').then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.release(!over);
    }
  }

  stats(): RouterStats {
    const [, ...replicas] = this.#nodes;
    return {
      policy: this.policy.name,
      uptimeMs: performance.now() - this.#startedMs,
      requests: this.#counters.rows(),
      pools: this.#nodes.map(({ pool }) => pool.stats()),
      replicas: replicas.map(({ status }) => status),
      primary: this.#health.primary?.name ?? null,
      promotions: this.#health.promotions,
      protection: this.#protection?.stats() ?? null,
      consistency: { ...this.#consistency.stats },
      fallbacks: this.#fallbacks,
      misdeclaredWrites: this.#misdeclared,
      learnedStatements: this.#learnedCount,
    };
  }

  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    await Promise.all([this.#health.stop(), ...this.#nodes.map(({ pool }) => pool.end())]);
  }
}

function replicaName(index: number): string {
  return index === 0 ? 'replica' : `replica-${index + 1}`;
}

function asReplica(replica: NodeConfig | ReplicaConfig): ReplicaConfig {
  return typeof replica === 'object' && 'connection' in replica ? replica : { connection: replica };
}

function beginOf({ readOnly, isolation }: ConnectOptions): string {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`;
}

/** What an attempt on a replica says of it. */
function noteOutcome({ breaker, load }: ServerNode, latencyMs: number | null, error: unknown): void {
  load.end(error === undefined ? latencyMs : null);
  if (error === undefined) breaker.success();
  else if (isReplayConflict(error)) breaker.abandon();
  else if (isNodeFailure(error)) breaker.failure();
  else breaker.success();
}

function whyNoPrimary({ state }: ServerNode, failure: unknown): RouterError {
  if (sqlState(failure) === '42703' || sqlState(failure) === '42883') {
    return new RouterError('SERVER_TOO_OLD', 'The router needs PostgreSQL 14 or newer.', failure);
  }
  if (state?.standby) {
    return new RouterError(
      'PRIMARY_IS_STANDBY',
      'The server given as the primary is a standby, and none of the others takes writes: name the one that does.',
    );
  }
  return new RouterError('PRIMARY_DOWN', `The primary can't be used: ${errorText(failure)}.`, failure);
}
