import type { Scorecard, Verdict } from './scorecard.js';

/** What a gate may be closed by. */
export const FAILURES = ['worse', 'missed', 'inconclusive', 'invalid'] as const;

export type Failure = (typeof FAILURES)[number];

/** What each ends with. */
const EXIT_CODES: Record<Failure, 1 | 3> = { worse: 1, missed: 1, inconclusive: 3, invalid: 3 };

/**
 * The exit code a scorecard stands for: 3 where it proves nothing (invalid; or one target undecided or none
 * measured, and none missed), 1 where a target is missed or worse than before, else 0.
 *
 * Of baseline against baseline: 3 where it can't be believed or nothing could be tested, 1 where a difference was found
 * between equal runs, which nothing should make, else 0. That they miss targets of a replica says nothing.
 * @param failOn what closes the gate: anything else is let pass, but that nothing tells whether it got worse where that is
 *   what the gate is for
 */
export function exitCodeOf(scorecard: Judged, failOn: readonly Failure[] = FAILURES): 0 | 1 | 3 {
  const failure = failuresOf(scorecard).find((each) => failOn.includes(each));
  if (failure !== undefined) return EXIT_CODES[failure];
  return failOn.includes('worse') && isUntold(scorecard) ? 3 : 0;
}

/** Whether there is an earlier comparison of which nothing could be compared. */
function isUntold({ since = [] }: Judged): boolean {
  return since.length > 0 && since.every(({ change }) => change === 'not-compared');
}

/** What there is against it, the worst first: an invalid comparison has no other. */
function failuresOf(judged: Judged): Failure[] {
  const { valid, equalSides, scorecard, regressions, since = [] } = judged;
  const any = (verdict: Verdict) => scorecard.some((row) => row.verdict === verdict);
  if (!valid || any('invalid')) return ['invalid'];
  if (equalSides) {
    const tested = [...scorecard, ...regressions].filter(({ difference }) => difference !== null);
    if (tested.length === 0) return ['inconclusive'];
    return tested.some(({ difference }) => difference !== 'none-found') ? ['missed'] : [];
  }
  const found: Failure[] = [
    ...(since.some(({ change }) => change === 'worse') ? (['worse'] as const) : []),
    ...(any('missed') ? (['missed'] as const) : []),
  ];
  const undecided = UNDECIDED.some(any) || (found.length === 0 && !any('met')) || isUntold(judged);
  return undecided ? [...found, 'inconclusive'] : found;
}

/** What was asked for and measured, and can't be told. What a workload doesn't have is no such thing. */
export const UNDECIDED: readonly Verdict[] = ['inconclusive', 'too-idle', 'too-little'];

type Judged = Pick<Scorecard, 'valid' | 'equalSides' | 'scorecard' | 'regressions' | 'since'>;
