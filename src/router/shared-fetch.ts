/**
 * One fetch for all who ask while it has not begun: who asks gets a value that was fetched after it asked, and however
 * many ask, one fetch runs at a time.
 */
export class SharedFetch<T> {
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(readonly fetch: () => Promise<T>) {}

  get(): Promise<T> {
    if (this.#running === undefined) return this.#begin();
    // Somebody may have begun one just after that one ended.
    const after = () => {
      this.#next = undefined;
      return this.#running ?? this.#begin();
    };
    this.#next ??= this.#running.then(after, after);
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#running = this.fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
