import { PrimaryBudgetExceeded, RouterError } from '../errors.js';
import type { ReadCategory } from '../policy/categories.js';
import type { ProtectionOptions, ProtectionStats } from '../types.js';

/** Gives a slot back. Once is enough, and more does nothing. */
export type Release = () => void;

/**
 * How much of the fallback budget each category may use up, which makes the order of shedding: with the budget half
 * used analytics goes, reads go when all of it is but a last tenth of the tokens, and realtime reads have that tenth
 * and one place of their own on top, so that reads can't shut them out. What waits for a place waits shortly, so that
 * little piles up behind a primary that can't do it all, and longer if it is shed last.
 */
const FALLBACK_LIMITS: Record<ReadCategory, FallbackLimit> = {
  analytics: { places: (concurrency) => Math.ceil(concurrency / 2), leavesTokens: 0.5, waitMs: 50 },
  read: { places: (concurrency) => concurrency, leavesTokens: 0.1, waitMs: 250 },
  realtime: { places: (concurrency) => concurrency && concurrency + 1, leavesTokens: 0, waitMs: 1000 },
};
interface FallbackLimit {
  places: (concurrency: number) => number;
  leavesTokens: number;
  waitMs: number;
}

interface Wait {
  /** Each looks whether its turn has come, and takes it. */
  line: Set<() => void>;
  timeoutMs: number;
  tryToEnter: () => Release | undefined;
  /** What the wait ends with if it never may. */
  refusal: () => RouterError;
}

/**
 * Keeps reads from taking the primary down: some of its connections are reserved for writes, and reads that come only
 * because no replica could answer have a budget (so many at a time, so many per second) and are refused beyond it,
 * analytics first, realtime last. It counts reads, not connections, and holds a timer only for each that waits.
 */
export class PrimaryProtection {
  readonly #reserved: number;
  readonly #slots: number;
  readonly #concurrency: number;
  readonly #tokens: TokenBucket | null;
  readonly #waiting = linesByRank();
  readonly #waitingFallbacks = linesByRank();
  readonly #lines = [...Object.values(this.#waiting), ...Object.values(this.#waitingFallbacks)];
  readonly #shed = { analytics: 0, read: 0, realtime: 0 };
  #inUse = 0;
  #fallbacks = 0;

  /**
   * @param poolSize connections to the primary
   * @param now the clock, in ms
   * @throws RouterError `INVALID_PROTECTION`
   */
  constructor(
    poolSize: number,
    options: ProtectionOptions = {},
    now: () => number = () => performance.now(),
  ) {
    const aFifth = poolSize < 2 ? 0 : Math.max(1, Math.floor(poolSize / 5));
    this.#reserved = atLeastZero('reservedForWrites', options.reservedForWrites ?? aFifth);
    const aQuarter = Math.max(1, Math.floor(poolSize / 4));
    this.#concurrency = atLeastZero('fallbackConcurrency', options.fallbackConcurrency ?? aQuarter);
    this.#slots = poolSize - this.#reserved;
    if (this.#slots < 1) {
      const message = `protection.reservedForWrites (${this.#reserved}) leaves reads none of the ${poolSize} connections: lower it or raise poolSize.`;
      throw new RouterError('INVALID_PROTECTION', message);
    }
    const perSecond = options.fallbackPerSecond;
    this.#tokens =
      perSecond === undefined ? null : new TokenBucket(atLeastZero('fallbackPerSecond', perSecond), now);
  }

