import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestCategory, RouteReason, Router, Session } from '../router/index.js';
import type { VersionedRows } from './versioned-rows.js';

/** What a check does, and through what. */
export interface ConsistencyCheck {
  /** Several are instances of one application: sessions are handed from one to the next. */
  routers: Router[];
  rows: VersionedRows;
  /** How the reads are declared. Default: as reads, in no group. */
  category?: RequestCategory;
  group?: string;
  /** Ends after so many pairs. Default: when the signal says so. */
  pairs?: number;
  /** Of all sessions together. Default: as fast as it goes. */
  pairsPerSecond?: number;
  signal?: AbortSignal;
  /** Told of everything that is counted, as it happens. */
  onEvent?: (event: CheckEvent) => void;
}

export type CheckEvent =
  | ReadEvent
  /** A committed write whose row was read back at least once. */
  | { kind: 'pair' }
  | { kind: 'failed'; what: 'read' | 'write'; code: string; maybeCommitted: boolean };

export interface ReadEvent {
  kind: 'read';
  session: number;
  row: number;
  version: number;
  /** Versions that the session had written and read of this row before; 0: none. */
  written: number;
  seen: number;
  /** What any session knew to be committed when the read began. */
  committed: number;
  node: string;
  role: 'primary' | 'replica';
  reason: RouteReason;
}

export interface ConsistencyResult {
  /** Committed writes whose row was read back at least once: the unit of the check. */
  pairs: number;
  reads: number;
  /** Reads of a row that the session had written. */
  readBacks: number;
  /** Of these, the ones that showed less than the session had written. */
  stale: number;
  /** By how many versions a stale read was late at most. */
  staleVersionsMax: number;
  /** Reads that showed less than the session had read before. */
  backward: number;
  /**
   * Of these, the ones that no router can prevent: PostgreSQL may show a commit on a standby a moment before the
   * primary does. The primary answered, and with all that anyone had been told was committed.
   */
  replicaAhead: number;
  /** Reads that showed less than any session had been told before they began: what only `strict` rules out. */
  outdated: number;
  /** Writes that failed and may have been committed all the same. */
  unknownWrites: number;
  /** Requests that failed, by error code. */
  failed: Record<string, number>;
  routes: { node: string; reason: RouteReason; reads: number; stale: number; backward: number }[];
}

/**
 * Many sessions write rows and read them back, and look at each other's, all through a router: does a session see
 * what it wrote, and never go back in time? The versions it may see follow from what it was told: a write that may or
 * may not have been committed allows both, until a read shows it.
 */
export async function checkConsistency(check: ConsistencyCheck): Promise<ConsistencyResult> {
  const { routers, rows, pairs = Number.POSITIVE_INFINITY, signal, onEvent } = check;
  const tally = new ConsistencyTally();
  const tell = (event: CheckEvent) => {
    tally.add(event);
    onEvent?.(event);
  };
  const nextTurn = pacer(check.pairsPerSecond, signal);
  let begun = 0;
  const play = async (visitor: Visitor) => {
    while ((await nextTurn()) && begun < pairs) {
      begun++;
      if (await visitor.turn()) tell({ kind: 'pair' });
      else {
        begun--;
        // A server that is down refuses at once: no busy loop until it is back.
        await sleep(AFTER_FAILURE_MS);
      }
    }
  };
  const { category = 'read', group } = check;
  const committed = new Array<number>(rows.sessions + 1).fill(0);
  const visitors = Array.from(
    { length: rows.sessions },
    (_, i) => new Visitor(i + 1, routers, rows, { category, group }, committed, tell),
  );
  await Promise.all(visitors.map(play));
  return tally.result();
}

const AFTER_FAILURE_MS = 20;
const SHARED_ROW = 0;

/** One session of the application, a request at a time. */
class Visitor {
  /** By row: the last version that it wrote, and the highest that it read. */
  readonly #memory: { written: number; seen: number }[];
  #router: Router;
  #session: Session;

  constructor(
    readonly id: number,
    readonly routers: Router[],
    readonly rows: VersionedRows,
    readonly declared: { category: RequestCategory; group: string | undefined },
    /** By row: the version that any visitor's committed write has returned. */
    readonly committed: number[],
    readonly tell: (event: CheckEvent) => void,
  ) {
    this.#memory = Array.from({ length: rows.sessions + 1 }, () => ({ written: 0, seen: 0 }));
    this.#router = routers[id % routers.length]!;
    this.#session = this.#router.session();
  }

