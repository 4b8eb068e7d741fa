import pg, { type QueryConfig, type QueryResult } from 'pg';
import type { SessionEffect } from '../sql/effect.js';
import { SessionContents } from '../sql/session-contents.js';
import type { NodeConfig } from '../types.js';

/** `pg`'s connection, which it keeps to itself. */
interface Wire {
  stream: { destroy(): void };
  /** The text of each prepared statement by its name, as far as `pg` has prepared it. */
  parsedStatements: Record<string, string>;
  /** Those on their way. */
  submittedNamedStatements: Record<string, string>;
  /** Removes one on the server, which is no error if there is none; takes effect with the next statement. */
  close(message: { type: 'S'; name: string }): void;
  on(
    event: 'parameterStatus',
    listener: (message: Record<'parameterName' | 'parameterValue', string>) => void,
  ): void;
}

/**
 * A connection that knows whether its server is a standby. The server says so at the start (`in_hot_standby`,
 * PostgreSQL 14) and again with the answer to the next statement once it was promoted.
 *
 * It also knows what its user may have left in its session, and keeps from him what others have. Named queries of `pg`
 * and the last numbers of sequences stay in it from user to user, as long as nobody looks: to clear them each time would
 * cost a round trip, and plans.
 */
export class RoutedClient extends pg.Client {
  standby: boolean | undefined;
  /** When it began to connect, on the clock of performance.now(). */
  readonly openedMs = performance.now();
  /** 180004 for 18.4; 0 if it is not known. */
  serverVersion = 0;
  /** Whether its commits are answered before they are flushed, as it was when it was opened. */
  commitsUnflushed = false;
  /** Told when the server turns out to have another role than before. */
  onRoleChange: (() => void) | undefined;
  /** What its user may have left in it so far. */
  readonly contents = new SessionContents();
  /** Named queries of the user who holds it. */
  readonly #ownNames = new Set<string>();
  /** Named queries that may be prepared no longer. */
  readonly #doubtfulNames = new Set<string>();
  /** Whether users before have drawn numbers from sequences on it. */
  #othersDrew = false;
  readonly #wire: Wire;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.#wire = (this as unknown as { connection: Wire }).connection;
    this.#wire.parsedStatements = noStatements();
    this.#wire.submittedNamedStatements = noStatements();
    this.#wire.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'server_version') this.serverVersion = versionNumber(parameterValue);
      if (parameterName !== 'in_hot_standby') return;
      const before = this.standby;
      this.standby = parameterValue === 'on';
      if (before !== undefined && before !== this.standby) this.onRoleChange?.();
    });
  }

  /**
   * Runs a user's statement.
   * @param effect what the statement may do to its session
   * @param held whether its user may send more of them before the connection is given back
   */
  run(
    query: string | QueryConfig,
    values: unknown[] | undefined,
    effect: SessionEffect,
    held: boolean,
  ): Promise<QueryResult> {
    const name = typeof query === 'string' ? undefined : query.name;
    if (name !== undefined) this.#useName(name, (query as QueryConfig).text, held);
    this.beReadyFor(effect, held);
    const answer = this.query(query, values);
    // Its table may have changed since another user prepared it: it is prepared anew for the next.
    if (name !== undefined) answer.catch(() => this.#doubtfulNames.add(name));
    if (!this.contents.concerns(effect)) return answer;
    return answer.then(
      (result) => {
        this.#succeeded(effect);
        return result;
      },
      (error) => {
        this.contents.failed();
        throw error;
      },
    );
  }

  /** To be called just before a user's statement is sent in another way than by `run`. */
  beReadyFor(effect: SessionEffect, held: boolean): void {
    const { handlesPrepared, leaves, readsSequences } = effect;
    const isUnknown = leaves.includes('unknown');
    if (handlesPrepared || isUnknown || leaves.includes('prepared-statements')) this.#showOwnNamesOnly();
    const looks = readsSequences !== undefined || isUnknown || (held && leaves.includes('sequences'));
    if (looks && this.#othersDrew) this.#discardSequences();
    this.contents.note(effect);
  }

  /** Has the server prepare the query anew where the name is another user's for another text, or may be forgotten. */
  #useName(name: string, text: string, held: boolean): void {
    const known = this.#wire.parsedStatements[name];
    const isOthers = known !== undefined && known !== text && !this.#ownNames.has(name);
    if (this.#doubtfulNames.delete(name) || isOthers) this.#unprepare(name);
    if (held) this.#ownNames.add(name);
  }

  /** Before SQL that could meet others' named queries, or remove the user's own. */
  #showOwnNamesOnly(): void {
    for (const name of Object.keys(this.#wire.parsedStatements)) {
      if (this.#ownNames.has(name)) this.#doubtfulNames.add(name);
      else this.#unprepare(name);
    }
  }

  #unprepare(name: string): void {
    this.#wire.close({ type: 'S', name });
    delete this.#wire.parsedStatements[name];
  }

  #forgetPrepared(): void {
    this.#wire.parsedStatements = noStatements();
    this.#doubtfulNames.clear();
  }

  /** Goes ahead of the user's statement. In a failed transaction it fails as that does. */
  #discardSequences(): void {
    this.#othersDrew = false;
    this.query('DISCARD SEQUENCES').catch(() => {
      this.#othersDrew = true;
    });
  }

  #succeeded(effect: SessionEffect): void {
    if (effect.clears.includes('prepared-statements')) this.#forgetPrepared();
    this.contents.done(effect, !isBetweenTransactions(this));
  }

  /**
   * Makes it as new for the next user. Undefined if nothing has to be sent for that.
   * @param timeoutMs rejects if the server hasn't answered by then
   */
  renew(timeoutMs: number): Promise<void> | undefined {
    const { contents } = this;
    if (this.#ownNames.size > 0) this.#ownNames.clear();
    if (contents.states.delete('sequences')) this.#othersDrew = true;
    // Not ready: a statement still runs, or the server's word on its transaction is still to come.
    const { readyForQuery } = this as unknown as { readyForQuery: boolean };
    if (contents.states.size > 0 || !readyForQuery) return this.#reset(timeoutMs);
    contents.clear();
    return undefined;
  }

  async #reset(timeoutMs: number): Promise<void> {
    await this.query({ text: this.contents.resetText, query_timeout: timeoutMs } as QueryConfig);
    if (this.contents.states.has('prepared-statements')) this.#forgetPrepared();
    this.contents.clear();
  }
}

