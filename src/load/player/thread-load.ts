const SLICE_MS = 100;
/** A thread that has work for so much of the time has none to spare: what comes next has to wait for it. */
const FULL = 0.85;

/** How much of its time this thread has work, be it that it runs or that it waits for a core. */
export class ThreadLoad {
  readonly #start = performance.eventLoopUtilization();
  #sliceStart = this.#start;
  readonly #timer = setInterval(() => this.#endSlice(), SLICE_MS);
  /** Whether it had no time to spare just now. */
  isFull = false;

  #endSlice(): void {
    const now = performance.eventLoopUtilization();
    this.isFull = performance.eventLoopUtilization(now, this.#sliceStart).utilization > FULL;
    this.#sliceStart = now;
  }

  /** @returns the share of its time that it had work since this was made, 0..1 */
  stop(): number {
    clearInterval(this.#timer);
    return performance.eventLoopUtilization(this.#start).utilization;
  }
}
