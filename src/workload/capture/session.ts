import type { Category } from '../../record/pure.js';
import { MaskLosses } from '../mask/index.js';
import type { Analysis, PreparedStep } from './analysis.js';
import { Coverage, type NumberedTransactions } from './coverage.js';
import { ParameterReader, type StatementParameters } from './parameters.js';
import type { CutCode } from './selection.js';
import type { SkipCode } from './statements.js';
import { hashOf } from './text-table.js';

/** A statement whose values were bound. */
export interface BoundStatement {
  text: string;
  listing: string;
  startUs: number;
  /** The place of its record among the log's. */
  place: number;
}

/** How many numbers are kept of a session at rest, with a fraction and whole ones: see {@link CapturedSession.rest}. */
export const RESTING_REALS = 3;
export const RESTING_WHOLES = 7;

const TRANSACTIONS = ['none', 'read-write', 'read-only'] as const;

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
  /**
   * The statement logged at its start whose end hasn't been seen; once the session rested, its hash, which two of one
   * session seldom share.
   */
  #running: string | number | undefined;
  #floorUs = Number.NEGATIVE_INFINITY;
  #transaction: (typeof TRANSACTIONS)[number] = 'none';
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

  /** Whether some numbers tell all of it that matters. */
  get isResting(): boolean {
    return !this.bound && !this.#prepared?.size;
  }

  rest(reals: Float64Array, wholes: Uint32Array): void {
    const running = this.#running;
    const isRunning = Number(running !== undefined);
    const isKept = Number(this.runningIsKept);
    const isInTime = Number(this.#isInTime);
    reals.set([this.lastUs, this.lastPlace, this.#floorUs]);
    wholes.set([
      typeof running === 'string' ? hashOf(running) : (running ?? 0),
      isRunning + 2 * isKept + 4 * isInTime + 8 * TRANSACTIONS.indexOf(this.#transaction),
      this.#reads,
      this.#writes,
      this.numbered.last,
      this.numbered.begun,
      this.#parameters.longestWholeBytes,
    ]);
  }

  /** Goes on from where it rested. */
  wake([lastUs, lastPlace, floorUs]: Float64Array, wholes: Uint32Array): void {
    const [running, flags, reads, writes, last, begun, longestWholeBytes] = wholes;
    this.#running = (flags! & 1) !== 0 ? running : undefined;
    this.runningIsKept = (flags! & 2) !== 0;
    this.#isInTime = (flags! & 4) !== 0;
    this.#transaction = TRANSACTIONS[flags! >> 3]!;
    this.lastUs = lastUs!;
    this.lastPlace = lastPlace!;
    this.#floorUs = floorUs!;
    this.#reads = reads!;
    this.#writes = writes!;
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