/** By their names, which are the users': one called `constructor` is as unknown as any other. */
function noStatements(): Wire['parsedStatements'] {
  return Object.create(null);
}

/** `18.4` and `19beta1` as PostgreSQL's server_version_num has them. */
function versionNumber(text: string): number {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return Number(major ?? 0) * 10_000 + Number(minor ?? 0);
}

/** What `pg` takes, whichever way the node was given; a name said for the router wins. */
export function clientConfig(node: NodeConfig, applicationName: string | undefined): pg.ClientConfig {
  const given = typeof node === 'string' ? { connectionString: node } : node;
  return applicationName === undefined ? given : { ...given, application_name: applicationName };
}

/** Cuts a connection without asking the server, which may be the one that doesn't answer. */
export function cutConnection(client: pg.ClientBase): void {
  const { connection } = client as unknown as { connection: Wire };
  connection.stream.destroy();
}

/** Whether the server says that no transaction is open here. A connection given back in one would leak it. */
export function isBetweenTransactions(client: pg.ClientBase): boolean {
  return (client.getTransactionStatus() ?? 'I') === 'I';
}

/** Whether a connection is whole and not being closed. */
export function isUsable(client: pg.ClientBase): boolean {
  const { _queryable, _ending } = client as unknown as Record<'_queryable' | '_ending', boolean>;
  return _queryable && !_ending;
}
