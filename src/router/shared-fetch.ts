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
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#next = undefined;
    this.#running = this.fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
