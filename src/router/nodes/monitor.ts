import pg, { type QueryConfig } from 'pg';
import { RouterError, routerClosed } from '../errors.js';
import type { NodeConfig } from '../types.js';
import { clientConfig, cutConnection } from './client.js';

/** Connecting starts a process on the server and may take longer than an answer. */
const CONNECT_TIMEOUT_MS = 3000;
/** How long a server may take to say goodbye. */
const CLOSE_TIMEOUT_MS = 1000;

/** One connection to one node, made when needed, that is asked one thing at a time and answers in time or is thrown away. */
export class Monitor {
  #client: pg.Client | undefined;
  #closed = false;
  /** Settles when all that was asked before is answered. */
  #tail: Promise<unknown> = Promise.resolve();

  /** @param onBreak told when the connection breaks, or is thrown away */
  constructor(
    readonly name: string,
    readonly node: NodeConfig,
    readonly applicationName: string | undefined,
    readonly onBreak: () => void = () => {},
  ) {}

  /**
   * Sends a text of one or more statements, one result each, or a single statement with a name: what is asked again and
   * again needs to be planned but once. It waits for its turn; its time runs from when it is sent.
   * @throws RouterError `HEALTH_TIMEOUT`, `CLOSED`, or what the server or socket says; the next call connects anew
   */
  ask(question: string | QueryConfig, timeoutMs: number): Promise<pg.QueryResult[]> {
    const answer = this.#tail.then(() => this.#send(question, timeoutMs));
    this.#tail = answer.catch(() => {});
    return answer;
  }

  async #send(question: string | QueryConfig, timeoutMs: number): Promise<pg.QueryResult[]> {
    const client = this.#client ?? (await this.#connect());
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      cutConnection(client);
    }, timeoutMs);
    try {
      const results = (await client.query(question as string)) as pg.QueryResult | pg.QueryResult[];
      return Array.isArray(results) ? results : [results];
    } catch (error) {
      this.#forget(client);
      if (!timedOut) throw error;
      throw new RouterError('HEALTH_TIMEOUT', `${this.name} did not answer within ${timeoutMs} ms`);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connect(): Promise<pg.Client> {
    if (this.#closed) throw routerClosed();
    const client = new pg.Client({
      ...clientConfig(this.node, this.applicationName),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client.on('error', () => this.#forget(client));
    this.#client = client;
    try {
      await client.connect();
    } catch (error) {
      this.#forget(client);
      throw error;
    }
    if (this.#closed) {
      this.#forget(client);
      throw routerClosed();
    }
    return client;
  }

  #forget(client: pg.Client): void {
    if (this.#client === client) {
      this.#client = undefined;
      this.onBreak();
    }
    cutConnection(client);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const force = setTimeout(() => cutConnection(client), CLOSE_TIMEOUT_MS);
    await client.end().catch(() => {});
    clearTimeout(force);
  }
}
