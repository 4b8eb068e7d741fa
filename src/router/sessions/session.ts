import { RouterError } from '../errors.js';
import type { ServerNode } from '../nodes/node.js';
import type { Lineage } from '../nodes/roles.js';
import type { Session } from '../types.js';
import { boundOf, isCurrent, type Mark, type MarkText } from './marks.js';

/**
 * 2.TIME, then .SYSTEM.TIMELINE.LSN where a position is known, ~ if a replica was read from, ! where there is something
 * whose position isn't known, and *MARKS where the router that wrote it can still find that out. Base 36.
 */
const TOKEN =
  /^2\.([0-9a-z]{1,9})(?:\.([0-9a-z]{1,13})\.([0-9a-z]{1,7})\.([0-9a-z]{1,11}))?(~?)(!?)(?:\*([0-9a-z.!]{1,999}))?$/;

/** Something that a session may have seen or written, of which nobody knows where it was: the answer was lost. */
interface Doubt {
  /** It may be a commit that was answered before it was flushed. */
  readonly unflushed: boolean;
}

/** No transaction's id. */
const UNKNOWN = Number.POSITIVE_INFINITY;

/** What a session saw and has no position of yet. */
export interface Open {
  doubt: Doubt | undefined;
  marks: readonly Mark[];
}

/**
 * What a session has done and seen: when it last wrote; the highest position in the WAL that what it wrote or read is
 * known to lie below (its floor); and marks of what it has seen since, by node, which become positions when somebody
 * asks. Its token carries that from one request, process or machine to the next.
 */
export class RouterSession implements Session {
  /** Milliseconds since the epoch; 0 if it never wrote. */
  #lastWriteMs = 0;
  #lineage: Lineage | undefined;
  #lsn = 0;
  /** The newest of each node. */
  readonly #marks = new Map<ServerNode, Mark>();
  /** It read on a replica, which may have shown it a commit a moment before the primary does. */
  #readOnReplica = false;
  /** Of what replicas showed it all transactions are known to lie below this id, but for what is still marked. */
  #horizon = 0;
  #doubt: Doubt | undefined;

  /**
   * @param horizonMs after this long the time of a write matters to no rule
   * @param markText of the router whose session it is; without it no mark is read or written
   */
  constructor(
    readonly horizonMs: number,
    token = '',
    readonly markText?: MarkText,
  ) {
    const match = typeof token === 'string' ? TOKEN.exec(token) : null;
    if (!match) return;
    const [, time, system, timeline, lsn, replica, doubt, marks] = match;
    this.#lastWriteMs = Number.parseInt(time!, 36);
    this.#readOnReplica = replica === '~';
    if (this.#readOnReplica) this.#horizon = UNKNOWN;
    if (doubt === '!') this.lostSight();
    if (marks !== undefined) this.#takeMarks(marks);
    if (system === undefined) return;
    this.#lineage = { systemId: decimal(system), timeline: Number.parseInt(timeline!, 36) };
    this.#lsn = Number.parseInt(lsn!, 36);
  }

  #takeMarks(text: string): void {
    const marks = this.markText?.read(text);
    if (marks === undefined) this.lostSight(text.includes('!'));
    else for (const mark of marks) this.#marks.set(mark.node, mark);
  }

  /** It wrote, or may have: where, is said by a mark, if ever. */
  wrote(): void {
    this.#lastWriteMs = Date.now();
  }

