/**
 * Ends a replay that no longer gets anywhere. A hung server would otherwise hold it for the time limit of every
 * single event that is left: days.
 */
export class Patience {
  private okCount = 0;
  private sinceMs = 0;

  /** @param limitMs how long events may be due without a single good answer */
  constructor(readonly limitMs: number) {}

  /**
   * To be asked about once a second.
   * @param unfinished events that are due and have not ended; with none, there is nothing to wait for
   */
  isOver(nowMs: number, ok: number, unfinished: number): boolean {
    if (ok !== this.okCount || unfinished === 0) {
      this.okCount = ok;
      this.sinceMs = nowMs;
    }
    return nowMs - this.sinceMs > this.limitMs;
  }

  /** For a time limit of one event: three of them in a row without a good answer. */
  static forTimeout(timeoutMs: number): Patience {
    return new Patience(3 * timeoutMs + 1000);
  }
}

/** What a driver says when its patience was over. */
export const GAVE_UP =
  'The replay was given up: requests were due, and for three time limits in a row not one was answered successfully. ' +
  'What was left was not sent.';
