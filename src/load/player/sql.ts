import type { QueryConfig, QueryResult } from 'pg';
import type { PinnedClient, Router, Session } from '../../router/index.js';
import { normalizeSql, statementKind } from '../../router/sql/index.js';
import type { SqlEvent } from '../../workload/index.js';
import type { Outcome } from '../tally.js';
import type { Performed } from './answer-log.js';
import type { Performer } from './performer.js';
import { describeSqlState } from './sqlstate.js';

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

/** Longest statement text in a list of errors. */
const MAX_OPERATION_LENGTH = 200;

/** Added to the server's own time limit before a statement is given up from here: the server is cut off then. */
const GRACE_MS = 2000;

/**
 * Plays captured sessions through a router. Statements outside of a transaction go wherever the router sends them;
 * a transaction has one connection from BEGIN to its end, and a session that sets state (SET, PREPARE, a temporary
 * table) has one from there on.
 *
 * Statements are limited in time by the server (`statement_timeout` of the router's connections), which ends waits
 * for locks that the replay's own order can bring about; what the server doesn't end is ended here.
 */
export function createSqlPerformer(router: Router, timeoutMs: number): Performer<SqlEvent> {
  const open = new Map<number, SqlSession>();
  let stateful = 0;

  return {
    perform(event) {
      const session = open.get(event.session) ?? new SqlSession(router, timeoutMs, () => stateful++);
      open.set(event.session, session);
      return session.perform(event);
    },
    forget(session) {
      open.get(session)?.close();
      open.delete(session);
    },
    routerStats: () => router.stats(),
    remarks: () =>
      stateful === 0
        ? []
        : [
            `${stateful} ${stateful === 1 ? 'session' : 'sessions'} set session state (SET, PREPARE, a temporary ` +
              'table...) and stayed on one connection of the primary from there on, as behind any router.',
          ],
    async end() {
      for (const session of open.values()) session.close();
      await within(GRACE_MS, router.end()).catch(() => {});
    },
  };
}

/** One captured session: its statements come one at a time, in order. */
class SqlSession {
  private readonly routed: Session;
  private pinned: PinnedClient | null = null;
  /** The session has set state on its connection, which can't be given back. */
  private stateful = false;
  private transaction: 'none' | 'open' | 'given up' = 'none';

  constructor(
    private readonly router: Router,
    private readonly timeoutMs: number,
    private readonly onStateful: () => void,
  ) {
    this.routed = router.session();
  }

  async perform({ sql, category }: SqlEvent): Promise<Performed> {
    const statement = statementKind(sql.text);
    const { kind } = statement;
    const endsTransaction = (kind === 'commit' || kind === 'rollback') && !statement.chain;
    if (kind === 'copy-data') return { end: 'skipped', reason: SKIP_COPY };
    if (kind === 'session-state' && !this.pinned && CLIENT_SETTINGS.has(statement.setting ?? '')) {
      return { end: 'skipped', reason: SKIP_SETTING };
    }
    if (this.transaction === 'given up' && kind !== 'begin') {
      if (endsTransaction) this.transaction = 'none';
      return { end: 'skipped', reason: SKIP_GIVEN_UP };
    }
    if (this.transaction === 'given up') this.transaction = 'none';

    const query = asQuery(sql);
    try {
      if (kind === 'begin') await this.pin(statement.readOnly && !statement.serializable, category);
      if (kind === 'session-state') await this.pin(false, category);
      const result = await (this.pinned
        ? within(this.timeoutMs + GRACE_MS, this.pinned.query(query))
        : // The router may wait for a connection first, and try a second node.
          within(
            3 * this.timeoutMs + GRACE_MS,
            this.router.query(query, undefined, { session: this.routed, category }),
          ));
      if (kind === 'begin') this.transaction = 'open';
      if (kind === 'session-state') this.setState();
      if (endsTransaction) this.endTransaction();
      // PostgreSQL's answer to the COMMIT of a transaction in which a statement failed. It is no error there.
      if (kind === 'commit' && commandOf(result) === 'ROLLBACK')
        return this.failed(sql.text, 'COMMIT rolled back');
      return { end: 'ok', answer: (reader) => reader.ofRows(rowsOf(result)) };
    } catch (error) {
      await this.recover(error, kind === 'begin', endsTransaction);
      return this.failed(sql.text, codeOf(error));
    }
  }

  close(): void {
    this.unpin({ destroy: this.stateful || this.transaction === 'open' });
  }

  private async pin(readOnly: boolean, category: SqlEvent['category']): Promise<void> {
    if (this.pinned) return;
    const declared = readOnly && category !== 'write' ? { category } : {};
    this.pinned = await this.router.connect({ session: this.routed, readOnly, ...declared });
  }

  private unpin({ destroy }: { destroy: boolean }): void {
    this.pinned?.release(destroy);
    this.pinned = null;
  }

  private setState(): void {
    if (!this.stateful) this.onStateful();
    this.stateful = true;
  }

  private endTransaction(): void {
    this.transaction = 'none';
    if (!this.stateful) this.unpin({ destroy: false });
  }

  /**
   * After an error. An error that PostgreSQL answers with leaves its transaction to fail on, as it did when it was
   * captured; a statement that ran out of time, or a connection that broke, ends the transaction.
   */
  private async recover(error: unknown, wasBegin: boolean, wasEnd: boolean): Promise<void> {
    const inTransaction = this.transaction === 'open';
    const state = sqlStateOf(error);
    const broken = state === undefined || state.startsWith('08') || state.startsWith('57P');
    const ranOutOfTime = state === '57014';
    if (broken) {
      this.unpin({ destroy: true });
      this.stateful = false;
    } else if (ranOutOfTime && inTransaction) await this.rollBack();
    else if (wasEnd) this.endTransaction();
    else if (!inTransaction && !this.stateful) this.unpin({ destroy: true });
    if ((inTransaction && (broken || ranOutOfTime) && !wasEnd) || wasBegin) this.transaction = 'given up';
    if (wasEnd) this.transaction = 'none';
  }

  private async rollBack(): Promise<void> {
    try {
      await within(GRACE_MS, this.pinned!.query('ROLLBACK'));
      if (!this.stateful) this.unpin({ destroy: false });
    } catch {
      this.unpin({ destroy: true });
      this.stateful = false;
    }
  }

  private failed(text: string, code: string): Outcome {
    return { end: 'failed', code, operation: normalizeSql(text).slice(0, MAX_OPERATION_LENGTH) };
  }
}

/** Rows are counted by the server, not looked at here: they are left as they come. */
const UNPARSED = { getTypeParser: () => (value: unknown) => value };

function asQuery({ text, values }: SqlEvent['sql']): QueryConfig {
  return { text, values, rowMode: 'array', types: UNPARSED } as QueryConfig;
}

/** All rows of a text's results, as the server wrote them. */
function rowsOf(result: QueryResult | QueryResult[]): (string | null)[][] {
  return [result].flat().flatMap(({ rows }) => rows as (string | null)[][]);
}

/** Command tag of a result; of several statements in one text, of the last. */
function commandOf(result: QueryResult | QueryResult[]): string | undefined {
  return (Array.isArray(result) ? result.at(-1) : result)?.command;
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

function codeOf(error: unknown): string {
  const state = sqlStateOf(error);
  if (state !== undefined) return describeSqlState(state);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'connection lost';
}
