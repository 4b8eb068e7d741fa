import { expect, it } from 'vitest';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { score } from '../../src/score/score.js';
import { pairOf } from './fixture.js';

it('takes sides for equal where both are baselines, whatever their figures', () => {
  const { baseline, split } = pairOf();
  expect(score([{ baseline, split }])).toMatchObject({ equalSides: false });
  const equal = score([{ baseline, split: baseline }]);
  expect(equal).toMatchObject({ equalSides: true });
  expect(exitCodeOf(equal)).toBe(0);
});

it('of equal runs tells whether a difference was found, and nothing of the targets that they miss', () => {
  const differing = score([pairOf(), pairOf(), pairOf()]);
  expect(exitCodeOf(differing)).toBe(0);
  expect(exitCodeOf({ ...differing, equalSides: true })).toBe(1);
  const none = {
    ...differing,
    scorecard: differing.scorecard.map((row) => ({
      ...row,
      verdict: 'missed' as const,
      difference: 'none-found' as const,
    })),
    regressions: differing.regressions.map((each) => ({ ...each, difference: null })),
  };
  expect(exitCodeOf(none)).toBe(1);
  expect(exitCodeOf({ ...none, equalSides: true })).toBe(0);
  expect(exitCodeOf({ ...none, equalSides: true, valid: false })).toBe(3);
});
