import { formatSpan } from '../../machine/pure.js';
import type { LogRecord } from './log-record.js';
import { LogClock } from './log-time.js';

/** Where a record begins. */
export interface Place {
  file: string;
  line: number;
}

/** How often something was met, and where first. */
export interface Met {
  count: number;
  first: (Place & { seconds: number }) | null;
}

/** When a record was written by its own clock, and the file that it stands in. */
interface Stamped {
  us: number;
  file: string;
}

const MINUTE_US = 60e6;
/**
 * A record that is off by more than this from both that stand around it in its file, to the same side, has a damaged time.
 * Before a quiet night there is no such record: all that follow are later too. Nor is there where a clock was set back.
 */
const STRAY_US = 30 * MINUTE_US;
/** The same for the first and the last record of a file, which have one neighbour only: pauses of some days there are. */
const STRAY_AT_AN_END_US = 365 * 24 * 60 * MINUTE_US;
/** By less than this, servers write records out of order. */
export const SET_BACK_US = MINUTE_US;

/**
 * Puts the records of a log, in the order in which they were written, on one scale of time.
 *
 * A record's time is believed where its neighbours bear it out. One that strays is damaged, and is told. Where a clock was
 * set back, time goes on from there: sessions that were at work then keep their order and their pace. Pauses stay what they are.
 */
export class Timeline {
  readonly setBacks: Met = { count: 0, first: null };
  #before: Stamped | undefined;
  /** Waits for the record after it. */
  #held: { record: LogRecord; place: Place; us: number } | undefined;
  #shiftUs = 0;

  constructor(
    private readonly handlers: {
      /** @param stampUs when it was written, in µs on the log's scale */
      record(record: LogRecord, stampUs: number): void;
      damaged(place: Place, reason: string): void;
    },
    readonly clock = new LogClock(),
  ) {}

  add(record: LogRecord, place: Place): void {
    const us = this.clock.toUs(record.time);
    if (Number.isNaN(us)) {
      this.handlers.damaged(place, 'its time is no date and time');
      return;
    }
    this.#settle({ us, file: place.file });
    this.#held = { record, place, us };
  }

  /** Call it once, after the last record. */
  end(): void {
    this.#settle(undefined);
    this.#held = undefined;
  }

  /** The time at the end of the last file by its own clock, in µs, unless it strays. */
  get endUs(): number {
    const [before, held] = [this.#before, this.#held];
    if (!held) return Number.NEGATIVE_INFINITY;
    const beforeUs = before?.file === held.place.file ? before.us : undefined;
    return beforeUs === undefined || strayOf(held.us, beforeUs, undefined) === 0 ? held.us : beforeUs;
  }

  /** Judges the record that waits, now that the time of the one after it is known. */
  #settle(after: Stamped | undefined): void {
    if (!this.#held) return;
    const { record, place, us } = this.#held;
    const before = this.#before;
    // Files may overlap: a neighbour in another one bears no record out, and none strays from it.
    const beforeUs = before?.file === place.file ? before.us : undefined;
    const afterUs = after?.file === place.file ? after.us : undefined;
    const strayUs = strayOf(us, beforeUs, afterUs);
    if (strayUs > 0) {
      const off = formatSpan(strayUs / 1e6);
      this.handlers.damaged(place, `its time is ${off} off those of the records around it`);
      return;
    }
    if (beforeUs !== undefined && isSetBack(beforeUs, us, after?.us)) {
      this.#shiftUs += beforeUs - us;
      meet(this.setBacks, place, (beforeUs - us) / 1e6);
    }
    this.#before = { us, file: place.file };
    this.handlers.record(record, us + this.#shiftUs);
  }
}

/** By how much a time is off both its neighbours, in µs; 0 if it isn't, or has none. */
function strayOf(us: number, beforeUs: number | undefined, afterUs: number | undefined): number {
  if (beforeUs === undefined && afterUs === undefined) return 0;
  const most = beforeUs === undefined || afterUs === undefined ? STRAY_AT_AN_END_US : STRAY_US;
  const offBefore = us - (beforeUs ?? afterUs!);
  const offAfter = us - (afterUs ?? beforeUs!);
  const isStray = (offBefore > most && offAfter > most) || (offBefore < -most && offAfter < -most);
  return isStray ? Math.min(Math.abs(offBefore), Math.abs(offAfter)) : 0;
}

/** Whether it isn't just one record that was written late: what follows is nearer to it than to what was before. */
function isSetBack(beforeUs: number, us: number, afterUs: number | undefined): boolean {
  if (beforeUs - us <= SET_BACK_US) return false;
  return afterUs === undefined || Math.abs(afterUs - us) < Math.abs(afterUs - beforeUs);
}

function meet(met: Met, place: Place, seconds: number): void {
  met.count++;
  met.first ??= { ...place, seconds };
}
