import type { Scorecard, Verdict } from './scorecard.js';

/** What a gate may be closed by. */
export const FAILURES = ['worse', 'missed', 'inconclusive', 'invalid'] as const;

export type Failure = (typeof FAILURES)[number];

/** What there may be against a comparison, the gates that it closes, and what it ends with. */
const FOUND = {
  worse: { closes: ['worse'], exitCode: 1 },
  missed: { closes: ['missed'], exitCode: 1 },
  inconclusive: { closes: ['inconclusive'], exitCode: 3 },
  /** There is an earlier comparison, and nothing could be compared with it: a gate for what got worse does not pass on that. */
  untold: { closes: ['worse', 'inconclusive'], exitCode: 3 },
  invalid: { closes: ['invalid'], exitCode: 3 },
} as const satisfies Record<string, { closes: readonly Failure[]; exitCode: 1 | 3 }>;

/** What a gate was closed by. */
export type Closing = keyof typeof FOUND;

/**
 * The exit code a scorecard stands for: 3 where it proves nothing (invalid; or one target undecided or none
 * measured, and none missed), 1 where a target is missed or worse than before, else 0.
 *
 * Of baseline against baseline: 3 where it can't be believed or nothing could be tested, 1 where a difference was found
 * between equal runs, which nothing should make, else 0. That they miss targets of a replica says nothing.
 * @param failOn what closes the gate: anything else is let pass
 */
export function exitCodeOf(scorecard: Judged, failOn?: readonly Failure[]): 0 | 1 | 3 {
  const [worst] = closingOf(scorecard, failOn);
  return worst ? exitCodeFor(worst) : 0;
}

/** All that closes the gate, the worst first: what the exit code is for. Empty where it passes. */
export function closingOf(scorecard: Judged, failOn: readonly Failure[] = FAILURES): Closing[] {
  return foundAgainst(scorecard).filter((found) => FOUND[found].closes.some((gate) => failOn.includes(gate)));
}

/** What a command ends with that this is the worst of. */
export function exitCodeFor(closing: Closing): 1 | 3 {
  return FOUND[closing].exitCode;
}

/** What there is against it, the worst first. */
function foundAgainst(judged: Judged): Closing[] {
  const { since = [] } = judged;
  const isUntold = since.length > 0 && since.every(({ change }) => change === 'not-compared');
  return [...foundAgainstSides(judged), ...(isUntold ? (['untold'] as const) : [])];
}

/** What there is against it by itself: where all of it is invalid, nothing else. */
function foundAgainstSides({ valid, equalSides, scorecard, regressions, since = [] }: Judged): Closing[] {
  const any = (verdict: Verdict) => scorecard.some((row) => row.verdict === verdict);
  if (!valid) return ['invalid'];
  // The other rows stand: a gate that lets an invalid one pass has to hear of them.
  const invalid: Closing[] = any('invalid') ? ['invalid'] : [];
  if (equalSides) {
    const tested = [...scorecard, ...regressions].filter(({ difference }) => difference !== null);
    if (tested.length === 0) return [...invalid, 'inconclusive'];
    return tested.some(({ difference }) => difference !== 'none-found') ? [...invalid, 'missed'] : invalid;
  }
  const found = [
    ...invalid,
    ...(since.some(({ change }) => change === 'worse') ? (['worse'] as const) : []),
    ...(any('missed') ? (['missed'] as const) : []),
  ];
  const undecided = UNDECIDED.some(any) || (found.length === 0 && !any('met'));
  return undecided ? [...found, 'inconclusive'] : found;
}

/** What was asked for and measured, and can't be told. What a workload doesn't have is no such thing. */
export const UNDECIDED: readonly Verdict[] = ['inconclusive', 'too-idle', 'too-little'];

type Judged = Pick<Scorecard, 'valid' | 'equalSides' | 'scorecard' | 'regressions' | 'since'>;
