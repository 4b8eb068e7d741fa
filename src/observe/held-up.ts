import { epochMs } from '../machine/pure.js';
import type { HeldUpObservation } from '../record/pure.js';
import { every } from './every.js';
import type { Observer, TimeWindow } from './observer.js';

const INTERVAL_MS = 100;

/** A moment on the clock of all observers, which may stop with the machine, and on the one that is set right afterwards. */
export interface Beat {
  tMs: number;
  wallMs: number;
}

const beat = (): Beat => ({ tMs: epochMs(), wallMs: Date.now() });

/** Watches the bench itself: a process that was stopped, or a machine that slept, has seen nothing and doesn't know it. */
export const heldUp: Observer<HeldUpObservation> = {
  async start() {
    const beats = [beat()];
    const note = async () => beats.push(beat());
    const ticker = every(INTERVAL_MS, note);
    return {
      async stop() {
        await ticker.stop();
        await note();
      },
      // What goes on still is known as soon as somebody asks: the next beat may be late for what is asked about.
      result: (window) => longestHoldUp([...beats, beat()], window),
    };
  },
};

/** The longest time between two beats that reaches into a window. */
export function longestHoldUp(beats: readonly Beat[], { startMs, endMs }: TimeWindow): HeldUpObservation {
  let longest = { longestMs: 0, atMs: 0 };
  for (const [i, to] of beats.entries()) {
    const from = beats[i - 1];
    if (!from || from.tMs >= endMs || to.tMs <= startMs) continue;
    const longestMs = Math.round(Math.max(to.tMs - from.tMs, to.wallMs - from.wallMs));
    if (longestMs > longest.longestMs) longest = { longestMs, atMs: Math.round(from.tMs - startMs) };
  }
  return longest;
}
