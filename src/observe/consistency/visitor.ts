import type { RequestCategory, RouteReason, Router, Session } from '../../router/index.js';
import type { VersionedRows } from './rows.js';

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

const SHARED_ROW = 0;

/** One session of the application, a request at a time. */
export class Visitor {
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

function oneIn(n: number): boolean {
  return Math.random() * n < 1;
}
