/** Stops this thread as a signal stops a process: no timer, no answer is heard of meanwhile. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
