import { EventEmitter } from 'node:events';
import type { QueryConfig } from 'pg';
import { Servers } from './nodes/servers.js';
import { resolvePolicy } from './policy/policy.js';
import { Rules } from './policy/rules.js';
import { Admission } from './requests/admission.js';
import { Connections } from './requests/connections.js';
import { Counters } from './requests/counters.js';
import { Knowledge } from './requests/knowledge.js';
import { Replicas } from './requests/replicas.js';
import { type Request, type Route, Routes, routingOf } from './requests/route.js';
import { type Means, Statements } from './requests/statements.js';
import { runTransaction } from './requests/transaction.js';
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
  const policy = resolvePolicy(options.policy);
  const settings = settingsOf(options);
  const { retryWithinMs, failoverWaitMs } = settings;
  const warnings = new Warnings(options.onWarning);
  const admission = new Admission(settings, warnings);
  const rules = new Rules(policy);
  const servers = new Servers(settings, warnings, rules.trackPositions);
  await loadParser();
  try {
    const knowledge = new Knowledge(await servers.start(), servers.health, warnings);
    const consistency = new Consistency(servers.health, rules.trackPositions);
    const replicas = new Replicas(consistency, retryWithinMs, warnings);
    const means = { replicas, admission, consistency, knowledge, failoverWaitMs };
    return new PgRouter({ policy: policy.name, rules, servers, warnings, means });
  } catch (error) {
    await servers.end();
    throw error;
  }
}

interface Parts {
  policy: string;
  rules: Rules;
  servers: Servers;
  warnings: Warnings;
  means: Means;
}

class PgRouter extends EventEmitter<{ decision: [Decision] }> implements Router {
  readonly #startedMs = performance.now();
  readonly #parts: Parts;
  readonly #routes: Routes;
  readonly #statements: Statements;
  readonly #connections: Connections;
  readonly #counters = new Counters();
  #misdeclaredWrites = 0;
  #ended: Promise<void> | undefined;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    const { rules, means } = parts;
    this.#routes = new Routes(rules, means.consistency, means.knowledge);
    this.#statements = new Statements(means);
    this.#connections = new Connections(means, this.#routes, (route, ok, text) =>
      this.#finish(route, ok, text),
    );
  }

  session(token?: string): Session {
    return new RouterSession(this.#parts.rules.longestDelayMs, token);
  }

  async classify(sql: string): Promise<Classification> {
    return this.#parts.means.knowledge.classifier(sql);
  }

  async query(
    text: string | QueryConfig,
    values?: unknown[],
    options: RequestOptions = {},
  ): Promise<RoutedResult> {
    const sql = typeof text === 'string' ? text : text.text;
    const classification = this.#parts.means.knowledge.classify(sql);
    const route = this.#routes.forStatement(sql, classification, options);
    if (route.reason === 'misdeclared-write') this.#noteMisdeclared(sql, options);
    const request: Request = { route, text, values, sql, classification };
    let ok = false;
    try {
      const result = await this.#statements.run(request);
      ok = true;
      return result;
    } finally {
      this.#finish(route, ok, sql);
    }
  }

  #noteMisdeclared(sql: string, { category }: RequestOptions): void {
    this.#misdeclaredWrites++;
    const message = `Declared as ${category} and run as the write it is: ${normalizeSql(sql)}`;
    this.#parts.warnings.say({ code: 'misdeclared-write', node: 'primary', message });
  }

  #finish(route: Route, ok: boolean, text: string | undefined): void {
    this.#counters.count(route, ok);
    if (this.listenerCount('decision') === 0) return;
    const { group, failures, startedMs } = route;
    const durationMs = performance.now() - startedMs;
    this.emit('decision', { ...routingOf(route), text, group, ok, durationMs, failures });
  }

  connect(options: ConnectOptions = {}): Promise<PinnedClient> {
    return this.#connections.open(options);
  }

  async transaction<T>(options: ConnectOptions, fn: (client: PinnedClient) => Promise<T>): Promise<T> {
    return runTransaction(await this.#connections.open(options), options, fn);
  }

  stats(): RouterStats {
    const { policy, servers, means } = this.#parts;
    const { nodes, health } = servers;
    return {
      policy,
      uptimeMs: performance.now() - this.#startedMs,
      requests: this.#counters.rows(),
      pools: nodes.map(({ pool }) => pool.stats()),
      replicas: nodes.slice(1).map(({ status }) => status),
      primary: health.primary?.name ?? null,
      promotions: health.promotions,
      protection: means.admission.stats(),
      consistency: { ...means.consistency.stats },
      fallbacks: means.replicas.fallbacks,
      misdeclaredWrites: this.#misdeclaredWrites,
      learnedStatements: means.knowledge.learnedCount,
    };
  }

  end(): Promise<void> {
    this.#ended ??= this.#parts.servers.end();
    return this.#ended;
  }
}
