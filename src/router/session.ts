import type { Session } from './types.js';

const TOKEN = /^1\.([0-9a-z]{1,9})$/;

/**
 * A session's memory: when it last wrote. Its token is `1.` and that time in base 36; the digit names the format, so
 * that a later one can carry more.
 */
export class RouterSession implements Session {
  /** Milliseconds since the epoch; 0 if it never wrote. */
  #lastWriteMs = 0;

  /** @param horizonMs after this long a write matters to no rule, and the token is empty again */
  constructor(
    readonly horizonMs: number,
    token = '',
  ) {
    const match = typeof token === 'string' ? TOKEN.exec(token) : null;
    if (match) this.#lastWriteMs = Number.parseInt(match[1]!, 36);
  }

  wrote(): void {
    this.#lastWriteMs = Date.now();
  }

  wroteWithin(ms: number): boolean {
    if (this.#lastWriteMs === 0 || ms <= 0) return false;
    const now = Date.now();
    // A time in the future is another machine's clock, or this one's before it was set back: it may not last for ever.
    if (this.#lastWriteMs > now) this.#lastWriteMs = now;
    return now - this.#lastWriteMs < ms;
  }

  token(): string {
    return this.wroteWithin(this.horizonMs) ? `1.${this.#lastWriteMs.toString(36)}` : '';
  }
}
