const BAD_TO_LEAVE = 2;
const GOOD_TO_RETURN = 3;

/** Whether a replica is fit to be read from, by its last checks: out after 2 bad ones, back after 3 good ones. */
export class ReplicaHealth {
  healthy = false;
  /** Why it is out: answers too late, or not at all. */
  outFor: 'lag' | 'error' = 'error';
  lagMs: number | null = null;
  lagBytes: number | null = null;
  lastError: string | null = null;
  #bad = 0;
  #good = 0;
  #checkedBefore = false;

  constructor(
    readonly maxLagMs: number,
    readonly maxLagBytes = Number.POSITIVE_INFINITY,
  ) {}

  /** Takes one check's outcome in. Good is half the limits, so that it doesn't flap; the first check decides alone. */
  record(error: string | null): 'out' | 'back' | undefined {
    this.lastError = error;
    if (error !== null) this.lagMs = this.lagBytes = null;
    const load = this.#shareOfLimits(error);
    const first = !this.#checkedBefore;
    this.#checkedBefore = true;
    if (load > 1) this.outFor = error === null ? 'lag' : 'error';
    if (this.healthy || first) {
      this.#bad = load <= 1 ? 0 : this.#bad + 1;
      this.healthy = first ? this.#bad === 0 : this.#bad < BAD_TO_LEAVE;
      if (this.healthy) return undefined;
      this.#bad = this.#good = 0;
      return 'out';
    }
    this.#good = load <= 0.5 ? this.#good + 1 : 0;
    if (this.#good < GOOD_TO_RETURN) return undefined;
    this.healthy = true;
    return 'back';
  }

  #shareOfLimits(error: string | null): number {
    if (error !== null) return Number.POSITIVE_INFINITY;
    const lagMs = this.lagMs ?? Number.POSITIVE_INFINITY;
    const lagBytes = this.lagBytes ?? 0;
    // Not the quotient of two zeros, where nothing at all is allowed and nothing is behind.
    return Math.max(
      lagMs === 0 ? 0 : lagMs / this.maxLagMs,
      lagBytes === 0 ? 0 : lagBytes / this.maxLagBytes,
    );
  }
}
