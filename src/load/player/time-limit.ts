/** How often it is looked at who has waited for too long. */
const LOOK_EVERY_MS = 100;

interface Wait {
  untilMs: number;
  giveUp(): void;
}

class TimedOut extends Error {
  readonly code = 'timeout';
}

/** Limits waits to one length, with one timer for all of them: one for each would cost more than what it watches. */
export class TimeLimit {
  /** In the order in which they are over. */
  readonly #waits = new Set<Wait>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly ms: number) {}

  /** The same promise, but that it rejects with the code `timeout` if it is not settled in time, or a moment later. */
  of<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const wait: Wait = { untilMs: performance.now() + this.ms, giveUp: () => reject(new TimedOut()) };
      this.#waits.add(wait);
      this.#timer ??= setInterval(this.#look, LOOK_EVERY_MS);
      promise.then(
        (value) => {
          this.#waits.delete(wait);
          resolve(value);
        },
        (error) => {
          this.#waits.delete(wait);
          reject(error);
        },
      );
    });
  }

  readonly #look = (): void => {
    const nowMs = performance.now();
    for (const wait of this.#waits) {
      if (wait.untilMs > nowMs) return;
      this.#waits.delete(wait);
      wait.giveUp();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  };
}
