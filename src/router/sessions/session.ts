import { RouterError } from '../errors.js';
import type { Lineage } from '../nodes/roles.js';
import type { Session } from '../types.js';

/**
 * 2.TIME, then .SYSTEM.TIMELINE.LSN where a position is known and ~ if a replica showed it, then ! where there is one
 * that isn't known. Base 36.
 */
const TOKEN = /^2\.([0-9a-z]{1,9})(?:\.([0-9a-z]{1,13})\.([0-9a-z]{1,7})\.([0-9a-z]{1,11})(~?))?(!?)$/;

/**
 * What a session has done and seen: when it last wrote, and the highest position in the WAL that one of its writes
 * or reads is known to lie below (its floor). Its token carries that from one request, process or machine to the next.
 */
export class RouterSession implements Session {
  /** Milliseconds since the epoch; 0 if it never wrote. */
  #lastWriteMs = 0;
  #lineage: Lineage | undefined;
  #lsn = 0;
  /** It read on a replica, which may have shown it a commit a moment before the primary does. */
  #readOnReplica = false;
  /** It may have seen or written something whose position isn't known, the answer was lost: another one each time. */
  #doubt: symbol | undefined;

  /** @param horizonMs after this long the time of a write matters to no rule */
  constructor(
    readonly horizonMs: number,
    token = '',
  ) {
    const match = typeof token === 'string' ? TOKEN.exec(token) : null;
    if (!match) return;
    const [, time, system, timeline, lsn, replica, doubt] = match;
    this.#lastWriteMs = Number.parseInt(time!, 36);
    if (doubt === '!') this.lostSight();
    if (system === undefined) return;
    this.#lineage = { systemId: decimal(system), timeline: Number.parseInt(timeline!, 36) };
    this.#lsn = Number.parseInt(lsn!, 36);
    this.#readOnReplica = replica === '~';
  }

  /** It wrote, or may have, and what its position is will be said by `sawUpTo`, if ever. */
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

  /** Everything that it wrote or read so far lies below this position of this lineage. */
  sawUpTo({ systemId, timeline }: Lineage, lsn: number, onReplica = false): void {
    if (onReplica) this.#readOnReplica = true;
    const same = this.#lineage?.systemId === systemId && this.#lineage.timeline === timeline;
    if (same) this.#lsn = Math.max(this.#lsn, lsn);
    // What an old primary says, still up after another was promoted, is no progress.
    else if (this.#lineage?.systemId !== systemId || timeline > this.#lineage.timeline) {
      this.#lineage = { systemId, timeline };
      this.#lsn = lsn;
    }
  }

  /** It knows of a later promotion than whoever asks. */
  isAheadOf({ systemId, timeline }: Lineage): boolean {
    return this.#lineage?.systemId === systemId && this.#lineage.timeline > timeline;
  }

  /** Something was written or read and its position could not be asked for. */
  lostSight(): void {
    this.#doubt = Symbol();
  }

  /** What `settle` ends; undefined if it is not in doubt. */
  get doubt(): symbol | undefined {
    return this.#doubt;
  }

  /**
   * The position that a replica must have replayed; undefined if that isn't known: after a promotion, or in doubt.
   * Then where the primary is now will do: `settle` takes it.
   */
  floor({ systemId, timeline }: Lineage): number | undefined {
    if (this.#doubt !== undefined) return undefined;
    // It wrote at a router whose rules go by time alone.
    if (this.#lineage === undefined) return this.#lastWriteMs === 0 ? 0 : undefined;
    const same = this.#lineage.systemId === systemId && this.#lineage.timeline === timeline;
    return same ? this.#lsn : undefined;
  }

  /** Whether what it saw may not show on the primary yet; `hadReached` tells if that had its position a while ago. */
  isAheadOfPrimary(hadReached: (lsn: number) => boolean): boolean {
    if (this.#readOnReplica && hadReached(this.#lsn)) this.#readOnReplica = false;
    return this.#readOnReplica;
  }

  /**
   * @param lsn where the primary was at some moment
   * @param doubt what the session was in doubt of before that; what came to that since is left in doubt
   */
  settle(lineage: Lineage, lsn: number, doubt: symbol | undefined): void {
    if (this.#doubt === doubt) this.#doubt = undefined;
    if (this.#lineage === undefined || this.floor(lineage) === undefined) {
      this.#lineage = { ...lineage };
      this.#lsn = lsn;
    } else this.#lsn = Math.max(this.#lsn, lsn);
  }

  token(): string {
    const recent = this.wroteWithin(this.horizonMs);
    if (!recent && this.#lineage === undefined && this.#doubt === undefined) return '';
    const time = (recent ? this.#lastWriteMs : 0).toString(36);
    const doubt = this.#doubt === undefined ? '' : '!';
    if (this.#lineage === undefined) return `2.${time}${doubt}`;
    const { systemId, timeline } = this.#lineage;
    const seen = `${BigInt(systemId).toString(36)}.${timeline.toString(36)}.${this.#lsn.toString(36)}`;
    return `2.${time}.${seen}${this.#readOnReplica ? '~' : ''}${doubt}`;
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
