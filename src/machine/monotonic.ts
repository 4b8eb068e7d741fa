/** What `performance.now()` of this thread is behind the clock that all threads share. */
const BEHIND_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Time in ms on a clock that never jumps, and that all threads of the process share, to a few microseconds. */
export function monotonicMs(): number {
  return performance.now() + BEHIND_MS;
}
