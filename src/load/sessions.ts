import { delayBy, type Ended, NO_DELAY } from './delay.js';
import type { Counted, Endings, Outcome } from './tally.js';

interface SessionState<E> {
  /** Events that are due and wait for the one on its way; null while none is on its way. */
  waiting: E[] | null;
  answeredMs: number;
  last: Ended;
}

const NOTHING: Ended = { delay: NO_DELAY, answeringMs: 0, answering: 'server' };

/**
 * Sends the events of many sessions, each session's in order and one at a time. The caller offers an event when it
 * is due; if its session still waits for its previous answer, the event waits with it, and that time counts as
 * the server's (backpressure), not as the generator's lateness. Used by the player and, bundled, by k6.
 */
export class Sessions<E extends { session: number }> {
  private readonly sessions = new Map<number, SessionState<E>>();
  private unfinishedCount = 0;
  private isStopped = false;
  /** When events were last held back until others had ended. */
  private heldMs = 0;
  private whenFewer: { than: number; resolve: () => void } | undefined;

  /**
   * @param now ms since the schedule's zero
   * @param endings told of each event that has ended
   * @param counted what it is told of it
   * @param perform performs an event of a session whose previous one has been answered; must not throw or reject. Of
   *   the time until then, it may have waited for a connection of the generator's own.
   * @param isFull whether this thread has no time left: an answer may then have been there long before it is seen
   */
  constructor(
    private readonly now: () => number,
    private readonly endings: Endings,
    private readonly counted: (event: E) => Counted,
    private readonly perform: (event: E) => Promise<Outcome & { waitedMs?: number }>,
    private readonly isFull: () => boolean = () => false,
  ) {}

  /** Events that are due and have not ended: those on their way and those waiting for their session. */
  get unfinished(): number {
    return this.unfinishedCount;
  }

  get stopped(): boolean {
    return this.isStopped;
  }

  /**
   * Takes an event that is due now.
   * @returns whether it is on its way: it does not wait for its session
   */
  offer(event: E): boolean {
    if (this.isStopped) return false;
    this.unfinishedCount++;
    let session = this.sessions.get(event.session);
    if (!session) {
      session = { waiting: null, answeredMs: 0, last: NOTHING };
      this.sessions.set(event.session, session);
    }
    if (session.waiting) {
      session.waiting.push(event);
      return false;
    }
    void this.play(session, event);
    return true;
  }

  /** Sends nothing more: what still waits for its session stays unsent. What is on its way is awaited by `idle`. */
  stop(): void {
    this.isStopped = true;
    for (const { waiting } of this.sessions.values()) {
      if (waiting) this.unfinishedCount -= waiting.splice(0).length;
    }
    this.tellIfFewer();
  }

  /** Resolves when every event offered so far has ended. */
  idle(): Promise<void> {
    return this.fewerThan(1);
  }

  /**
   * Holds events back while there are `most` unfinished, until a tenth of those have ended. That time is not the
   * generator's either.
   */
  async holdBack(most: number): Promise<void> {
    if (this.unfinishedCount < most) return;
    await this.fewerThan(0.9 * most);
    this.heldMs = this.now();
  }

  /** One wait at a time. */
  private async fewerThan(than: number): Promise<void> {
    if (this.unfinishedCount < than) return;
    await new Promise<void>((resolve) => {
      this.whenFewer = { than, resolve };
    });
  }

  private tellIfFewer(): void {
    if (!this.whenFewer || this.unfinishedCount >= this.whenFewer.than) return;
    this.whenFewer.resolve();
    this.whenFewer = undefined;
  }

  private async play(session: SessionState<E>, first: E): Promise<void> {
    const waiting: E[] = [];
    session.waiting = waiting;
    for (let event: E | undefined = first; event; event = waiting.shift()) {
      const counted = this.counted(event);
      const freeMs = Math.max(counted.dueMs, session.answeredMs);
      const readyMs = Math.max(freeMs, this.heldMs);
      const sentMs = this.now();
      const outcome = await this.perform(event);
      const answeredMs = this.now();
      const { waitedMs = 0 } = outcome;
      const answering = this.isFull() ? 'generator' : 'server';
      const delay = delayBy(session.last, freeMs - counted.dueMs);
      delay[answering] += readyMs - freeMs;
      delay.generator += sentMs - readyMs;
      delay.connection += waitedMs;
      session.last = { delay, answeringMs: answeredMs - sentMs - waitedMs, answering };
      session.answeredMs = answeredMs;
      this.endings.ended(counted, outcome, { readyMs, sentMs, answeredMs, delay });
      this.unfinishedCount--;
      this.tellIfFewer();
    }
    session.waiting = null;
  }
}
