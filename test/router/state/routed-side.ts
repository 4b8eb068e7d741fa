import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import {
  createPool,
  type PinnedClient,
  type Router,
  type Session,
  withSession,
} from '../../../src/router/index.js';
import { type Answer, answerOf, answerOfError, takeSnapshot } from './answer.js';
import { leftBehind } from './as-new.js';
import { NO_SNAPSHOT } from './plain-side.js';
import type { Opening, Side } from './side.js';
import type { Statement } from './statements.js';
import { countPinning, type Tally } from './tally.js';

/** What is proved: users share the connections of a router's pool. */
export class RoutedSide implements Side {
  readonly #pool: pg.Pool;
  readonly #sessions = new Map<number, Session>();
  readonly #users = new Map<number, { client: pg.PoolClient | PinnedClient; heard: string[] }>();
  #snapshot = NO_SNAPSHOT;

  /**
   * @param user the database's user
   * @param seeded see `seededNumbers`
   */
  constructor(
    readonly router: Router,
    readonly user: string,
    readonly seeded: Set<number>,
    readonly tally: Tally,
  ) {
    this.#pool = createPool(router);
  }

  async open(user: number, how: Opening): Promise<void> {
    const heard: string[] = [];
    if (how === 'connection') {
      const client = await this.router.connect({ session: this.#sessionOf(user) });
      this.#users.set(user, { client, heard });
      return;
    }
    const client = await this.#pool.connect();
    client.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
    client.on('error', () => {});
    this.#users.set(user, { client, heard });
  }

  #sessionOf(user: number): Session {
    let session = this.#sessions.get(user);
    if (session === undefined) {
      session = this.router.session();
      this.#sessions.set(user, session);
    }
    return session;
  }

  async ask(user: number, statement: Statement): Promise<Answer> {
    const { client, heard } = this.#users.get(user)!;
    const answer = await this.#send(user, client as pg.PoolClient, statement);
    const news = heard.splice(0);
    return 'results' in answer && news.length > 0 ? { ...answer, heard: news } : answer;
  }

  askAlone(user: number, statement: Statement): Promise<Answer> {
    return this.#send(user, this.#pool, statement);
  }

  async #send(user: number, to: pg.Pool | pg.PoolClient, statement: Statement): Promise<Answer> {
    const { values, name } = statement;
    const text = statement.text.replace('~snapshot', this.#snapshot);
    const answer = await withSession(this.#sessionOf(user), () =>
      (name === undefined ? to.query(text, values) : to.query({ text, values, name })).then(
        answerOf,
        answerOfError,
      ),
    );
    this.#snapshot = takeSnapshot(answer) ?? this.#snapshot;
    return answer;
  }

  async release(user: number, destroy: boolean): Promise<void> {
    this.#users.get(user)!.client.release(destroy);
    this.#users.delete(user);
  }

  /** A connection that is never given back counts as well. */
  async leftBehind(held: number, emptied: boolean): Promise<string> {
    const deadline = performance.now() + 1000;
    while (this.router.stats().pools.some(({ busy }) => busy > held)) {
      if (performance.now() > deadline) return 'a connection is in use, and nobody holds it';
      await setImmediate();
    }
    return (await leftBehind(this.router, this.user, this.seeded, emptied)).join('; ');
  }

  async end(): Promise<void> {
    countPinning(this.tally, this.router.stats().pinning);
    for (const { client } of this.#users.values()) client.release(true);
    await this.router.end();
  }
}
