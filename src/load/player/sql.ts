import type { Pool, PoolClient, QueryResult } from 'pg';
import {
  createPool,
  queuedMsOf,
  type RoutedResult,
  type Router,
  RouterError,
  type SessionEffect,
} from '../../router/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { ParameterOids } from '../driver.js';
import type { Outcome } from '../tally.js';
import type { Performed } from './answer-log.js';
import { operationOf } from './captured-errors.js';
import { COMMIT_ROLLED_BACK, describeCode } from './error-codes.js';
import { type OwnLimit, OwnLimits } from './own-limits.js';
import type { Performer, Placed } from './performer.js';
import type { ReplayedKeys } from './replayed-keys.js';
import { StatementTypes } from './statement-types.js';
import { TimeLimit } from './time-limit.js';

const SKIP_COPY = 'COPY FROM STDIN: a log does not hold its data';
const SKIP_SETTING =
  'SET of how a client talks to its connection (such as application_name): run, it would pin the session to the primary';
const SKIP_GIVEN_UP = 'its transaction was given up, since one of its statements could not be run';
const SKIP_STOPPED =
  'its session was stopped, since what it had set was lost or could not be set: what follows would mean something else';

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

/** SQLSTATE of whatever is asked for in a transaction that has failed already. */
const IN_FAILED_TRANSACTION = '25P02';
/** SQLSTATE of a statement that ran out of time, or that its client canceled. */
const CANCELED = '57014';

/** Added to the server's own time limit before a statement is given up from here: the server is cut off then. */
const GRACE_MS = 2000;

/** How long a session waits for a connection that it shares with others: as long as behind PgBouncer (query_wait_timeout). */
export const POOL_WAIT_MS = 120_000;

/**
 * Plays captured sessions through a router, each as one client of the router's pool from its first statement to its last:
 * what a statement leaves in its session (a setting, a temporary table, the last number of a sequence...) is found by those
 * after it, as it was when they were captured. A client takes no connection before it needs one. Where sessions are pooled it
 * gives it back after each transaction, unless it has left something there.
 *
 * Statements are limited in time by the server (`statement_timeout` of the router's connections), which ends waits
 * for locks that the replay's own order can bring about; what the server doesn't end is ended here.
 */
export function createSqlPerformer(
  router: Router,
  {
    timeoutMs,
    pooled = false,
    parameterOids = [],
    keys,
  }: { timeoutMs: number; pooled?: boolean; parameterOids?: ParameterOids; keys?: ReplayedKeys },
): Performer<SqlEvent> {
  const statements = new StatementTypes(parameterOids);
  const pool = createPool(router, { keepRouter: true, poolMode: pooled ? 'transaction' : 'session' });
  const limit = new TimeLimit(3 * timeoutMs + GRACE_MS + (pooled ? POOL_WAIT_MS : 0));
  const grace = new TimeLimit(GRACE_MS);
  const open = new Map<number, SqlSession>();
  let cutOff = 0;

  return {
    perform(event) {
      const session =
        open.get(event.session) ?? new SqlSession(router, pool, { limit, grace }, statements, keys);
      open.set(event.session, session);
      return session.perform(event);
    },
    forget(session) {
      const ended = open.get(session);
      if (ended?.inTransaction) cutOff++;
      ended?.giveBack();
      open.delete(session);
    },
    routerStats: () => router.stats(),
    cutOff: () => cutOff,
    async end() {
      for (const session of open.values()) session.giveBack({ destroy: true });
      await grace.of(router.end()).catch(() => {});
    },
  };
}

/** One captured session: its statements come one at a time, in order. */
class SqlSession {
  private client: PoolClient | null = null;
  /** The transaction that the session is in could not go on here: what is left of it is skipped. */
  private givenUp = false;
  /** What the session relies on could not be set: the rest of it is skipped. */
  private stopped = false;
  private readonly limits = new OwnLimits();
  /** A limit of the session's own that its connection has yet to be freed of. */
  private limit: OwnLimit | undefined;

  constructor(
    private readonly router: Router,
    private readonly pool: Pool,
    /** When a statement, and what ends its transaction after it, are given up from here. */
    private readonly waits: { limit: TimeLimit; grace: TimeLimit },
    private readonly types: StatementTypes,
    private readonly keys: ReplayedKeys | undefined,
  ) {}

