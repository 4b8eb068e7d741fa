import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerNode } from './node.js';

interface Sample {
  /** Up to where the WAL was flushed, in bytes from 0/0. */
  lsn: number;
  /** When that was asked for, on the clock of performance.now(). */
  atMs: number;
}

/** How far the primary's WAL had come when, for so many samples back. */
export class PrimaryProgress {
  readonly #samples: Sample[] = [];
  constructor(readonly kept: number) {}

  add(lsn: number, atMs: number): void {
    this.#samples.push({ lsn, atMs });
    if (this.#samples.length > this.kept) this.#samples.shift();
  }

  clear(): void {
    this.#samples.length = 0;
  }

  get newest(): Sample | undefined {
    return this.#samples.at(-1);
  }

  /**
   * How far behind a replica is, in ms: 0 if it has replayed the newest sample, else the age of the newest one that it
   * has; null if it has replayed none. Right on an idle primary, and with a dead walreceiver.
   */
  stalenessMs(replayed: number, nowMs: number): number | null {
    if (this.newest !== undefined && replayed >= this.newest.lsn) return 0;
    const reached = this.#samples.findLast(({ lsn }) => lsn <= replayed);
    return reached === undefined ? null : nowMs - reached.atMs;
  }
}

/**
 * A replica that hasn't replayed the newest sample is asked again after these, in ms, until it has: most are a moment
 * behind, and the samples are too far apart to tell 300 ms from a second.
 */
const ASK_AGAIN_AFTER_MS = [10, 30, 100, 160, 200, 200, 200];

/** Finds out how far behind a replica is that has just been asked for its state. Throws as its monitor does. */
export async function measureLag(
  node: ServerNode,
  progress: PrimaryProgress,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const { newest } = progress;
  if (newest === undefined || node.state === undefined) return;
  const { health } = node;
  let replayed = node.state.lsn;
  let lagMs = progress.stalenessMs(replayed, performance.now());
  for (const pauseMs of ASK_AGAIN_AFTER_MS) {
    // Too late it is either way, once the sample itself is older than is allowed.
    if (replayed >= newest.lsn || performance.now() - newest.atMs > health.maxLagMs) break;
    await sleep(pauseMs, undefined, { signal });
    replayed = await node.askPosition(timeoutMs);
    const nowMs = performance.now();
    // Caught up when asked again: it was behind at first, by no more than the time since the sample.
    lagMs = replayed >= newest.lsn ? nowMs - newest.atMs : progress.stalenessMs(replayed, nowMs);
  }
  health.lagMs = lagMs;
  health.lagBytes = Math.max(0, newest.lsn - replayed);
}
