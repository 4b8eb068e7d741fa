import { epochMs } from './clock.js';

/** What `performance.now()` of this thread is behind the clock that all threads and processes share, in ms. */
const BEHIND_MS = Math.max(...Array.from({ length: 20 }, behind));

/** Too little if the thread had to wait for a core between the two readings: the most of several is right. */
function behind(): number {
  const sharedMs = Number(process.hrtime.bigint()) / 1e6;
  return sharedMs - performance.now();
}

/** Time in ms on a clock that never jumps, and that all threads and processes of the machine share, to a few microseconds. */
export function monotonicMs(): number {
  return performance.now() + BEHIND_MS;
}

/**
 * What `epochMs` of this process says of a moment that another one read as `monotonicMs`. Each process took the time of day
 * when it began: if the machine has slept between the beginnings of two, or its clock was set, theirs are hours apart.
 */
export function epochOf(sharedMs: number): number {
  return epochMs() + (sharedMs - monotonicMs());
}