  async perform({ sql, failed, place }: Placed<SqlEvent>): Promise<Performed> {
    if (this.stopped) return { end: 'skipped', reason: SKIP_STOPPED };
    const { effect } = await this.router.classify(sql.text);
    const { transaction } = effect;
    const begins = transaction?.kind === 'begin';
    const ends = (transaction?.kind === 'commit' || transaction?.kind === 'rollback') && !transaction.chain;
    if (effect.copiesIn) return { end: 'skipped', reason: SKIP_COPY };
    const isSkipped = isOfClients(effect, sql.text);
    this.limits.note(effect, isSkipped ? sql : undefined);
    if (isSkipped) return { end: 'skipped', reason: SKIP_SETTING };
    if (this.givenUp) {
      this.givenUp = !begins && !ends;
      if (!begins) return { end: 'skipped', reason: SKIP_GIVEN_UP };
    }

    const inTransaction = this.inTransaction;
    let waitedMs = 0;
    // Within a transaction, errors and answers tell how its connection was waited for when it began.
    const noteWait = (queuedMs: number) => {
      if (!inTransaction) waitedMs += queuedMs;
    };
    try {
      this.client ??= await this.pool.connect();
      const limit = this.limits.behind(failed);
      if (limit) {
        noteWait(queuedMsIn(await this.send(this.client, limit.set)));
        this.limit = limit;
      }
      const result = await this.send(this.client, this.keys?.put(sql, place) ?? sql);
      noteWait(queuedMsIn(result));
      this.keys?.learn(result, place);
      if (transaction?.kind === 'commit' && [result].flat().some(({ command }) => command === 'ROLLBACK'))
        return { ...this.failed(sql.text, COMMIT_ROLLED_BACK), waitedMs };
      return { end: 'ok', waitedMs, answer: (reader) => reader.ofRows(rowsOf(result)) };
    } catch (error) {
      noteWait(queuedMsOf(error));
      const lost = await this.recover(error, { inTransaction, failed });
      this.givenUp = begins || (lost && !ends);
      const isNew = failed === undefined && sqlStateOf(error) !== IN_FAILED_TRANSACTION;
      if ((isNew && sets(effect)) || isLost(error)) this.stop();
      return { ...this.failed(sql.text, codeOf(error)), waitedMs };
    } finally {
      if (this.limit) await this.liftLimit(this.limit);
    }
  }

  private send(client: PoolClient, sql: SqlEvent['sql']): Promise<QueryResult> {
    return this.waits.limit.of(client.query(this.types.typed(sql)));
  }

  /** A transaction that failed takes nothing more before its end, or a savepoint. */
  private async liftLimit({ reset }: OwnLimit): Promise<void> {
    if (this.client?.getTransactionStatus() === 'E') return;
    this.limit = undefined;
    if (this.client) await this.send(this.client, { text: reset }).catch(() => this.stop());
  }

  get inTransaction(): boolean {
    return (this.client?.getTransactionStatus() ?? 'I') !== 'I';
  }

  private stop(): void {
    this.stopped = true;
    this.giveBack({ destroy: true });
  }

  giveBack({ destroy = false } = {}): void {
    this.client?.release(destroy);
    this.client = null;
  }

  /**
   * After an error. An error that PostgreSQL answers with leaves its transaction to fail on, as it did when it was
   * captured; a statement that ran out of time only here, or a connection that broke, ends the transaction.
   * @returns whether that ended a transaction
   */
  private async recover(
    error: unknown,
    { inTransaction, failed }: { inTransaction: boolean; failed: string | undefined },
  ): Promise<boolean> {
    const broken = breaksConnection(error);
    const ranOutOfTime = sqlStateOf(error) === CANCELED && failed !== CANCELED;
    if (broken) this.giveBack({ destroy: true });
    else if (ranOutOfTime && inTransaction) await this.rollBack();
    return inTransaction && (broken || ranOutOfTime);
  }

  private async rollBack(): Promise<void> {
    try {
      await this.waits.grace.of(this.client!.query('ROLLBACK'));
    } catch {
      this.giveBack({ destroy: true });
    }
  }

  private failed(text: string, code: string): Outcome {
    return { end: 'failed', code, operation: operationOf(text) };
  }
}

/** A setting that is made by a function, and nothing else: Django makes its time zone so. */
const SETS_BY_FUNCTION = /^\s*select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\([^();]*\)[\s;]*$/i;

/** Whether all that a statement does is to set what is the pool's to set. */
function isOfClients({ onlySets, settings, resets }: SessionEffect, text: string): boolean {
  if (settings.length + resets.length === 0) return false;
  return (
    (onlySets || SETS_BY_FUNCTION.test(text)) &&
    [...settings, ...resets].every((name) => CLIENT_SETTINGS.has(name))
  );
}

/** Whether later statements of the session may rely on a setting that this one makes. */
function sets({ settings }: SessionEffect): boolean {
  return settings.length > 0 && !settings.includes('*');
}

/** All rows of a text's results, as the server wrote them. */
function rowsOf(result: QueryResult | QueryResult[]): (string | null)[][] {
  return [result].flat().flatMap(({ rows }) => rows as (string | null)[][]);
}

/** How long a statement waited while others had all connections, in ms. */
function queuedMsIn(result: QueryResult | QueryResult[]): number {
  return (result as Partial<RoutedResult>).routing?.queuedMs ?? 0;
}

function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return severity !== undefined && typeof code === 'string' ? code : undefined;
}

/** Codes of the router that say that a connection broke, and what was on it is gone. */
const LOST: ReadonlySet<string> = new Set(['MAYBE_COMMITTED', 'SESSION_LOST']);

/** Whether what the session had set was lost between two of its statements. */
function isLost(error: unknown): boolean {
  return error instanceof RouterError && error.code === 'SESSION_LOST';
}

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
