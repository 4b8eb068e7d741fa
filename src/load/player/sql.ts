import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import {
  createPool,
  type RoutedResult,
  type Router,
  RouterError,
  type Session,
  type SessionEffect,
  type SessionState,
  withSession,
} from '../../router/index.js';
import { SessionContents } from '../../router/sql/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { ParameterOids } from '../driver.js';
import type { Outcome } from '../tally.js';
import type { Performed } from './answer-log.js';
import { operationOf } from './captured-errors.js';
import { COMMIT_ROLLED_BACK, describeCode } from './error-codes.js';
import { KeptClients, ties } from './kept-clients.js';
import type { Performer } from './performer.js';
import { StatementTypes } from './statement-types.js';

const SKIP_COPY = 'COPY FROM STDIN: a log does not hold its data';
const SKIP_SETTING =
  'SET of how a client talks to its connection (such as application_name): run, it would pin the session to the primary';
const SKIP_GIVEN_UP = 'its transaction was given up, since one of its statements could not be run';

/**
 * Settings that drivers make when they connect. They change how answers are written and how long one may wait, not
 * what is read; behind a router they are the pool's to make.
 */
const CLIENT_SETTINGS = new Set([
  'application_name',
  'bytea_output',
  'client_encoding',
  'client_min_messages',
  'datestyle',
  'extra_float_digits',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'lock_timeout',
  'standard_conforming_strings',
  'statement_timeout',
  'timezone',
]);

/** Added to the server's own time limit before a statement is given up from here: the server is cut off then. */
const GRACE_MS = 2000;

/**
 * Plays captured sessions through a router. Statements outside of a transaction go wherever the router sends them. A
 * session is a client of the router's pool, as an application's is, for as long as it has a transaction open or something
 * in its session that later statements may rely on (a setting, a temporary table...).
 *
 * Statements are limited in time by the server (`statement_timeout` of the router's connections), which ends waits
 * for locks that the replay's own order can bring about; what the server doesn't end is ended here.
 */
export function createSqlPerformer(
  router: Router,
  { timeoutMs, parameterOids = [] }: { timeoutMs: number; parameterOids?: ParameterOids },
): Performer<SqlEvent> {
  const statements = new StatementTypes(parameterOids);
  const pool = createPool(router, { keepRouter: true });
  const open = new Map<number, SqlSession>();
  const kept = new KeptClients();

  return {
    perform(event) {
      const session = open.get(event.session) ?? new SqlSession(router, pool, timeoutMs, kept, statements);
      open.set(event.session, session);
      return session.perform(event);
    },
    forget(session) {
      open.get(session)?.giveBack();
      open.delete(session);
    },
    routerStats: () => router.stats(),
    kept: () => kept.counts,
    async end() {
      for (const session of open.values()) session.giveBack({ destroy: true });
      await within(GRACE_MS, router.end()).catch(() => {});
    },
  };
}

/** One captured session: its statements come one at a time, in order. */
class SqlSession {
  private readonly routed: Session;
  private client: PoolClient | null = null;
  private contents = new SessionContents();
  private readonly everLeft = new Set<SessionState>();
  /** The transaction that the session is in could not go on here: what is left of it is skipped. */
  private givenUp = false;

  constructor(
    private readonly router: Router,
    private readonly pool: Pool,
    private readonly timeoutMs: number,
    private readonly kept: KeptClients,
    private readonly types: StatementTypes,
  ) {
    this.routed = router.session();
  }

