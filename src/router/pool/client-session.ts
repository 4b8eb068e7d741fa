import type { EventEmitter } from 'node:events';
import type { QueryConfig, QueryResult } from 'pg';
import { clientReleased, errorText, needsPrimary, type RouterError, sessionLost } from '../errors.js';
import { isRecoveryRefusal } from '../nodes/failures.js';
import type { NodeLease } from '../nodes/node.js';
import { leasePrimary } from '../nodes/primary.js';
import { openConnection } from '../requests/connections.js';
import type { Parts } from '../requests/parts.js';
import type { Pinned } from '../requests/pinned.js';
import { runQuery } from '../requests/query.js';
import { type Holder, type Route, sqlOf } from '../requests/route.js';
import { RouterSession } from '../sessions/session.js';
import type { Classification } from '../sql/classification.js';
import {
  beginsOnReplica,
  isCustomSetting,
  PINNING_STATES,
  type PinningState,
  type SessionState,
} from '../sql/effect.js';
import type { ConnectOptions, RequestOptions } from '../types.js';
import { HeldConnection, type Send, type TransactionStatus } from './held-connection.js';
import { primaryWork, type Statement, Transcript, workAfterEnd } from './transcript.js';

const BEGUN_ON_REPLICA = 'in a READ ONLY transaction that has begun on a replica';

const NOTHING: ReadonlySet<SessionState> = new Set();

/** How long a client keeps its connection to the primary: until its release, or while a transaction is open. */
export type PoolMode = 'session' | 'transaction';

/** A transaction that is open, or a Submittable that runs outside of one: all on one connection. */
interface Open {
  pinned: Pinned;
  held: HeldConnection;
  options: ConnectOptions;
  /** Of a transaction on a replica. */
  transcript: Transcript | undefined;
}

/**
 * What a client of the façade's pool has: one connection to the primary, from the first statement that needs the primary
 * to the release, so that what a statement left in its session is found by those after it. Reads outside a transaction
 * that depend on nothing of it are routed one by one; a READ ONLY transaction may run on a replica, and what it sets
 * there is run again on the primary before the client's next statement there. One statement at a time.
 *
 * In transaction mode the connection is given back already when no transaction is open and nothing is left in its session.
 */
export class ClientSession implements Holder {
  #primary: HeldConnection | undefined;
  #open: Open | undefined;
  /** Of transactions on replicas: what the primary's connection has yet to be told. */
  readonly #transcripts: Transcript[] = [];
  /** Where a client was given no session, his reads on replicas show his own writes all the same. */
  #session: RouterSession | undefined;
  /** Whether the statement that runs was sent to the primary's connection. */
  #usedOwn = false;
  /** Why nothing can be run any more. */
  #lost: RouterError | undefined;
  #ended = false;
  readonly #pinnedBy = new Set<PinningState>();
  readonly #keptFor = new Set<SessionState>();

  /** @param client emits the events of the connections that are held */
  constructor(
    readonly parts: Parts,
    readonly client: EventEmitter,
    readonly poolMode: PoolMode = 'session',
  ) {}

  get transactionStatus(): TransactionStatus {
    return (this.#open?.held ?? this.#primary)?.transactionStatus ?? 'I';
  }

  get holds(): boolean {
    return this.#primary !== undefined;
  }

  get keepsReads(): boolean {
    return this.#left((state) => (PINNING_STATES as readonly SessionState[]).includes(state));
  }

  /** In a transaction prepared statements, cursors and channels are asked for as well. */
  get #keepsTransactions(): boolean {
    return this.#left((state) => state !== 'sequences') || this.#transcripts.length > 0;
  }

  #left(matters: (state: SessionState) => boolean): boolean {
    if (this.#transcripts.some(({ leavesSettings }) => leavesSettings)) return true;
    for (const state of this.#states) if (matters(state)) return true;
    return false;
  }

  get #states(): ReadonlySet<SessionState> {
    return this.#primary?.connection.contents.states ?? NOTHING;
  }

