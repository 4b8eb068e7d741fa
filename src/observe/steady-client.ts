import pg from 'pg';
import type { Node } from '../cluster/index.js';
import { cutConnection } from '../router/nodes/index.js';

/** A server that hangs must not keep the watching from its end. */
const PATIENCE_MS = 2000;

/**
 * An observer's connection to a server, made again where it was lost. That happens when PostgreSQL starts anew, as it does
 * by itself when one of its processes crashes or is killed: whether it did is told by its checkpointer, which every server
 * has, and which lives as long as the rest.
 */
export class SteadyClient {
  #client: Promise<pg.Client> | undefined;
  #startedAt: string | undefined;

  constructor(
    private readonly node: Node,
    private readonly options: pg.ClientConfig & { application_name: string },
    private readonly onRestart: () => void,
  ) {}

  /** @throws where the server can't be reached now */
  get(): Promise<pg.Client> {
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
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      ...this.options,
    });
    client.on('error', () => {}); // a server that goes away shows as missing samples
    client.once('end', onEnd);
    try {
      await client.connect();
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
    if (this.#startedAt !== undefined && this.#startedAt !== startedAt) this.onRestart();
    this.#startedAt = startedAt;
  }
}

const STARTED = `SELECT backend_start::text AS at FROM pg_stat_activity WHERE backend_type = 'checkpointer'`;