  /**
   * A slot for a read whose rule sends it to the primary; at once where one is free, else in the order of categories,
   * then of arrival.
   * @throws RouterError `ACQUIRE_TIMEOUT` after `timeoutMs`
   */
  enter(category: ReadCategory, timeoutMs: number): Release | Promise<Release> {
    const tryToEnter = () => (this.#inUse < this.#slots ? this.#take() : undefined);
    const refusal = () => {
      const message = `No connection to the primary for a ${category} request within ${timeoutMs} ms (reads use all ${this.#slots} that are not reserved for writes).`;
      return new RouterError('ACQUIRE_TIMEOUT', message);
    };
    return tryToEnter() ?? wait({ line: this.#waiting[category], timeoutMs, tryToEnter, refusal });
  }

  /**
   * A slot for a read that no replica could answer: at once where its part of the budget has one, else within a moment
   * or not at all. Who is shed last waits longest and is served first.
   * @throws PrimaryBudgetExceeded
   */
  enterFallback(category: ReadCategory): Release | Promise<Release> {
    const tryToEnter = () => (this.#refusalOf(category) === undefined ? this.#take(true) : undefined);
    const refusal = () => {
      this.#shed[category]++;
      return new PrimaryBudgetExceeded(
        `A ${category} request that no replica could answer was not run on the primary: ${this.#refusalOf(category)}.`,
      );
    };
    const { waitMs: timeoutMs } = FALLBACK_LIMITS[category];
    return tryToEnter() ?? wait({ line: this.#waitingFallbacks[category], timeoutMs, tryToEnter, refusal });
  }

  #refusalOf(category: ReadCategory): string | undefined {
    const { places, leavesTokens } = FALLBACK_LIMITS[category];
    const allowed = places(this.#concurrency);
    if (this.#fallbacks >= allowed) {
      return `${this.#fallbacks} such requests run there and ${category} may bring it to ${allowed}, so bring a replica back or raise protection.fallbackConcurrency`;
    }
    if (this.#inUse >= this.#slots) {
      return `reads use all its ${this.#slots} connections that are not reserved for writes, so bring a replica back or raise poolSize`;
    }
    if (this.#tokens !== null && !this.#tokens.hasMoreThan(leavesTokens)) {
      return `${category} has used its part of ${this.#tokens.perSecond} such requests per second, so bring a replica back or raise protection.fallbackPerSecond`;
    }
    return undefined;
  }

  stats(): ProtectionStats {
    return {
      reservedForWrites: this.#reserved,
      fallbackConcurrency: this.#concurrency,
      fallbackPerSecond: this.#tokens?.perSecond ?? null,
      fallbackInFlight: this.#fallbacks,
      shed: { ...this.#shed },
    };
  }

  #take(isFallback = false): Release {
    this.#inUse++;
    if (isFallback) {
      this.#fallbacks++;
      this.#tokens?.take();
    }
    let givenBack = false;
    return () => {
      if (givenBack) return;
      givenBack = true;
      this.#inUse--;
      if (isFallback) this.#fallbacks--;
      this.#serveNext();
    };
  }

  /** At once: while anyone waits, a slot given back is never free for who comes later. */
  #serveNext(): void {
    for (const line of this.#lines) {
      for (const retry of line) {
        if (this.#inUse >= this.#slots) return;
        retry();
      }
    }
  }
}

/** Who waits is served in this order, and who came first among equals. */
function linesByRank(): Record<ReadCategory, Set<() => void>> {
  return { realtime: new Set(), read: new Set(), analytics: new Set() };
}

function wait({ line, timeoutMs, tryToEnter, refusal }: Wait): Promise<Release> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      line.delete(retry);
    };
    const retry = () => {
      const release = tryToEnter();
      if (release === undefined) return;
      leave();
      resolve(release);
    };
    line.add(retry);
    const timer = setTimeout(() => {
      // Tokens come back without anyone telling.
      retry();
      if (!line.has(retry)) return;
      leave();
      reject(refusal());
    }, timeoutMs);
  });
}

/** Tokens that come back with time, up to a second's worth, so that a burst is possible and a stream is limited. */
class TokenBucket {
  /** At least one fits in, or less than one a second would be none ever. */
  readonly #size: number;
  #tokens: number;
  #countedMs: number;

  constructor(
    readonly perSecond: number,
    readonly now: () => number,
  ) {
    this.#size = perSecond === 0 ? 0 : Math.max(1, perSecond);
    this.#tokens = this.#size;
    this.#countedMs = now();
  }

  /** Whether there is a whole token to take, and more than this share of the bucket. */
  hasMoreThan(share: number): boolean {
    const nowMs = this.now();
    this.#tokens = Math.min(this.#size, this.#tokens + ((nowMs - this.#countedMs) / 1000) * this.perSecond);
    this.#countedMs = nowMs;
    return this.#tokens >= 1 && this.#tokens > share * this.#size;
  }

  take(): void {
    this.#tokens--;
  }
}

function atLeastZero(option: keyof ProtectionOptions, value: number): number {
  if (value >= 0) return value;
  throw new RouterError('INVALID_PROTECTION', `protection.${option} must be 0 or more, not ${value}.`);
}
