import pg from 'pg';
import { type Node, reachCounts } from '../../cluster/index.js';
import type { VolumeObservation } from '../../record/pure.js';
import { cutConnection } from '../../router/nodes/index.js';
import type { Catalog } from '../../router/sql/index.js';
import { AT_FIRST_MS, PATIENCE_MS } from '../patience.js';
import { type Described, describe, UNKNOWN } from './describe.js';
import {
  addedUp,
  growth,
  readDiscarded,
  readTexts,
  type Snapshot,
  takeSnapshot,
  totalsOf,
} from './snapshot.js';

/**
 * What one node has counted. A server that doesn't answer is taken to have counted nothing since it last did, and its
 * counts are said to be short.
 */
export class NodeCount {
  #short: VolumeObservation['short'] = null;
  #client: pg.Client | null = null;
  #wasReached = false;
  #first: Snapshot = new Map();
  #discardedBefore = 0;
  #now: Snapshot = new Map();
  #marked: Snapshot | null = null;
  readonly #blocks: Snapshot[] = [];

  constructor(readonly node: Node) {}

  async #connection(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = new pg.Client({
      ...this.node.monitor,
      application_name: 'splitbench-volume',
      connectionTimeoutMillis: this.#wasReached ? PATIENCE_MS : AT_FIRST_MS,
      query_timeout: PATIENCE_MS,
    });
    client.on('error', () => {});
    await client.connect();
    this.#wasReached = true;
    await reachCounts(client);
    this.#client = client;
    return client;
  }

  /** @throws where the server can't be asked */
  async begin(): Promise<void> {
    const client = await this.#connection();
    this.#discardedBefore = await readDiscarded(client);
    this.#first = await takeSnapshot(client);
    this.#now = this.#first;
  }

  async mark(): Promise<void> {
    await this.#take();
    if (this.#marked) this.#blocks.push(growth(this.#marked, this.#now));
    this.#marked = this.#now;
  }

  /** The last snapshot, and the texts of the statements; a replica numbers them as its primary does. */
  async finish(
    texts: Map<string, Described>,
    catalog: Catalog,
    own: Parameters<typeof describe>[2],
  ): Promise<void> {
    await this.#take();
    const discarded = await this.#ask(readDiscarded);
    if (discarded !== null && discarded > this.#discardedBefore) this.#short = 'discarded';
    for (const { id, query } of (await this.#ask(readTexts)) ?? [])
      texts.set(id, describe(query, catalog, own));
    this.close();
  }

  observation(texts: ReadonlyMap<string, Described>): VolumeObservation {
    const known = (id: string) => texts.get(id) ?? UNKNOWN;
    const isRead = (id: string) => known(id).kind === 'read';
    const isWrite = (id: string) => known(id).kind === 'write';
    const window = addedUp(this.#blocks);
    const whole = growth(this.#first, this.#now);
    const others = totalsOf(window, (id) => known(id).foreign === true);
    return {
      node: this.node.name,
      reads: totalsOf(window, isRead),
      readCallsByBlock: this.#blocks.map((block) => totalsOf(block, isRead).calls),
      wholeCalls: { read: totalsOf(whole, isRead).calls, write: totalsOf(whole, isWrite).calls },
      short: this.#short,
      ...(others.calls > 0 && { others }),
      statements: Array.from(window, ([id, totals]) => {
        const { foreign, ...described } = known(id);
        return { ...described, ...totals };
      }),
    };
  }

  /** Without a goodbye, for which a server that hangs would be waited. */
  close(): void {
    if (this.#client) cutConnection(this.#client);
    this.#client = null;
  }

  async #take(): Promise<void> {
    this.#now = (await this.#ask(takeSnapshot)) ?? this.#now;
  }

  /** Null where the node doesn't answer; it is asked on a new connection the next time. */
  async #ask<T>(question: (client: pg.Client) => Promise<T>): Promise<T | null> {
    try {
      return await question(await this.#connection());
    } catch {
      this.#short = 'no answer';
      this.close();
      return null;
    }
  }
}