  async query(
    text: string | QueryConfig,
    values: unknown[] | undefined,
    options: RequestOptions,
  ): Promise<QueryResult> {
    const classification = this.#classify(sqlOf(text));
    const statement = { text, values, classification };
    const found = this.#openFor(statement, options);
    const open = found instanceof Promise ? await found : found;
    if (open !== undefined) return this.#runIn(open, statement, () => open.pinned.query(text, values));
    if (!this.holds && !this.#keepsTransactions && onlyClears(classification)) {
      return runQuery(text, values, options, this.parts);
    }
    this.#usedOwn = false;
    try {
      return await runQuery(text, values, this.#own(options), this.parts, this);
    } catch (error) {
      if (this.#usedOwn) await this.#primary?.afterFailure(error);
      throw error;
    } finally {
      this.#countPins();
      this.#giveBackUnlessLeft();
    }
  }

  /** Resolves when the Submittable is done. */
  async submit(
    text: string,
    values: unknown[] | undefined,
    options: RequestOptions,
    send: Send,
  ): Promise<void> {
    const classification = this.#classify(text);
    const statement = { text, values, classification };
    const { writes, effect, target } = classification;
    const mayMove = target === 'replica' && effect.leaves.length === 0;
    const open =
      (await this.#openFor(statement, options)) ??
      (await this.#openOn({ ...this.#own(options), readOnly: mayMove }, mayMove ? this : this.#keeping));
    // What it saw can't be known: its session is in doubt, which costs the next read a question to the primary.
    const tell = () => open.pinned.losesSight(writes);
    await this.#runIn(open, statement, () => open.held.submit(send, effect, tell));
  }

  #classify(sql: string): Classification {
    return this.parts.knowledge.classifier(sql);
  }

  /** Whose requests they are: those of the client's own session, where none is given. */
  #own(options: RequestOptions): RequestOptions {
    return options.session === undefined && this.#session ? { ...options, session: this.#session } : options;
  }

  /** What a statement is to run in: the open transaction, one that it begins, or undefined: it stands alone. */
  #openFor(statement: Statement, options: RequestOptions): Open | undefined | Promise<Open> {
    const { classification } = statement;
    const open = this.#open;
    if (open === undefined) {
      this.#refuseIfLost();
      if (!mayBegin(classification) && this.transactionStatus === 'I') return undefined;
      return this.#begin({ ...this.#own(options), readOnly: mayBeginOnReplica(classification) });
    }
    if (open.transcript === undefined) return open;
    const isSound = open.held.transactionStatus === 'T';
    const what = workAfterEnd(statement) ?? (isSound ? primaryWork(classification) : undefined);
    if (what === undefined) return open;
    if (isSound && open.transcript.isFresh) return this.#move(open);
    throw needsPrimary(what, `${BEGUN_ON_REPLICA}: make it the first statement, or BEGIN without READ ONLY`);
  }

  async #begin(options: ConnectOptions): Promise<Open> {
    this.#open = await this.#openOn(options, this.#keeping);
    return this.#open;
  }

  async #openOn(options: ConnectOptions, holder: Holder): Promise<Open> {
    const pinned = await openConnection(options, this.parts, holder);
    if (this.#ended) {
      pinned.release();
      throw clientReleased();
    }
    const { connection, hold } = pinned;
    if (connection === this.#primary?.connection) {
      return { pinned, held: this.#primary, options, transcript: undefined };
    }
    const held = new HeldConnection(hold.node, connection, this.client, (destroy) => pinned.release(destroy));
    return { pinned, held, options, transcript: connection.standby ? new Transcript() : undefined };
  }