  wroteWithin(ms: number): boolean {
    if (this.#lastWriteMs === 0 || ms <= 0) return false;
    const now = Date.now();
    // A time in the future is another machine's clock, or this one's before it was set back: it may not last for ever.
    if (this.#lastWriteMs > now) this.#lastWriteMs = now;
    return now - this.#lastWriteMs < ms;
  }

  /** A node has just answered it. */
  saw(mark: Mark, onReplica: boolean): void {
    const { node } = mark;
    if (onReplica) this.#readOnReplica = true;
    const before = this.#marks.get(node);
    if (before === undefined || before.epoch === mark.epoch) {
      const unflushed = mark.unflushed || before?.unflushed === true;
      this.#marks.set(node, unflushed === mark.unflushed ? mark : { ...mark, unflushed });
    } else {
      // The node may have less than it had then.
      this.lostSight(before.unflushed);
      this.#marks.set(node, mark);
    }
  }

  /** It wrote or read something of which nobody will be able to say where it was. */
  lostSight(unflushed = true): void {
    this.#doubt = { unflushed: unflushed || this.#doubt?.unflushed === true };
  }

  /** Everything that it wrote or read so far lies below this position of this lineage. */
  sawUpTo({ systemId, timeline }: Lineage, lsn: number): void {
    const same = this.#lineage?.systemId === systemId && this.#lineage.timeline === timeline;
    if (same) this.#lsn = Math.max(this.#lsn, lsn);
    // What an old primary says, still up after another was promoted, is no progress.
    else if (this.#lineage?.systemId !== systemId || timeline > this.#lineage.timeline) {
      this.#lineage = { systemId, timeline };
      this.#lsn = lsn;
    }
  }

  /** Whether the position of a mark is known by now; the session has it then instead of the mark. */
  learn(mark: Mark): boolean {
    const bound = boundOf(mark);
    if (bound === undefined) return false;
    this.sawUpTo(mark.lineage, bound.lsn);
    if (mark.node.role !== 'primary') this.#horizon = Math.max(this.#horizon, bound.horizon ?? UNKNOWN);
    this.#forget(mark);
    return true;
  }

  #forget(mark: Mark): void {
    if (this.#marks.get(mark.node) === mark) this.#marks.delete(mark.node);
  }

  #learnWhatIsKnown(): void {
    for (const mark of this.#marks.values()) this.learn(mark);
  }

  /** What it saw and has no position of, as far as the nodes have been asked. */
  get open(): Open {
    this.#learnWhatIsKnown();
    return { doubt: this.#doubt, marks: [...this.#marks.values()] };
  }

  /** The one mark that is open, if there is no other and it is of a replica that still has what it showed then. */
  get home(): Mark | undefined {
    if (this.#marks.size !== 1) return undefined;
    const [mark] = this.#marks.values();
    return mark!.node.role === 'replica' && isCurrent(mark!) ? mark : undefined;
  }

  /** It knows of a later promotion than whoever asks. */
  isAheadOf({ systemId, timeline }: Lineage): boolean {
    return this.#lineage?.systemId === systemId && this.#lineage.timeline > timeline;
  }

  /**
   * The position that a replica must have replayed, but for what is still marked; undefined if that isn't known: after
   * a promotion, or in doubt. Then where the primary is now will do: `settle` takes it.
   */
  floor({ systemId, timeline }: Lineage): number | undefined {
    if (this.#doubt !== undefined) return undefined;
    // It wrote at a router whose rules go by time alone.
    if (this.#lineage === undefined) return this.#lastWriteMs === 0 ? 0 : undefined;
    const same = this.#lineage.systemId === systemId && this.#lineage.timeline === timeline;
    return same ? this.#lsn : undefined;
  }

  /**
   * Whether what it saw may not show on the primary yet.
   * @param shows whether that shows all up to a position, or all transactions below an id, which is Infinity if unknown
   */
  isAheadOfPrimary(shows: (lsn: number, horizon: number) => boolean): boolean {
    if (!this.#readOnReplica) return false;
    this.#learnWhatIsKnown();
    const isKnown = this.#marks.size === 0 && this.#doubt === undefined;
    if (isKnown && shows(this.#lsn, this.#horizon)) {
      this.#readOnReplica = false;
      this.#horizon = 0;
    }
    return this.#readOnReplica;
  }

  /**
   * @param lsn where the primary was at some moment
   * @param open what the session had no position of before that; what came since stays open
   */
  settle(lineage: Lineage, lsn: number, { doubt, marks }: Open): void {
    if (this.#doubt === doubt) this.#doubt = undefined;
    for (const mark of marks) this.#forget(mark);
    // What replicas showed lies below the position, but nobody said below which transaction.
    if (this.#readOnReplica) this.#horizon = UNKNOWN;
    if (this.isAheadOf(lineage)) this.#lineage = undefined;
    this.sawUpTo(lineage, lsn);
  }

  token(): string {
    this.#learnWhatIsKnown();
    const recent = this.wroteWithin(this.horizonMs);
    const marks = this.#marks.size === 0 ? undefined : this.markText?.write(this.#marks.values());
    const inDoubt = this.#doubt !== undefined || (this.#marks.size > 0 && marks === undefined);
    if (!recent && this.#lineage === undefined && !inDoubt && marks === undefined) return '';
    let token = `2.${(recent ? this.#lastWriteMs : 0).toString(36)}`;
    if (this.#lineage !== undefined) {
      const { systemId, timeline } = this.#lineage;
      token += `.${BigInt(systemId).toString(36)}.${timeline.toString(36)}.${this.#lsn.toString(36)}`;
    }
    if (this.#readOnReplica) token += '~';
    if (inDoubt) token += '!';
    return marks === undefined ? token : `${token}*${marks}`;
  }
}

/**
 * A session that a caller handed in.
 * @throws RouterError `FOREIGN_SESSION`
 */
export function ownSession(session: Session | undefined): RouterSession | undefined {
  if (session === undefined || session instanceof RouterSession) return session;
  throw new RouterError('FOREIGN_SESSION', "The session is not one that the router's session() made.");
}

function decimal(base36: string): string {
  let value = 0n;
  for (const digit of base36) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return value.toString();
}
