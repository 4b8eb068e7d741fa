import { EventEmitter } from 'node:events';
import type { QueryConfig } from 'pg';
import { PrimaryProtection } from './nodes/protection.js';
import { Servers } from './nodes/servers.js';
import { Rules } from './policy/rules.js';
import { openConnection, runTransaction } from './requests/connections.js';
import { Counters } from './requests/counters.js';
import { Knowledge } from './requests/knowledge.js';
import { OnTheirWay } from './requests/on-their-way.js';
import type { Parts } from './requests/parts.js';
import { runQuery } from './requests/query.js';
import { type Route, routingOf } from './requests/route.js';
import { Consistency } from './sessions/consistency.js';
import { currentSession } from './sessions/scope.js';
import { RouterSession } from './sessions/session.js';
import { settingsOf } from './settings.js';
import type { Classification } from './sql/classification.js';
import { loadParser } from './sql/parse.js';
import type {
  ConnectOptions,
  Decision,
  PinnedClient,
  RequestOptions,
  RoutedResult,
  Router,
  RouterOptions,
  RouterStats,
  Session,
} from './types.js';
import { Warnings } from './warnings.js';

/** How long a router that is closed lets requests finish, before it cuts their connections. */
const CLOSE_GRACE_MS = 5000;

/**
 * Connects to the primary and its replicas, finds out who is who, and starts to look after them. A replica that is
 * down is a warning.
 * @throws RouterError `PRIMARY_DOWN`, `PRIMARY_IS_STANDBY`, `SPLIT_BRAIN`, `SERVER_TOO_OLD`, `UNKNOWN_POLICY`, `INVALID_POLICY`, `INVALID_OPTION`, `INVALID_PROTECTION`
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const settings = settingsOf(options);
  const warnings = new Warnings(options.onWarning);
  const { policy, replicas, poolSize } = settings;
  const protection = replicas.length > 0 ? new PrimaryProtection(poolSize, settings.protection) : undefined;
  const rules = new Rules(policy);
  const servers = new Servers(settings, warnings, rules.trackPositions);
  await loadParser();
  try {
    const knowledge = new Knowledge(await servers.start(), servers.health, warnings);
    const consistency = new Consistency(servers.health, rules.trackPositions);
    const counters = new Counters();
    const parts = { settings, rules, servers, warnings, protection, knowledge, consistency, counters };
    return new PgRouter({ ...parts, onTheirWay: new OnTheirWay() });
  } catch (error) {
    await servers.end(CLOSE_GRACE_MS);
    throw error;
  }
}

/** A router that `createRouter` made. */
export class PgRouter extends EventEmitter<{ decision: [Decision] }> implements Router {
  readonly #startedMs = performance.now();
  /** For the pool that is made of it. */
  readonly parts: Parts;
  #ended: Promise<void> | undefined;

  constructor(parts: Omit<Parts, 'finish'>) {
    super();
    const finish: Parts['finish'] = (route, ok, text) => this.#finish(route, ok, text);
    this.parts = { ...parts, finish };
  }

  session(token?: string): Session {
    const { rules, consistency } = this.parts;
    return new RouterSession(rules.longestDelayMs, token, consistency.markText);
  }

  async classify(sql: string): Promise<Classification> {
    return this.parts.knowledge.classifier(sql);
  }

  query(text: string | QueryConfig, values?: unknown[], options: RequestOptions = {}): Promise<RoutedResult> {
    return runQuery(text, values, ofCaller(options), this.parts);
  }

  #finish(route: Route, ok: boolean, text: string): void {
    this.parts.counters.count(route, ok);
    if (this.listenerCount('decision') === 0) return;
    const { group, failures, startedMs } = route;
    const durationMs = performance.now() - startedMs;
    try {
      this.emit('decision', { ...routingOf(route), text, group, ok, durationMs, failures });
    } catch (error) {
      // What a listener throws is no failure of the request: a write would look as if it had not been done.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  connect(options: ConnectOptions = {}): Promise<PinnedClient> {
    return openConnection(ofCaller(options), this.parts);
  }

  async warmUp(connections: number): Promise<void> {
    await Promise.all(this.parts.servers.nodes.map(({ pool }) => pool.open(connections)));
  }

  transaction<T>(options: ConnectOptions, fn: (client: PinnedClient) => Promise<T>): Promise<T> {
    return runTransaction(ofCaller(options), fn, this.parts);
  }

  stats(): RouterStats {
    const { settings, servers, protection, consistency, knowledge, counters } = this.parts;
    const { nodes, replicas, health } = servers;
    return {
      policy: settings.policy.name,
      uptimeMs: performance.now() - this.#startedMs,
      requests: counters.rows(),
      pools: nodes.map(({ pool }) => pool.stats()),
      replicas: replicas.map(({ status }) => status),
      primary: health.primary?.name ?? null,
      promotions: health.promotions,
      protection: protection?.stats() ?? null,
      consistency: { ...consistency.stats },
      pinning: structuredClone(counters.pinning),
      kept: { ...counters.kept },
      fallbacks: counters.fallbacks,
      misdeclaredWrites: counters.misdeclaredWrites,
      learnedStatements: knowledge.learnedCount,
    };
  }

  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    const { onTheirWay, servers } = this.parts;
    const startedMs = performance.now();
    servers.health.waitNoLonger();
    await onTheirWay.close(CLOSE_GRACE_MS);
    await servers.end(CLOSE_GRACE_MS - (performance.now() - startedMs));
  }
}

/** Whose requests they are, where that isn't said: the session of `withSession` around the call. */
function ofCaller<Options extends RequestOptions>(options: Options): Options {
  if (options.session !== undefined) return options;
  const session = currentSession();
  return session === undefined ? options : { ...options, session };
}
