import { setTimeout as sleep } from 'node:timers/promises';
import { routerClosed } from '../errors.js';

/** The requests that were asked and not answered yet: whoever closes the router lets them finish. */
export class OnTheirWay {
  #count = 0;
  #closing = false;
  #onNone: (() => void) | undefined;

  /**
   * @param isAdmitted it is a part of what was asked before, or of what a client does on the connection that he holds
   * @throws RouterError `CLOSED`
   */
  begin(isAdmitted: boolean): void {
    if (this.#closing && !isAdmitted) throw routerClosed();
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count === 0) this.#onNone?.();
  }

  /** Lets no more begin, and waits for those that have, for so many ms at most. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    if (this.#count === 0) return;
    const clock = new AbortController();
    const none = new Promise<void>((resolve) => (this.#onNone = resolve));
    await Promise.race([none, sleep(withinMs, undefined, { signal: clock.signal }).catch(() => {})]);
    clock.abort();
  }
}
