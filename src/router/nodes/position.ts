import { SharedFetch } from '../shared-fetch.js';

/** How many samples are kept. What was seen before the oldest of them lies below that one as well. */
const SAMPLES_KEPT = 256;
/** How soon after somebody was shown something the next sample is taken, in ms: one for all who were meanwhile. */
const SOON_MS = 5;
/** While there is always somebody, a sample is taken no more often than once in so many ms. */
const NO_SOONER_MS = 25;

/** What lies above all that a node showed until some time. */
export interface Bound {
  /** In bytes from 0/0. */
  lsn: number;
  /** Of transaction ids, if it was asked: of what a standby shows all are lower, of what the primary doesn't show none is. */
  horizon: number | undefined;
}

interface Sample extends Bound {
  /** When the node was asked and when its answer was here, on the clock of performance.now(). */
  askedMs: number;
  answeredMs: number;
}

/**
 * Where a node was when: samples of its position, whoever asked for them. A position only grows, so what the node
 * showed at some time lies below every sample that it was asked for later.
 */
export class PositionLog {
  /** By the time they were asked for. */
  readonly #samples: Sample[] = [];
  readonly #questions: SharedFetch<unknown>;
  #timer: NodeJS.Timeout | undefined;
  /** When the last question of that timer was asked. */
  #askedSoonMs = Number.NEGATIVE_INFINITY;

  /** @param ask asks the node, and has its answer noted here */
  constructor(ask: () => Promise<unknown>) {
    this.#questions = new SharedFetch(ask);
  }

  note(lsn: number, askedMs: number, horizon?: number): void {
    const samples = this.#samples;
    const sample = { askedMs, answeredMs: performance.now(), lsn, horizon };
    // Answers on different connections may overtake each other.
    let index = samples.length;
    while (index > 0 && samples[index - 1]!.askedMs > askedMs) index--;
    if (index === samples.length) samples.push(sample);
    else samples.splice(index, 0, sample);
    if (samples.length > SAMPLES_KEPT) samples.shift();
  }

  clear(): void {
    this.#samples.length = 0;
  }

  /** What all that the node showed until then lies below; undefined if it wasn't asked since. */
  boundOf(untilMs: number): Bound | undefined {
    let first: Sample | undefined;
    for (let index = this.#samples.length - 1; index >= 0; index--) {
      const sample = this.#samples[index]!;
      if (sample.askedMs < untilMs) break;
      first = sample;
    }
    return first;
  }

  /** As `boundOf`, and asks the node if need be: undefined if it can't say. One question serves all who wait for one. */
  async askBound(untilMs: number): Promise<Bound | undefined> {
    const known = this.boundOf(untilMs);
    if (known !== undefined) return known;
    await this.#questions.get(untilMs).catch(() => {});
    return this.boundOf(untilMs);
  }

  /** Has a sample taken in a moment, so that what the node has just shown has a close bound when that is asked for. */
  askSoon(): void {
    if (this.#timer !== undefined) return;
    const delayMs = Math.max(SOON_MS, this.#askedSoonMs + NO_SOONER_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#askedSoonMs = performance.now();
      this.#questions.get().catch(() => {});
    }, delayMs).unref();
  }

  /** Whether the primary is known to show all transactions below a horizon. */
  shows(horizon: number): boolean {
    return this.#samples.some((sample) => sample.horizon !== undefined && sample.horizon >= horizon);
  }

  /** Whether the node is known to have had a position so many ms ago. */
  hadReached(lsn: number, agoMs: number): boolean {
    const untilMs = performance.now() - agoMs;
    return this.#samples.some((sample) => sample.answeredMs <= untilMs && sample.lsn >= lsn);
  }
}
