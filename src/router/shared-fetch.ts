/**
 * One fetch for all who may have its value: who asks gets one whose fetch began no earlier than he asked, or than he
 * says, and however many ask, one fetch runs at a time and one waits.
 */
export class SharedFetch<T> {
  #running: Promise<T> | undefined;
  #beganMs = 0;
  #next: Promise<T> | undefined;

  constructor(readonly fetch: () => Promise<T>) {}

  /** @param sinceMs on the clock of performance.now() */
  get(sinceMs = performance.now()): Promise<T> {
    if (this.#running === undefined) return this.#begin();
    if (this.#beganMs >= sinceMs) return this.#running;
    // Somebody may have begun one just after that one ended.
    const after = () => {
      this.#next = undefined;
      return this.#running ?? this.#begin();
    };
    this.#next ??= this.#running.then(after, after);
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#beganMs = performance.now();
    this.#running = this.fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