  /**
   * Looks at its row as it left it, writes, reads it back once or several times, looks twice at a neighbour's row and
   * at everybody's. True if it was a pair. How is drawn each time: a fixed order could fall in step with a router that
   * sends every second read elsewhere.
   */
  async turn(): Promise<boolean> {
    const row = oneIn(5) ? SHARED_ROW : this.id;
    const neighbour = (this.id % this.rows.sessions) + 1;
    await this.#read(row);
    const written = await this.#write(row);
    let answered = false;
    do answered = (await this.#read(row)) || answered;
    while (oneIn(2));
    for (const other of [neighbour, neighbour, SHARED_ROW, SHARED_ROW]) await this.#read(other);
    return written && answered;
  }

  async #write(row: number): Promise<boolean> {
    const session = this.#carried();
    const statement = this.rows.write(row);
    try {
      const { rows } = oneIn(2)
        ? await this.#router.transaction({ session }, (client) => client.query(statement))
        : await this.#router.query(statement, undefined, { session });
      const { version } = rows[0];
      this.#memory[row]!.written = version;
      this.committed[row] = Math.max(this.committed[row]!, version);
      return true;
    } catch (error) {
      this.#failed('write', error);
      return false;
    }
  }

  async #read(row: number): Promise<boolean> {
    const options = { session: this.#carried(), ...this.declared };
    const statement = this.rows.read(row);
    const committed = this.committed[row]!;
    try {
      const { rows, routing } = oneIn(5)
        ? await this.#router.transaction({ ...options, readOnly: true }, async (client) => ({
            rows: (await client.query(statement)).rows,
            routing: client.routing,
          }))
        : await this.#router.query(statement, undefined, options);
      const known = this.#memory[row]!;
      const version: number = rows[0]?.version ?? 0;
      const { node, role, reason } = routing;
      this.tell({ kind: 'read', session: this.id, row, version, ...known, committed, node, role, reason });
      known.seen = Math.max(known.seen, version);
      return true;
    } catch (error) {
      this.#failed('read', error);
      return false;
    }
  }

  /** The session as the next request has it: the object itself, or what a cookie made of it, here or at another router. */
  #carried(): Session {
    if (oneIn(3)) return this.#session;
    const token = this.#session.token();
    this.#router = this.routers[Math.floor(Math.random() * this.routers.length)]!;
    this.#session = this.#router.session(token);
    return this.#session;
  }

  #failed(what: 'read' | 'write', error: unknown): void {
    const { code, message } = error as { code?: string; message?: string };
    const maybeCommitted = what === 'write' && (code === undefined || CONNECTION_LOST.test(code));
    this.tell({ kind: 'failed', what, code: code ?? String(message), maybeCommitted });
  }
}

/** Codes of a write that failed without an answer of its own: the router's, Node's, and the server's when it goes away. */
const CONNECTION_LOST = /^(MAYBE_COMMITTED|ECONNRESET|EPIPE|ETIMEDOUT|08...|57P0.)$/;

/** Counts what a check tells. */
export class ConsistencyTally {
  readonly #result: ConsistencyResult = {
    pairs: 0,
    reads: 0,
    readBacks: 0,
    stale: 0,
    staleVersionsMax: 0,
    backward: 0,
    replicaAhead: 0,
    outdated: 0,
    unknownWrites: 0,
    failed: {},
    routes: [],
  };

  add(event: CheckEvent): void {
    const result = this.#result;
    if (event.kind === 'pair') result.pairs++;
    else if (event.kind === 'read') this.#addRead(event);
    else {
      result.failed[event.code] = (result.failed[event.code] ?? 0) + 1;
      if (event.maybeCommitted) result.unknownWrites++;
    }
  }

  #addRead({ version, written, seen, committed, node, role, reason }: ReadEvent): void {
    const result = this.#result;
    let route = result.routes.find((r) => r.node === node && r.reason === reason);
    if (!route) {
      route = { node, reason, reads: 0, stale: 0, backward: 0 };
      result.routes.push(route);
    }
    result.reads++;
    route.reads++;
    if (version < committed) result.outdated++;
    if (written > 0) result.readBacks++;
    if (version < written) {
      result.stale++;
      route.stale++;
      result.staleVersionsMax = Math.max(result.staleVersionsMax, written - version);
    }
    if (version < seen) {
      result.backward++;
      if (role === 'primary' && version >= Math.max(written, committed)) result.replicaAhead++;
      route.backward++;
    }
  }

  result(): ConsistencyResult {
    return structuredClone(this.#result);
  }
}

function oneIn(n: number): boolean {
  return Math.random() * n < 1;
}

/** Turns queue up: each waits for its time, and is false once the signal has ended it all. */
function pacer(perSecond: number | undefined, signal: AbortSignal | undefined): () => Promise<boolean> {
  let queue = Promise.resolve(true);
  let dueMs = performance.now();
  const wait = async () => {
    if (signal?.aborted) return false;
    if (perSecond === undefined) return true;
    // Turns that a slow server made late are not made up for.
    dueMs = Math.max(dueMs, performance.now()) + 1000 / perSecond;
    return sleep(dueMs - performance.now(), true, { signal }).catch(() => false);
  };
  return () => {
    queue = queue.then(wait);
    return queue;
  };
}
