import { Worker } from 'node:worker_threads';
import { builtPath, monotonicMs } from '../../machine/index.js';

/** What an alarm and its thread share. A ring answers the call of its number. */
export const ALARM = { bytes: 16, called: 0, rung: 1, dueAt: 1 };

/**
 * Wakes this thread at a moment, within a tenth of a millisecond: Node's own timers have whole ones, and are late by up
 * to one. A thread that sleeps does the waiting, so that this one can go on with its work.
 */
export class Alarm {
  readonly #cells: Int32Array;
  readonly #due: Float64Array;
  readonly #thread: Worker;
  #calls = 0;

  constructor() {
    const shared = new SharedArrayBuffer(ALARM.bytes);
    this.#cells = new Int32Array(shared);
    this.#due = new Float64Array(shared);
    this.#thread = new Worker(builtPath('load/player/alarm-thread.js'), { workerData: shared });
    this.#thread.unref();
  }

  /** Resolves at a moment of `monotonicMs`. One wait at a time; it doesn't keep the process alive. */
  async at(ms: number): Promise<void> {
    if (ms <= monotonicMs()) return;
    const before = this.#calls++;
    this.#due[ALARM.dueAt] = ms;
    Atomics.store(this.#cells, ALARM.called, this.#calls);
    Atomics.notify(this.#cells, ALARM.called);
    await Atomics.waitAsync(this.#cells, ALARM.rung, before).value;
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