  async perform({ sql, category }: SqlEvent): Promise<Performed> {
    const { effect } = await this.router.classify(sql.text);
    const { transaction } = effect;
    const begins = transaction?.kind === 'begin';
    const ends = (transaction?.kind === 'commit' || transaction?.kind === 'rollback') && !transaction.chain;
    if (effect.copiesIn) return { end: 'skipped', reason: SKIP_COPY };
    if (!this.client && isOfClients(effect)) return { end: 'skipped', reason: SKIP_SETTING };
    if (this.givenUp) {
      this.givenUp = !begins && !ends;
      if (!begins) return { end: 'skipped', reason: SKIP_GIVEN_UP };
    }

    const query = this.types.typed(sql);
    const inTransaction = this.inTransaction;
    const startedMs = performance.now();
    try {
      if (begins || effect.leaves.some(ties)) this.client ??= await this.pool.connect();
      const result = await within(3 * this.timeoutMs + GRACE_MS, this.send(query, category));
      const waitedMs = inTransaction ? 0 : waitOf(result);
      if (this.client) this.noteOnClient(effect);
      if (transaction?.kind === 'commit' && [result].flat().some(({ command }) => command === 'ROLLBACK'))
        return this.failed(sql.text, COMMIT_ROLLED_BACK);
      return { end: 'ok', waitedMs, answer: (reader) => reader.ofRows(rowsOf(result)) };
    } catch (error) {
      const lost = await this.recover(error, inTransaction);
      this.givenUp = begins || (lost && !ends);
      const gotNone = error instanceof RouterError && error.code === 'ACQUIRE_TIMEOUT';
      const waitedMs = gotNone ? performance.now() - startedMs : 0;
      return { ...this.failed(sql.text, codeOf(error)), waitedMs };
    }
  }

  /** The router may wait for a connection first, and try a second node. */
  private send(query: QueryConfig, category: SqlEvent['category']): Promise<QueryResult> {
    const { client, routed } = this;
    return client
      ? withSession(routed, () => client.query(query))
      : this.router.query(query, undefined, { session: routed, category });
  }

  private get inTransaction(): boolean {
    return (this.client?.getTransactionStatus() ?? 'I') !== 'I';
  }

  private noteOnClient(effect: SessionEffect): void {
    this.contents.done(effect, this.inTransaction);
    this.kept.note(effect, this.everLeft);
    this.giveBackUnlessNeeded();
  }

  private giveBackUnlessNeeded(): void {
    if (!this.inTransaction && ![...this.contents.states].some(ties)) this.giveBack();
  }

  giveBack({ destroy = false } = {}): void {
    this.client?.release(destroy);
    this.client = null;
    this.contents = new SessionContents();
  }

  /**
   * After an error. An error that PostgreSQL answers with leaves its transaction to fail on, as it did when it was
   * captured; a statement that ran out of time, or a connection that broke, ends the transaction.
   * @returns whether that ended a transaction
   */
  private async recover(error: unknown, inTransaction: boolean): Promise<boolean> {
    const broken = breaksConnection(error);
    const ranOutOfTime = sqlStateOf(error) === '57014';
    this.contents.failed();
    if (broken) this.giveBack({ destroy: true });
    else if (ranOutOfTime && inTransaction) await this.rollBack();
    else this.giveBackUnlessNeeded();
    return inTransaction && (broken || ranOutOfTime);
  }

  private async rollBack(): Promise<void> {
    try {
      await within(GRACE_MS, this.client!.query('ROLLBACK'));
      this.giveBackUnlessNeeded();
    } catch {
      this.giveBack({ destroy: true });
    }
  }

  private failed(text: string, code: string): Outcome {
    return { end: 'failed', code, operation: operationOf(text) };
  }
}

/** Whether all that a statement does is to set what is the pool's to set. */
function isOfClients({ onlySets, settings, resets }: SessionEffect): boolean {
  const names = [...settings, ...resets];
  return onlySets && names.length > 0 && names.every((name) => CLIENT_SETTINGS.has(name));
}

/** All rows of a text's results, as the server wrote them. */
function rowsOf(result: QueryResult | QueryResult[]): (string | null)[][] {
  return [result].flat().flatMap(({ rows }) => rows as (string | null)[][]);
}

/** How long the statement waited for a connection, in ms; what is on one of its own already did so before. */
function waitOf(result: QueryResult | QueryResult[]): number {
  return (result as Partial<RoutedResult>).routing?.waitedMs ?? 0;
}

class TimeLimit extends Error {
  readonly code = 'timeout';
}

/** Rejects after `ms`, whatever becomes of the promise. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimit()), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return severity !== undefined && typeof code === 'string' ? code : undefined;
}

/** Codes of the router that say that a connection broke, and what was on it is gone. */
const LOST: ReadonlySet<string> = new Set(['MAYBE_COMMITTED', 'SESSION_LOST']);

/** Whether nothing can be said of the connection, and so of its transaction, any more. */
function breaksConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('08') || state.startsWith('57P');
  return !(error instanceof RouterError) || LOST.has(error.code);
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? describeCode(code) : 'connection lost';
}
