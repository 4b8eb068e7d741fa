/** This many failures in a row open it... */
const FAILURES_IN_A_ROW = 0b111;
/** ...or more than half of the last 20 outcomes, for a node that fails often and answers in between. */
const OUTCOMES_KEPT = 0xf_ffff;
const FAILURES_ALLOWED = 10;

const FIRST_OPEN_MS = 1000;
const LONGEST_OPEN_MS = 30_000;

/** Slow start: a node that was away has cold caches, and much of its old load at once could take it down again. */
const SLOW_START_MS = 10_000;
const SLOW_START_FROM = 0.1;

export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

interface BreakerOptions {
  /** Told when it opens and when it closes; half-open is no event but time that has passed. */
  onChange?: (state: BreakerState) => void;
  /** The clock, in ms. */
  now?: () => number;
  random?: () => number;
}

/**
 * Keeps requests from a node that fails (a circuit breaker). Opened, it admits nothing for 1 s; then one request as a
 * probe: if that succeeds it closes, else it opens for twice as long, up to 30 s. It holds no timer. Every request that
 * `begin` was called for must end in `success`, `failure` or `abandon`, whatever becomes of it.
 *
 * After closing it takes as many failures to open it as ever, also in slow start: that is what Envoy, Finagle and
 * resilience4j do, and one late failure of a request begun before proves nothing. What slow start does change is how
 * long it opens then: the doubling goes on as after a failed probe, and is forgotten only once the node has lasted
 * (Envoy's ejection time shrinks with time in the same way). So a node that answers probes and dies of load is not hit
 * every second.
 */
export class CircuitBreaker {
  readonly #onChange: (state: BreakerState) => void;
  readonly #now: () => number;
  readonly #random: () => number;
  /** The last outcomes, a bit each, the newest lowest: 1 for a failure. */
  #outcomes = 0;
  /** When it turns half-open; null while closed. */
  #openUntilMs: number | null = null;
  #openForMs = 0;
  /** When it closed last; null if it never opened. */
  #closedAtMs: number | null = null;
  #probing = false;

  constructor({
    onChange = () => {},
    now = () => performance.now(),
    random = Math.random,
  }: BreakerOptions = {}) {
    this.#onChange = onChange;
    this.#now = now;
    this.#random = random;
  }

  get state(): BreakerState {
    if (this.#openUntilMs === null) return 'closed';
    return this.#now() < this.#openUntilMs ? 'open' : 'half-open';
  }

  /** Whether a request may be sent now. */
  get admits(): boolean {
    const state = this.state;
    return state === 'closed' || (state === 'half-open' && !this.#probing);
  }

  /** Share of its weight that the node should have: from 0.1 to 1 in the 10 s after it came back, else 1. */
  get ramp(): number {
    if (this.#closedAtMs === null || this.#openUntilMs !== null) return 1;
    const grown = (this.#now() - this.#closedAtMs) / SLOW_START_MS;
    return Math.min(1, SLOW_START_FROM + (1 - SLOW_START_FROM) * grown);
  }

  /** A request is being sent. In half-open it is the probe. */
  begin(): void {
    if (this.state === 'half-open') this.#probing = true;
  }

  /** A request was answered. While open that is a late answer, and says nothing of the node as it is now. */
  success(): void {
    const state = this.state;
    if (state === 'closed') this.#outcomes = (this.#outcomes << 1) & OUTCOMES_KEPT;
    else if (state === 'half-open') this.#close();
  }

  /** A request failed for its node's sake, or a health check did. */
  failure(): void {
    const state = this.state;
    if (state === 'half-open') this.#open();
    if (state !== 'closed') return;
    this.#outcomes = ((this.#outcomes << 1) | 1) & OUTCOMES_KEPT;
    const inARow = (this.#outcomes & FAILURES_IN_A_ROW) === FAILURES_IN_A_ROW;
    if (inARow || bitsSet(this.#outcomes) > FAILURES_ALLOWED) this.#open();
  }

  /** A request ended in a way that says nothing of its node: if it was the probe, another may be sent. */
  abandon(): void {
    this.#probing = false;
  }

  #open(): void {
    const again = this.#openUntilMs !== null || this.ramp < 1;
    this.#openForMs = again ? Math.min(LONGEST_OPEN_MS, this.#openForMs * 2) : FIRST_OPEN_MS;
    // ± 20 %, so that many routers don't probe in step.
    this.#openUntilMs = this.#now() + this.#openForMs * (0.8 + 0.4 * this.#random());
    this.#probing = false;
    this.#onChange('open');
  }

  #close(): void {
    this.#openUntilMs = null;
    this.#closedAtMs = this.#now();
    this.#outcomes = 0;
    this.#probing = false;
    this.#onChange('closed');
  }
}

function bitsSet(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
