import { flat } from './flat-text.js';
import { NumberList } from './number-list.js';
import type { Selector } from './selection.js';
import { CapturedDatabase, CapturedSession, RESTING_REALS, RESTING_WHOLES } from './session.js';
import { processOf } from './session-ids.js';
import { hashOf, TextTable } from './text-table.js';

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

/**
 * The sessions of a log. A log may have millions, and seldom says that one has ended: of those that have done nothing for
 * long, no more than some numbers are kept, of each process those of one session.
 */
export class Sessions {
  readonly databases = new Map<string, CapturedDatabase>();
  /** Those that were asked for lately, and before that. */
  #recent = new Map<string, CapturedSession>();
  #earlier = new Map<string, CapturedSession>();
  #mostRecent = RECENT;
  readonly #resting = new RestingSessions();
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
    const resting = this.#resting.take(id);
    if (!resting) return undefined;
    const session = this.#wake(flat(id), resting.index);
    session.wake(resting.reals, resting.wholes);
    return session;
  }

  /** Forgets a session that has ended: a later one of its name is another. */
  end(id: string): void {
    this.#recent.delete(id);
    this.#earlier.delete(id);
    this.#resting.take(id);
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
      if (session.isResting) this.#resting.put(id, session);
      else busy.set(id, session);
    }
    this.#earlier = this.#recent;
    this.#recent = busy;
    // Twice: those that are busy are gone through again only after as many others.
    this.#mostRecent = RECENT + 2 * busy.size;
  }
}

const BLOCK_SESSIONS = 1024;
/** What stands before a session's own numbers: its name's hash, and its place among the log's sessions. */
const BEFORE_WHOLES = 2;

/** Sessions at rest, as numbers: of each process the last one. */
class RestingSessions {
  /** Where a process's session is; 0: none of it rests. */
  readonly #placeOf = new TextTable();
  readonly #blocks: { reals: Float64Array; wholes: Uint32Array }[] = [];
  readonly #free: number[] = [];
  /** How many places there are; the first is none. */
  #places = 1;

  /** It takes the place of one that the same process had before: that one has ended. */
  put(id: string, session: CapturedSession): void {
    const process = processOf(id);
    const place = this.#placeOf.get(process) || (this.#free.pop() ?? this.#places++);
    const { reals, wholes } = this.#numbersAt(place);
    wholes[0] = hashOf(id);
    wholes[1] = session.index;
    session.rest(reals, wholes.subarray(BEFORE_WHOLES));
    this.#placeOf.set(process, place);
  }

  /** A session's place among the log's sessions and its numbers, which hold until the next one is put; it rests no more. */
  take(id: string): { index: number; reals: Float64Array; wholes: Uint32Array } | undefined {
    const process = processOf(id);
    const place = this.#placeOf.get(process);
    if (place === 0) return undefined;
    const { reals, wholes } = this.#numbersAt(place);
    if (wholes[0] !== hashOf(id)) return undefined;
    this.#placeOf.set(process, 0);
    this.#free.push(place);
    return { index: wholes[1]!, reals, wholes: wholes.subarray(BEFORE_WHOLES) };
  }

  #numbersAt(place: number): { reals: Float64Array; wholes: Uint32Array } {
    const block = Math.floor(place / BLOCK_SESSIONS);
    const size = { reals: RESTING_REALS, wholes: BEFORE_WHOLES + RESTING_WHOLES };
    this.#blocks[block] ??= {
      reals: new Float64Array(BLOCK_SESSIONS * size.reals),
      wholes: new Uint32Array(BLOCK_SESSIONS * size.wholes),
    };
    const { reals, wholes } = this.#blocks[block];
    const at = place % BLOCK_SESSIONS;
    return {
      reals: reals.subarray(at * size.reals, (at + 1) * size.reals),
      wholes: wholes.subarray(at * size.wholes, (at + 1) * size.wholes),
    };
  }
}
