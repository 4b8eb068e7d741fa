import type { QueryConfig, QueryResult } from 'pg';
import { clientReleased, MaybeCommitted, needsPrimary, noteQueued } from '../errors.js';
import { isBetweenTransactions } from '../nodes/client.js';
import { cutsMidway, sqlState } from '../nodes/failures.js';
import type { NodeLease } from '../nodes/node.js';
import type { PooledClient } from '../nodes/pool.js';
import type { RequestCategory } from '../policy/categories.js';
import type { Writes } from '../sql/classification.js';
import type { Classifier } from '../sql/classify.js';
import { NO_EFFECT, type SessionEffect } from '../sql/effect.js';
import { mayBeSeveral } from '../sql/parse.js';
import type { PinnedClient, RoutedResult, Routing } from '../types.js';
import type { Parts } from './parts.js';
import { type Route, routingOf, sqlOf } from './route.js';

interface Hold extends NodeLease {
  route: Route;
  /** Declared for all of its statements; without it each is what it is found to be. */
  category: RequestCategory | undefined;
  /** Told whether the connection broke meanwhile. */
  onRelease: (broke: boolean) => void;
}

/**
 * Whether a text may commit the transaction that it is sent in, whatever it opens then (`COMMIT AND CHAIN`). Looked at
 * closely only if it has a word for that.
 */
function mayCommit(sql: string, classify: Classifier): boolean {
  if (!/\b(commit|prepare)\b|(^|[;/])\s*end\b/i.test(sql)) return false;
  // Of several, all count, and the text may be too long to be parsed.
  return mayBeSeveral(sql) || classify(sql).effect.transaction?.kind === 'commit';
}

/** A connection held for several statements: never moved to another node, none of them ever retried. */
export class Pinned implements PinnedClient {
  #mayHaveWritten = false;
  #catalogChanged = false;
  #broken = false;
  #released = false;
  /** A statement turned synchronous_commit off, perhaps for its transaction only. */
  #commitsUnflushed = false;

  readonly routing: Routing;
  readonly connection: PooledClient;
  /** Whether its session must remember up to which position it saw the data. */
  readonly #tracked: boolean;

  constructor(
    readonly hold: Hold,
    readonly parts: Parts,
  ) {
    const { route, node, lease, queuedMs } = hold;
    route.node = node;
    route.waitedMs = performance.now() - route.startedMs;
    route.queuedMs += queuedMs;
    this.routing = routingOf(route);
    this.connection = lease.client;
    this.#tracked = parts.consistency.concerns(route);
  }

  // biome-ignore lint/suspicious/noExplicitAny: rows are what the caller says they are
  async query(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<any>> {
    const sql = sqlOf(text);
    const { classifier } = this.parts.knowledge;
    const { route, category: declared } = this.hold;
    const { target, writes, reason, effect } = classifier(sql);
    const found = target === 'replica' ? 'read' : 'write';
    const category = writes === 'certainly' ? 'write' : (declared ?? found);
    if (writes !== 'never') {
      this.#mayHaveWritten = true;
      this.#catalogChanged ||= classifier.changesCatalog(sql);
    }
    if (effect.primaryOnly !== undefined && this.connection.standby === true) {
      throw needsPrimary(
        effect.primaryOnly,
        'on a replica: ask for a connection or transaction without readOnly',
      );
    }
    const startedMs = performance.now();
    let ok = false;
    try {
      const result = await this.#send(sql, effect, text, values);
      ok = true;
      (result as RoutedResult).routing = this.routing;
      return result;
    } catch (error) {
      noteQueued(error, this.routing.queuedMs);
      throw error;
    } finally {
      // BEGIN and COMMIT say where requests begin and end, and are none.
      if (reason !== 'transaction-control') this.parts.finish({ ...route, category, startedMs }, ok, sql);
    }
  }

  /** Runs a statement of the user's again, of which was told before. */
  repeat(text: string | QueryConfig, values: unknown[] | undefined): Promise<QueryResult> {
    const sql = sqlOf(text);
    return this.#send(sql, this.parts.knowledge.classifier(sql).effect, text, values);
  }

  /** Sends a statement of the router's own, such as BEGIN: not one of the user's requests. */
  control(sql: string): Promise<QueryResult> {
    return this.#send(sql, NO_EFFECT, sql);
  }

  async #send(
    sql: string,
    effect: SessionEffect,
    text: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult> {
    const { connection: client } = this;
    const { node, route } = this.hold;
    // Somebody else's by now.
    if (this.#released) throw clientReleased();
    if (effect.setsCommit) this.#commitsUnflushed = true;
    const inTransaction = !isBetweenTransactions(client);
    const { consistency } = this.parts;
    const sent = this.#tracked ? consistency.sent(node) : undefined;
    try {
      const result = await client.run(text, values, effect, true);
      node.answeredAtMs = performance.now();
      return result;
    } catch (error) {
      if (sqlState(error) === undefined) this.#broken = true;
      else node.answeredAtMs = performance.now();
      if (!cutsMidway(error)) throw error;
      this.#broken = true;
      void this.parts.servers.health.checkNow();
      // Within a transaction nothing is committed but by its COMMIT.
      if (this.#mayHaveWritten && (!inTransaction || mayCommit(sql, this.parts.knowledge.classifier)))
        throw new MaybeCommitted(error);
      throw error;
    } finally {
      // Also after COMMIT, which shows the writes before it, and after a failure, which may have come after one.
      if (this.#mayHaveWritten) route.session?.wrote();
      if (sent !== undefined) {
        if (this.#broken) route.session?.lostSight();
        else consistency.saw(route.session, sent, client.commitsUnflushed || this.#commitsUnflushed);
      }
      if (this.#catalogChanged && isBetweenTransactions(client)) {
        this.#catalogChanged = false;
        await this.parts.knowledge.databaseChanged(client);
      }
    }
  }

  /** A statement is run past it, on its connection: the session can't know what that saw. */
  losesSight(writes: Writes): void {
    if (writes !== 'never') this.hold.route.session?.wrote();
    if (this.#tracked) this.hold.route.session?.lostSight();
  }

  release(destroy = false): void {
    if (this.#released) return;
    this.#released = true;
    this.hold.lease.release(destroy || this.#broken);
    this.hold.onRelease(this.#broken);
  }
}
