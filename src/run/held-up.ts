import { BenchError, formatMs } from '../machine/pure.js';
import { LONGEST_GAP_MS, type Observations } from '../record/pure.js';

/** Whether the bench stood still for so long that what was seen of the window is not what happened in it. */
export function wasHeldUp({ heldUp }: Pick<Observations, 'heldUp'>): boolean {
  return heldUp.longestMs > LONGEST_GAP_MS;
}

/** What a run that was held up says of itself. */
export function heldUpInWords({ heldUp: { longestMs, atMs } }: Pick<Observations, 'heldUp'>): string {
  const when =
    atMs < 0 ? `${formatMs(-atMs)} before the measured window` : `${formatMs(atMs)} into the measured window`;
  return `The bench itself was held up for ${formatMs(longestMs)}, from ${when} on: it was stopped, the machine slept, or its clock was set forward. What happened meanwhile was not observed, so nothing can be compared with this run: run it again.`;
}

/**
 * What was counted of a process in a step of a search, which would go astray without it.
 * @param who whose CPU it is, as a sentence goes on
 * @throws BenchError NOT_SEEN (exit code 4) where it was not read at an edge of the step
 */
export function requireSeen(counted: number | null, who: string): number {
  if (counted !== null) return counted;
  throw new BenchError('NOT_SEEN', `The CPU use of ${who} was not read for over a second: run it again.`, {
    exitCode: 4,
  });
}

/**
 * For what can't be told to have been held up later on: a search goes wherever its steps seem to lead.
 * @param doing what was interrupted, as a sentence begins
 * @throws BenchError HELD_UP (exit code 4: it has come to nothing)
 */
export function refuseHeldUp(seen: Pick<Observations, 'heldUp'>, doing: string): void {
  if (!wasHeldUp(seen)) return;
  throw new BenchError(
    'HELD_UP',
    `${doing} was held up for ${formatMs(seen.heldUp.longestMs)}: the bench was stopped, the machine slept, or its clock was set forward, and what happened meanwhile was not observed. Run it again.`,
    { exitCode: 4 },
  );
}
