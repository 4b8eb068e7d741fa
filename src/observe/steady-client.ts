import pg from 'pg';
import type { Node } from '../cluster/index.js';
import { cutConnection } from '../router/nodes/index.js';
import { AT_FIRST_MS, PATIENCE_MS } from './patience.js';

/** So many questions in a row without an answer are no hiccup of the server's, nor of the bench's own. */
const UNANSWERED = 3;

/**
 * An observer's connection to a server, made again where it was lost. That happens when PostgreSQL starts anew, as it does
 * by itself when one of its processes crashes or is killed: whether it did is told by its checkpointer, which every server
 * has, and which lives as long as the rest. A server that answers nothing is told of, too.
 */
export class SteadyClient {
  #client: Promise<pg.Client> | undefined;
  #wasReached = false;
  #startedAt: string | undefined;
  #unanswered = 0;

  /** @param tell is told in a sentence what befell the server */
  constructor(
    private readonly node: Pick<Node, 'name' | 'monitor'>,
    private readonly options: pg.ClientConfig & { application_name: string },
    private readonly tell: (sentence: string) => void,
  ) {}

  /** @throws where the server can't be reached now, or doesn't answer in time */
  async ask<T>(question: (client: pg.Client) => Promise<T>): Promise<T> {
    try {
      const answer = await question(await this.#get());
      this.#unanswered = 0;
      return answer;
    } catch (error) {
      // What has a code was said by the server or its machine; that time is up, by nobody but the client.
      const isRefusal = (error as { code?: string }).code !== undefined;
      this.#unanswered = isRefusal ? 0 : this.#unanswered + 1;
      if (this.#unanswered === UNANSWERED) this.tell(unanswered(this.node));
      throw error;
    }
  }

  #get(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = this.#connect(() => {
      if (this.#client === client) this.#client = undefined;
    });
    this.#client = client;
    return client;
  }

  /** Without a goodbye, for which a server that hangs would be waited. */
  cut(): void {
    this.#client?.then(cutConnection, () => {});
  }

  async #connect(onEnd: () => void): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.node.monitor,
      connectionTimeoutMillis: this.#wasReached ? PATIENCE_MS : AT_FIRST_MS,
      query_timeout: PATIENCE_MS,
      ...this.options,
    });
    client.on('error', () => {}); // a server that goes away shows as missing samples
    client.once('end', onEnd);
    try {
      await client.connect();
      this.#wasReached = true;
      await this.#lookForRestart(client);
      return client;
    } catch (error) {
      onEnd();
      cutConnection(client);
      throw error;
    }
  }

  async #lookForRestart(client: pg.Client): Promise<void> {
    const { rows } = await client.query(STARTED);
    const startedAt: string | undefined = rows[0]?.at;
    if (startedAt === undefined) return;
    if (this.#startedAt !== undefined && this.#startedAt !== startedAt) this.tell(restarted(this.node));
    this.#startedAt = startedAt;
  }
}

const STARTED = `SELECT backend_start::text AS at FROM pg_stat_activity WHERE backend_type = 'checkpointer'`;

const restarted = ({ name }: Pick<Node, 'name'>) =>
  `The server of the ${name} restarted by itself while it was measured, because one of its processes crashed or was killed: ` +
  'its connections broke, and what it had counted is lost.';

const unanswered = ({ name }: Pick<Node, 'name'>) =>
  `The server of the ${name} answered nothing for ${(UNANSWERED * PATIENCE_MS) / 1000} s while it was measured: ` +
  'it stood still, or could not be reached.';
