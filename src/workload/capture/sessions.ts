import { flat } from './flat-text.js';
import { NumberList } from './number-list.js';
import type { Selector } from './selection.js';
import { CapturedDatabase, CapturedSession, RESTING_NUMBERS } from './session.js';

/** Sessions of a part of the log as the trace needs to know them, by the index under which their statements were passed on. */
export interface LoggedSessions {
  clients: Client[];
  /** Each one's place among the clients. */
  clientOf: Uint32Array;
  /** How many of its statements go into the trace. */
  statements: Uint32Array;
}

/** Whose sessions are. */
export interface Client {
  database: string;
  user: string;
}

/**
 * So many sessions may do something again before one that does nothing is packed. Few: what has been in memory for long
 * waits there long, once it isn't needed any more, until it is collected.
 */
const RECENT = 1000;
const BLOCK_SESSIONS = 1024;

/**
 * The sessions of a log. A log may have millions, and seldom says that one has ended: of those that have done nothing for
 * long, no more than some numbers are kept.
 */
export class Sessions {
  readonly databases = new Map<string, CapturedDatabase>();
  /** Those that were asked for lately, and before that. */
  #recent = new Map<string, CapturedSession>();
  #earlier = new Map<string, CapturedSession>();
  #mostRecent = RECENT;
  /** Those that rest: their indexes, and what is known of them. */
  readonly #resting = new Map<string, number>();
  readonly #blocks: Float64Array[] = [];
  readonly #clients: Client[] = [];
  readonly #clientsByKey = new Map<string, number>();
  readonly #clientOf = new NumberList();
  readonly #statements = new NumberList();

  constructor(private readonly selector: Selector) {}

  /** A new session of that name: there is none. */
  begin(id: string, { database, user }: Client): CapturedSession {
    const index = this.#clientOf.length;
    this.#statements.push(0);
    this.#clientOf.push(this.#clientIndex(database, user));
    return this.#wake(flat(id), index);
  }

  /** The session of that name, if one has begun. */
  find(id: string): CapturedSession | undefined {
    const recent = this.#recent.get(id);
    if (recent) return recent;
    const earlier = this.#earlier.get(id);
    if (earlier) {
      this.#earlier.delete(id);
      this.#remember(id, earlier);
      return earlier;
    }
    const index = this.#resting.get(id);
    if (index === undefined) return undefined;
    this.#resting.delete(id);
    const session = this.#wake(flat(id), index);
    session.wake(this.#numbersOf(index));
    return session;
  }

  /** Forgets a session that has ended: a later one of its name is another. */
  end(id: string): void {
    this.#recent.delete(id);
    this.#earlier.delete(id);
    this.#resting.delete(id);
  }

  /** Counts a statement that goes into the trace. @returns whether it is the session's first */
  count({ index }: CapturedSession): boolean {
    return this.#statements.increase(index) === 1;
  }

  /** All that don't rest. */
  *awake(): Generator<CapturedSession> {
    yield* this.#earlier.values();
    yield* this.#recent.values();
  }

  logged(): LoggedSessions {
    const [clientOf, statements] = [this.#clientOf.values(), this.#statements.values()];
    return { clients: this.#clients, clientOf, statements };
  }

  #clientIndex(database: string, user: string): number {
    const key = `${database}\0${user}`;
    const known = this.#clientsByKey.get(key);
    if (known !== undefined) return known;
    this.#clientsByKey.set(key, this.#clients.length);
    return this.#clients.push({ database: flat(database), user: flat(user) }) - 1;
  }

  #wake(id: string, index: number): CapturedSession {
    const { database: name, user } = this.#clients[this.#clientOf.at(index)]!;
    const database = this.databases.get(name) ?? new CapturedDatabase(name);
    this.databases.set(name, database);
    const session = new CapturedSession(database, user, index, this.selector.cutOf(id, user));
    this.#remember(id, session);
    return session;
  }

  #remember(id: string, session: CapturedSession): void {
    if (this.#recent.size >= this.#mostRecent) this.#rest();
    this.#recent.set(id, session);
  }

  #rest(): void {
    const busy = new Map<string, CapturedSession>();
    for (const [id, session] of this.#earlier) {
      if (session.isResting) {
        session.rest(this.#numbersOf(session.index));
        this.#resting.set(id, session.index);
      } else {
        busy.set(id, session);
      }
    }
    this.#earlier = this.#recent;
    this.#recent = busy;
    // Twice: those that are busy are gone through again only after as many others.
    this.#mostRecent = RECENT + 2 * busy.size;
  }

  /** Where the numbers of a session at rest are. */
  #numbersOf(index: number): Float64Array {
    const block = Math.floor(index / BLOCK_SESSIONS);
    this.#blocks[block] ??= new Float64Array(BLOCK_SESSIONS * RESTING_NUMBERS);
    const at = (index % BLOCK_SESSIONS) * RESTING_NUMBERS;
    return this.#blocks[block].subarray(at, at + RESTING_NUMBERS);
  }
}
