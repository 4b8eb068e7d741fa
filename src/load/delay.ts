import type { LateCause } from '../record/pure.js';

/**
 * Why an event had not begun when it was due, in ms by whose doing it was: together, from then until it had a connection, or
 * one was being opened for it, which is the server's work as its answer is.
 */
export type Delay = Record<LateCause, number>;

export const NO_DELAY: Delay = { generator: 0, connection: 0, server: 0 };

/** An event that has ended, for what it did to the next one of its session. */
export interface Ended {
  delay: Delay;
  /** From then to its answer, in ms, and who took that long. */
  answeringMs: number;
  answering: LateCause;
}

/**
 * Whose doing it is that an event had to wait for its session's previous answer: of who had that one come so late. What
 * comes earlier in its time is told apart by shares only.
 * @param waitedMs the last part of the previous event's time from when it was due to its answer
 */
export function delayBy({ delay, answeringMs, answering }: Ended, waitedMs: number): Delay {
  const before = delay.generator + delay.connection + delay.server;
  const ofAnswering = Math.min(waitedMs, answeringMs);
  const share = before > 0 ? (waitedMs - ofAnswering) / before : 0;
  const caused = {
    generator: delay.generator * share,
    connection: delay.connection * share,
    server: delay.server * share,
  };
  caused[answering] += ofAnswering;
  return caused;
}
