import type { Pair } from './pair.js';
import { type Mismatch, play, recordedSteps } from './play.js';
import type { Step } from './script.js';
import type { Side } from './side.js';
import { newTally } from './tally.js';

/** What is left after so many is small enough to be read. */
const MOST_ATTEMPTS = 80;

/**
 * Leaves out of a script what isn't needed for a mismatch to show: the other users, then half of it, a quarter, down to
 * single steps.
 */
export async function shrink(mismatch: Mismatch, open: () => Promise<Side>, pair: Pair): Promise<Mismatch> {
  const again = (script: Step[]) => play(recordedSteps(script), open, pair, newTally());
  const { user } = mismatch.script.at(-1)!;
  let smallest = (await again(mismatch.script.filter((step) => step.user === user))) ?? mismatch;
  let attempts = 1;
  for (let length = Math.ceil(smallest.script.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let end = smallest.script.length - 1; end > 0 && attempts < MOST_ATTEMPTS; end -= length) {
      const { script } = smallest;
      const found = await again([...script.slice(0, Math.max(0, end - length)), ...script.slice(end)]);
      attempts++;
      if (found === undefined) continue;
      smallest = found;
      // It may have shown earlier than before.
      end = Math.min(end, found.script.length - 1 + length);
    }
  }
  return smallest;
}
