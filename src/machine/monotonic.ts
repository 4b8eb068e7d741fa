/** What `performance.now()` of this thread is behind the clock that all threads share, in ms. */
const BEHIND_MS = Math.max(...Array.from({ length: 20 }, behind));

/** Too little if the thread had to wait for a core between the two readings: the most of several is right. */
function behind(): number {
  const sharedMs = Number(process.hrtime.bigint()) / 1e6;
  return sharedMs - performance.now();
}

/** Time in ms on a clock that never jumps, and that all threads of the process share, to a few microseconds. */
export function monotonicMs(): number {
  return performance.now() + BEHIND_MS;
}
