import type { Category } from '../../record/pure.js';
import { MaskLosses } from '../mask/index.js';
import type { Analysis, PreparedStep } from './analysis.js';
import { Coverage, type NumberedTransactions } from './coverage.js';
import { ParameterReader, type StatementParameters } from './parameters.js';
import type { CutCode } from './selection.js';
import type { SkipCode } from './statements.js';

/** A statement whose values were bound. */
export interface BoundStatement {
  text: string;
  listing: string;
  startUs: number;
  /** The place of its record among the log's. */
  place: number;
}

/** How many numbers are kept of a session at rest: see {@link CapturedSession.rest}. */
export const RESTING_NUMBERS = 8;

/** One session of the log, as far as it has been read. */
export class CapturedSession {
  /** Whether the statement that is running goes into the trace. */
  runningIsKept = false;
  /** When the statement began that went into the trace last, and its place among the log's records. */
  lastUs = 0;
  lastPlace = 0;
  /** What was last bound, as long as it isn't known whether its execution is logged as well. */
  bound: BoundStatement | undefined;
  readonly numbered: NumberedTransactions = { last: 0, begun: 0 };
  /** Names of statements that it has prepared by SQL, as few sessions do. */
  #prepared: Set<string> | undefined;
  readonly #parameters = new ParameterReader();
  /** The statement logged at its start whose end hasn't been seen; once the session rested, its hash. */
  #running: string | number | undefined;
  #floorUs = Number.NEGATIVE_INFINITY;
  #transaction: 'none' | 'read-write' | 'read-only' = 'none';
  #isInTime = true;
  #reads = 0;
  #writes = 0;

  constructor(
    readonly database: CapturedDatabase,
    readonly user: string,
    /** Its place among the log's sessions. */
    readonly index: number,
    /** Why it is left out as a whole. */
    private readonly cutAsWhole?: CutCode,
  ) {}

  get inTransaction(): boolean {
    return this.#transaction !== 'none';
  }

  /** Why the statement that was judged last is left out; undefined if it isn't. */
  get cut(): CutCode | undefined {
    return this.cutAsWhole ?? (this.#isInTime ? undefined : 'time');
  }

  /**
   * Judges a statement that comes next: a transaction is taken or left out whole, as its first statement is.
   * @param isInTime whether the statement itself began within the time asked for
   */
  judge(isInTime: boolean): CutCode | undefined {
    if (this.#transaction === 'none') this.#isInTime = isInTime;
    return this.cut;
  }

  /**
   * When a statement started. Stamps are cut to milliseconds, and those of durations are the end's: a start worked
   * out from them can fall before the session's previous statement was done, which it didn't.
   * @param stampUs the record's time
   * @param durationUs how long it ran, if the stamp is that of its end
   */
  startOf(stampUs: number, durationUs: number | undefined): number {
    const startUs = Math.max(stampUs - (durationUs ?? 0), this.#floorUs);
    this.#floorUs = Math.max(stampUs, startUs);
    return startUs;
  }

  /** @param text the statement that was logged at its start; undefined: none runs */
  runs(text: string | undefined): void {
    this.#running = text;
  }

  isRunning(text: string): boolean {
    return this.#running === (typeof this.#running === 'number' ? hashOf(text) : text);
  }

  /** Whether it is in the middle of nothing: some numbers tell all of it that matters. */
  get isResting(): boolean {
    return !this.inTransaction && !this.bound && !this.#prepared?.size;
  }

  rest(numbers: Float64Array): void {
    const running = this.#running;
    numbers[0] = typeof running === 'string' ? hashOf(running) : (running ?? Number.NaN);
    numbers[1] = Number(this.runningIsKept) + 2 * Number(this.#isInTime);
    numbers[2] = this.lastUs;
    numbers[3] = this.lastPlace;
    numbers[4] = this.#floorUs;
    numbers[5] = this.numbered.last;
    numbers[6] = this.numbered.begun;
    numbers[7] = this.#parameters.longestWholeBytes;
  }

  /** Goes on from where it rested. */
  wake([running, flags, lastUs, lastPlace, floorUs, last, begun, longestWholeBytes]: Float64Array): void {
    this.#running = Number.isNaN(running) ? undefined : running;
    this.runningIsKept = (flags! & 1) !== 0;
    this.#isInTime = (flags! & 2) !== 0;
    this.lastUs = lastUs!;
    this.lastPlace = lastPlace!;
    this.#floorUs = floorUs!;
    this.numbered.last = last!;
    this.numbered.begun = begun!;
    this.#parameters.longestWholeBytes = longestWholeBytes!;
  }

  /** A statement's values, or why it can't be replayed. */
  parametersOf(analysis: Analysis, listing: string | undefined): StatementParameters {
    if (analysis.unreplayable) return { skip: analysis.unreplayable };
    return listing === undefined ? {} : this.#parameters.read(listing, analysis.parameters);
  }

  /**
   * Follows what the session prepares by SQL.
   * @returns whether a text runs what the log has not prepared
   */
  lacksPrepared(steps: readonly PreparedStep[]): boolean {
    let lacks = false;
    for (const { does, name } of steps) {
      if (name === undefined) this.#prepared = undefined;
      else if (does === 'prepare') {
        this.#prepared ??= new Set();
        this.#prepared.add(name);
      } else if (does === 'forget') this.#prepared?.delete(name);
      else lacks ||= !this.#prepared?.has(name);
    }
    return lacks;
  }

  /** Follows the session's transactions, to tell which of its reads a router could send to a replica. */
  follow(analysis: Analysis): void {
    const { tally } = this.database;
    if (this.cut || analysis.unreplayable === 'empty') {
      // Nothing of it is played.
    } else if (analysis.replicaSafe) {
      tally.reads++;
      if (this.#transaction === 'read-write') {
        tally.readsInReadWrite++;
        this.#reads++;
      }
    } else if (analysis.transaction === 'none') {
      tally.writes++;
      this.#writes++;
    }
    if (analysis.transaction === 'none') return;
    if (this.#transaction === 'read-write' && this.#writes === 0 && this.#reads > 0) {
      tally.readsThatCouldBeReadOnly += this.#reads;
    }
    this.#reads = this.#writes = 0;
    this.#transaction =
      analysis.transaction === 'end' ? 'none' : analysis.transaction === 'begin' ? 'read-write' : 'read-only';
  }
}

/** FNV-1a, of 32 bits: two statements of one session, one of which fails long after, seldom share it. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** One database of the log, counted. */
export class CapturedDatabase {
  statements = 0;
  failed = 0;
  sessions = 0;
  firstUs = Number.POSITIVE_INFINITY;
  lastUs = Number.NEGATIVE_INFINITY;
  /** The shortest of the statements that were logged with their duration. */
  shortestUs = Number.POSITIVE_INFINITY;
  readonly coverage = new Coverage();
  readonly categories: Record<Category, number> = { write: 0, read: 0, analytics: 0, realtime: 0 };
  readonly users = new Map<string, number>();
  readonly kinds = new Map<string, number>();
  readonly skipped = new Map<SkipCode, number>();
  readonly cuts = new Map<CutCode, number>();
  readonly tally = { reads: 0, writes: 0, readsInReadWrite: 0, readsThatCouldBeReadOnly: 0 };

  readonly maskLosses = new MaskLosses();

  constructor(readonly name: string) {}
}

/** Adds one to a counter. */
export function count<Key>(counters: Map<Key, number>, key: Key): void {
  counters.set(key, (counters.get(key) ?? 0) + 1);
}