  /** For transactions and what is left in the session: the client's own connection, taken if need be. */
  get #keeping(): Holder {
    return {
      holds: this.holds,
      keepsReads: this.#keepsTransactions,
      lease: (route) => this.#leaseOwn(route),
    };
  }

  /** Has a transaction on a replica that has run nothing yet begin anew on the primary. */
  async #move({ pinned, held, options, transcript }: Open): Promise<Open> {
    const moved = await this.#openOn({ ...options, readOnly: false }, this.#keeping);
    await pinned.control('ROLLBACK').catch(() => {});
    held.release(false);
    this.#open = moved;
    for (const { text, values } of transcript!.statements) {
      try {
        await moved.pinned.repeat(text, values);
      } catch (error) {
        await moved.held.afterFailure(error);
        // What follows would run outside the transaction that it is meant for.
        if (moved.held.transactionStatus === 'I') this.#lost = sessionLost(error);
        throw error;
      }
    }
    return moved;
  }

  async #runIn<T>(open: Open, statement: Statement, work: () => Promise<T>): Promise<T> {
    const { held, transcript } = open;
    const wasFailed = held.transactionStatus === 'E';
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } catch (error) {
      await held.afterFailure(error);
      if (!transcript || !isRecoveryRefusal(error)) throw error;
      throw needsPrimary(
        `What this does (${errorText(error)})`,
        `${BEGUN_ON_REPLICA}: BEGIN without READ ONLY`,
        error,
      );
    } finally {
      const ended = held.transactionStatus === 'I';
      transcript?.note(statement, { ok, wasFailed, ended });
      if (ended) this.#close(open);
      else this.#open = open;
      this.#countPins();
      this.#giveBackUnlessLeft();
    }
  }

  #close({ pinned, held, transcript }: Open): void {
    this.#open = undefined;
    if (held === this.#primary) pinned.release();
    else held.release(false);
    if (transcript?.outlives) this.#transcripts.push(transcript);
  }

  lease(route: Route): NodeLease | Promise<NodeLease> {
    const needsOwn =
      route.rule === undefined || route.reason === 'learned' || route.reason === 'session-state';
    if (needsOwn || this.holds) return this.#leaseOwn(route);
    return leasePrimary(this.parts.servers.health, this.parts.settings.failoverWaitMs);
  }

  #leaseOwn(route: Route): NodeLease | Promise<NodeLease> {
    this.#refuseIfLost();
    // Also while two servers take writes: it is refused then, whichever of them the client is connected to.
    const mustTake = this.#primary === undefined || this.parts.servers.health.splitBrain !== undefined;
    if (mustTake || this.#transcripts.length > 0) return this.#makeOwn(route, mustTake);
    return this.#useOwn(route, 0);
  }

  async #makeOwn(route: Route, mustTake: boolean): Promise<NodeLease> {
    const queuedMs = mustTake ? await this.#take() : 0;
    await this.#playTranscripts();
    return this.#useOwn(route, queuedMs);
  }

  #useOwn(route: Route, queuedMs: number): NodeLease {
    route.session ??= this.#session ??= this.#newSession();
    if (route.reason === 'session-state') this.#countRead();
    this.#usedOwn = true;
    const { node, connection } = this.#primary!;
    return { node, lease: { client: connection, release: () => {} }, queuedMs, isKept: true };
  }

  #newSession(): RouterSession {
    const { rules, consistency } = this.parts;
    return new RouterSession(rules.longestDelayMs, undefined, consistency.markText);
  }

  /** @returns how long it was waited for while all connections of the pool were taken, in ms */
  async #take(): Promise<number> {
    const { node, lease, queuedMs } = await leasePrimary(
      this.parts.servers.health,
      this.parts.settings.failoverWaitMs,
    );
    if (this.#ended) {
      lease.release();
      throw clientReleased();
    }
    this.#primary = new HeldConnection(node, lease.client, this.client, (destroy) => lease.release(destroy));
    return queuedMs;
  }

  /** Does on the client's own connection what his transactions did to theirs, and writes nothing by it. */
  async #playTranscripts(): Promise<void> {
    const { connection } = this.#primary!;
    const statements = this.#transcripts.splice(0).flatMap((transcript) => transcript.statements);
    try {
      for (const { text, values, fails } of statements) {
        const { effect } = this.#classify(sqlOf(text));
        const done = connection.run(text, values, effect, true);
        await (fails ? done.catch(() => {}) : done);
      }
    } catch (error) {
      this.#lost = sessionLost(error);
      throw this.#lost;
    }
  }

  /**
   * A connection that broke is replaced if nothing was left in it. Else the client is told until it is released, as one
   * of `pg` is: without what was there its statements might do something else.
   */
  #refuseIfLost(): void {
    const failure = this.#primary?.failure;
    if (failure !== undefined && this.#states.size > 0) this.#lost ??= sessionLost(failure);
    if (this.#lost !== undefined) throw this.#lost;
    if (failure !== undefined) this.#letGo(true);
  }

  #countPins(): void {
    for (const state of PINNING_STATES) {
      if (!this.#isPinnedBy(state) || this.#pinnedBy.has(state)) continue;
      this.#pinnedBy.add(state);
      this.parts.counters.pinning[state].clients++;
    }
  }

  #countRead(): void {
    for (const state of PINNING_STATES) {
      if (this.#isPinnedBy(state)) this.parts.counters.pinning[state].reads++;
    }
  }

  /** In transaction mode, between two transactions. One that broke is kept until it is known what was lost with it. */
  #giveBackUnlessLeft(): void {
    if (this.poolMode !== 'transaction' || this.#primary === undefined || this.#primary.failure !== undefined)
      return;
    if (this.transactionStatus !== 'I') return;
    let left = false;
    for (const state of this.#states) {
      if (state === 'sequences') continue;
      left = true;
      if (this.#keptFor.has(state)) continue;
      this.#keptFor.add(state);
      this.parts.counters.kept[state]++;
    }
    if (!left) this.#letGo(false);
  }

  #isPinnedBy(state: PinningState): boolean {
    return this.#states.has(state) || (state === 'settings' && this.#left(() => false));
  }

  /** Gives everything back. What is open is rolled back by the server, as its connection is closed. */
  end(destroy: boolean): void {
    this.#ended = true;
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined && open.held !== this.#primary) open.held.release(destroy);
    open?.pinned.release(destroy);
    this.#letGo(destroy);
  }

  #letGo(destroy: boolean): void {
    this.#primary?.release(destroy);
    this.#primary = undefined;
  }
}

/** What can't be parsed may begin a transaction, if it may be more than one statement. */
function mayBegin({ reason, effect }: Classification): boolean {
  if (effect.transaction?.kind === 'begin') return true;
  return (reason === 'unparseable' || reason === 'too-long') && effect.leaves.includes('unknown');
}

function mayBeginOnReplica(classification: Classification): boolean {
  const { effect, writes } = classification;
  const { transaction, leaves, clears, resets } = effect;
  if (!beginsOnReplica(transaction)) return false;
  // A text of several statements may have done something before it begins.
  return (
    writes === 'never' && leaves.length + clears.length + resets.length === 0 && !primaryWork(classification)
  );
}

/** Sets back what a client may have left, and neither leaves nor asks for anything: any connection will do. */
function onlyClears({ effect, writes }: Classification): boolean {
  const { leaves, clears, resets, readsSequences } = effect;
  if (writes === 'certainly' || readsSequences !== undefined) return false;
  // To reset a setting of one's own makes it: '' from then on, no NULL.
  if (resets.some(isCustomSetting)) return false;
  return leaves.length === 0 && clears.length + resets.length > 0;
}
