/** An answer counts half after this long; without new ones, a slow node is half forgiven, and so tried again. */
const HALF_LIFE_MS = 5000;
/** Two latencies closer than this are the same: without it, noise would decide between nodes a request apart. */
const CLEARLY_LESS = 0.9;

/** What is known of a node's load: requests in flight and how fast it answers. */
export class LoadEstimate {
  #inFlight = 0;
  /** Sum of latencies and number of answers, each as faded as it was at the last answer. */
  #latencySumMs = 0;
  #answers = 0;
  #answeredMs = 0;

  /** @param now the clock, in ms */
  constructor(readonly now: () => number = () => performance.now()) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Moving average of the latency of its answers, in ms; null before the first. */
  get latencyMs(): number | null {
    return this.#answers === 0 ? null : this.#latencySumMs / this.#answers;
  }

  /** What is left of the past: 1 just after an answer, a half after the half-life. */
  get memory(): number {
    return 2 ** ((this.#answeredMs - this.now()) / HALF_LIFE_MS);
  }

  begin(): void {
    this.#inFlight++;
  }

  /**
   * A request begun has ended.
   * @param latencyMs null: it failed, which says nothing of the node's speed
   */
  end(latencyMs: number | null): void {
    this.#inFlight--;
    if (latencyMs === null) return;
    // Faded by time, not by count: a slow report among a thousand look-ups a second makes no slow node.
    const { memory } = this;
    this.#latencySumMs = this.#latencySumMs * memory + latencyMs;
    this.#answers = this.#answers * memory + 1;
    this.#answeredMs = this.now();
  }
}

/**
 * Chooses by the power of two choices: one candidate is drawn by weight, another by weight among the rest, and the
 * better of the two is taken.
 *
 * Comparing cost ÷ weight would be simple and wrong: of two idle nodes with weights 1 and 3 the heavier would win
 * always, and two nodes are the usual number. So the first one, drawn by weight, is kept unless the second with this
 * request would be clearly less loaded than the first is without it. Load is latency × (1 + in flight ÷ relative weight).
 * - Idle and equally fast, the second is never better, so shares are exactly the weights, for 2 nodes as for n. One
 *   request in flight more or less is chance, not load, and changes little.
 * - Busy, requests in flight even out in proportion to the weights.
 * - A node somewhat slower gets less as load rises; one more than about twice as slow gets nothing while the other is idle.
 * @returns undefined if there is no candidate
 */
export function chooseOfTwo<T>(
  candidates: readonly T[],
  weightOf: (candidate: T) => number,
  loadOf: (candidate: T) => LoadEstimate,
  random: () => number = Math.random,
): T | undefined {
  if (candidates.length < 2) return candidates[0];
  const weights = candidates.map(weightOf);
  const first = drawByWeight(weights, random);
  const second = drawByWeight(weights, random, first);
  const [a, b] = [loadOf(candidates[first]!), loadOf(candidates[second]!)];
  const mean = (weights[first]! + weights[second]!) / 2;
  const asItIs = latencyBeside(a, b) * (1 + (a.inFlight * mean) / weights[first]!);
  const withOneMore = latencyBeside(b, a) * (1 + ((b.inFlight + 1) * mean) / weights[second]!);
  return candidates[withOneMore < CLEARLY_LESS * asItIs ? second : first];
}

/**
 * A node's latency for comparing it with another: forgiven with time, but only down to the other's, so that a node
 * long unused isn't flooded as if it were infinitely fast. One that never answered counts as fast as the other.
 */
function latencyBeside(node: LoadEstimate, other: LoadEstimate): number {
  const mine = node.latencyMs ?? other.latencyMs ?? 1;
  const theirs = other.latencyMs ?? mine;
  return mine <= theirs ? mine : Math.max(theirs, mine * node.memory);
}

/** Index of one drawn with chances by weight, not counting one already drawn. */
function drawByWeight(weights: readonly number[], random: () => number, except?: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) if (i !== except) total += weights[i]!;
  let left = random() * total;
  let drawn = 0;
  for (let i = 0; i < weights.length; i++) {
    if (i === except) continue;
    drawn = i;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return drawn;
}
