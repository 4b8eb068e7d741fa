import { EventEmitter } from 'node:events';
import type { QueryConfig } from 'pg';
import { PrimaryProtection } from './nodes/protection.js';
import { Servers } from './nodes/servers.js';
import { Rules } from './policy/rules.js';
import { routeStatement } from './requests/choose-route.js';
import { openConnection, runTransaction } from './requests/connections.js';
import { Counters } from './requests/counters.js';
import { Knowledge } from './requests/knowledge.js';
import type { Parts } from './requests/parts.js';
import { type Request, type Route, routingOf } from './requests/route.js';
import { runStatement } from './requests/statements.js';
import { Consistency } from './sessions/consistency.js';
import { RouterSession } from './sessions/session.js';
import { settingsOf } from './settings.js';
import type { Classification } from './sql/classification.js';
import { normalizeSql } from './sql/normalise.js';
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

/**
 * Connects to the primary and its replicas, finds out who is who, and starts to look after them. A replica that is
 * down is a warning.
 * @throws RouterError `PRIMARY_DOWN`, `PRIMARY_IS_STANDBY`, `SERVER_TOO_OLD`, `UNKNOWN_POLICY`, `INVALID_POLICY`, `INVALID_PROTECTION`
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
    return new PgRouter({ settings, rules, servers, warnings, protection, knowledge, consistency, counters });
  } catch (error) {
    await servers.end();
    throw error;
  }
}

class PgRouter extends EventEmitter<{ decision: [Decision] }> implements Router {
  readonly #startedMs = performance.now();
  readonly #parts: Parts;
  #ended: Promise<void> | undefined;

  constructor(parts: Omit<Parts, 'finish'>) {
    super();
    const finish: Parts['finish'] = (route, ok, text) => this.#finish(route, ok, text);
    this.#parts = { ...parts, finish };
  }

  session(token?: string): Session {
    const { rules, consistency } = this.#parts;
    return new RouterSession(rules.longestDelayMs, token, consistency.markText);
  }

  async classify(sql: string): Promise<Classification> {
    return this.#parts.knowledge.classifier(sql);
  }

  async query(
    text: string | QueryConfig,
    values?: unknown[],
    options: RequestOptions = {},
  ): Promise<RoutedResult> {
    const sql = typeof text === 'string' ? text : text.text;
    const classification = this.#parts.knowledge.classify(sql);
    const route = routeStatement(sql, classification, options, this.#parts);
    if (route.reason === 'misdeclared-write') this.#noteMisdeclared(sql, options);
    const request: Request = { route, text, values, sql, classification };
    let ok = false;
    try {
      const result = await runStatement(request, this.#parts);
      ok = true;
      return result;
    } finally {
      this.#finish(route, ok, sql);
    }
  }

  #noteMisdeclared(sql: string, { category }: RequestOptions): void {
    this.#parts.counters.misdeclaredWrites++;
    const message = `Declared as ${category} and run as the write it is: ${normalizeSql(sql)}`;
    this.#parts.warnings.say({ code: 'misdeclared-write', node: 'primary', message });
  }

  #finish(route: Route, ok: boolean, text: string): void {
    this.#parts.counters.count(route, ok);
    if (this.listenerCount('decision') === 0) return;
    const { group, failures, startedMs } = route;
    const durationMs = performance.now() - startedMs;
    this.emit('decision', { ...routingOf(route), text, group, ok, durationMs, failures });
  }

  connect(options: ConnectOptions = {}): Promise<PinnedClient> {
    return openConnection(options, this.#parts);
  }

  transaction<T>(options: ConnectOptions, fn: (client: PinnedClient) => Promise<T>): Promise<T> {
    return runTransaction(options, fn, this.#parts);
  }

  stats(): RouterStats {
    const { settings, servers, protection, consistency, knowledge, counters } = this.#parts;
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
      fallbacks: counters.fallbacks,
      misdeclaredWrites: counters.misdeclaredWrites,
      learnedStatements: knowledge.learnedCount,
    };
  }

  end(): Promise<void> {
    this.#ended ??= this.#parts.servers.end();
    return this.#ended;
  }
}
