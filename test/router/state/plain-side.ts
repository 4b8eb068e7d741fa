import pg from 'pg';
import type { ConnectionConfig } from '../../../src/cluster/cluster.js';
import { type Answer, answerOf, answerOfError, takeSnapshot } from './answer.js';
import type { Opening, Side } from './side.js';
import { LEAVES_NOTHING, type Statement } from './statements.js';

/** What is right: each user has a connection of `pg` to the primary, and another one after each release. */
export class PlainSide implements Side {
  readonly #users = new Map<number, PlainClient>();
  /** For statements outside of a client, until one of them may have left something. */
  #alone: PlainClient | undefined;
  readonly #snapshot: { id: string } = { id: NO_SNAPSHOT };

  constructor(readonly config: ConnectionConfig) {}

  async open(user: number, how: Opening): Promise<void> {
    const client = await this.#connect();
    // A connection of the router's own tells nobody what it hears.
    client.listens = how === 'client';
    this.#users.set(user, client);
  }

  ask(user: number, statement: Statement): Promise<Answer> {
    return this.#users.get(user)!.ask(statement);
  }

  async askAlone(_user: number, statement: Statement): Promise<Answer> {
    this.#alone ??= await this.#connect();
    const answer = await this.#alone.ask(statement);
    if (!LEAVES_NOTHING.includes(statement.kind)) {
      await this.#alone.end();
      this.#alone = undefined;
    }
    return answer;
  }

  async release(user: number): Promise<void> {
    await this.#users.get(user)!.end();
    this.#users.delete(user);
  }

  async #connect(): Promise<PlainClient> {
    const client = new PlainClient(this.config, this.#snapshot);
    await client.connect();
    return client;
  }

  /** No connection is used twice. */
  async leftBehind(): Promise<string> {
    return '';
  }

  /** Of a user's client: `I`, `T` in a transaction, `E` in a failed one; `I` without a client. */
  transactionStatus(user: number): string {
    return this.#users.get(user)?.transactionStatus ?? 'I';
  }

  async end(): Promise<void> {
    await Promise.all([...this.#users.values(), this.#alone].map((client) => client?.end()));
  }
}

export const NO_SNAPSHOT = '00000003-0000001B-1';

class PlainClient {
  listens = false;
  readonly #client: pg.Client;
  #heard: string[] = [];

  constructor(
    config: ConnectionConfig,
    readonly snapshot: { id: string },
  ) {
    this.#client = new pg.Client(config);
    this.#client.on('error', () => {});
    this.#client.on('notification', ({ channel, payload }) => this.#heard.push(`${channel} ${payload}`));
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  get transactionStatus(): string {
    return this.#client.getTransactionStatus() ?? 'I';
  }

  async ask({ text, values, name }: Statement): Promise<Answer> {
    const sql = text.replace('~snapshot', this.snapshot.id);
    // An error is told before what became of the transaction.
    const ready = new Promise((resolve) => this.#client.once('drain', resolve));
    const answer = await this.#client
      .query(name === undefined ? { text: sql, values } : { text: sql, values, name })
      .then(answerOf, answerOfError);
    await ready;
    if ('results' in answer) this.#forget(text);
    this.snapshot.id = takeSnapshot(answer) ?? this.snapshot.id;
    const heard = this.#heard;
    this.#heard = [];
    return this.listens && 'results' in answer && heard.length > 0 ? { ...answer, heard } : answer;
  }

  /** `pg` by itself goes on to believe in what these statements have removed, and fails. */
  #forget(text: string): void {
    if (!/\b(deallocate (prepare )?all|discard all)\b/i.test(text)) return;
    (this.#client as unknown as { connection: { parsedStatements: object } }).connection.parsedStatements =
      {};
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}
