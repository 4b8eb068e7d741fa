import { expect, it } from 'vitest';
import { exitCodeOf } from '../../src/score/exit-code.js';
import { score } from '../../src/score/score.js';
import type { Verdict } from '../../src/score/scorecard.js';
import { equalPairsOf, pairOf } from './fixture.js';

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
  // Two pairs test nothing, and nothing was found by that.
  const untested = score(equalPairsOf(2));
  expect(untested.headline).toContain('No figure could be tested for a difference.');
  expect(exitCodeOf(untested)).toBe(3);
});

it('is not 0 where a target had too little to be judged by, whatever the others are', () => {
  const card = score([pairOf()]);
  const met = card.scorecard.map((row) => ({ ...row, verdict: 'met' as const }));
  expect(exitCodeOf({ ...card, scorecard: met })).toBe(0);
  const [first, ...others] = met;
  for (const verdict of ['too-little', 'too-idle'] as const)
    expect(exitCodeOf({ ...card, scorecard: [{ ...first!, verdict }, ...others] })).toBe(3);
});

it('is 0 for what a gate lets pass', () => {
  const card = score([pairOf()]);
  const rows = (...verdicts: Verdict[]) => ({
    ...card,
    scorecard: card.scorecard.map((row, index) => ({ ...row, verdict: verdicts[index] ?? 'met' })),
  });
  expect(exitCodeOf(rows('missed', 'inconclusive'), ['inconclusive'])).toBe(3);
  expect(exitCodeOf(rows('missed', 'inconclusive'), ['missed'])).toBe(1);
  expect(exitCodeOf(rows('missed', 'met'), ['inconclusive', 'invalid'])).toBe(0);
  expect(exitCodeOf(rows('too-idle'), ['missed'])).toBe(0);
  expect(exitCodeOf({ ...rows('missed'), valid: false }, ['missed'])).toBe(0);
  expect(exitCodeOf({ ...rows('missed'), valid: false }, ['invalid'])).toBe(3);
  expect(exitCodeOf(rows('missed'), [])).toBe(0);
  // A single row that has nothing to compare with takes nothing off the others.
  expect(exitCodeOf(rows('invalid', 'missed'))).toBe(3);
  expect(exitCodeOf(rows('invalid', 'missed'), ['missed'])).toBe(1);
  expect(exitCodeOf(rows('invalid', 'inconclusive'), ['missed', 'inconclusive'])).toBe(3);
  expect(exitCodeOf(rows('invalid', 'met'), ['missed', 'inconclusive'])).toBe(0);
});

it('is 3 where nothing could be held against the earlier comparison', () => {
  const card = score([pairOf()]);
  const met = { ...card, scorecard: card.scorecard.map((row) => ({ ...row, verdict: 'met' as const })) };
  const change = (of: 'not-compared' | 'none-found') => [
    { id: 'primary-cpu' as const, title: 'CPU', ratio: null, interval: null, change: of },
  ];
  expect(exitCodeOf({ ...met, since: change('none-found') })).toBe(0);
  expect(exitCodeOf({ ...met, since: change('not-compared') })).toBe(3);
  // Nor does a gate for what got worse pass where nothing could be compared.
  expect(exitCodeOf({ ...met, since: change('none-found') }, ['worse'])).toBe(0);
  expect(exitCodeOf({ ...met, since: change('not-compared') }, ['worse'])).toBe(3);
  expect(exitCodeOf({ ...met, since: change('not-compared') }, ['inconclusive'])).toBe(3);
  expect(exitCodeOf({ ...met, since: change('not-compared') }, ['missed'])).toBe(0);
  expect(exitCodeOf({ ...met, valid: false, since: change('not-compared') }, ['worse'])).toBe(3);
  expect(exitCodeOf({ ...met, equalSides: true, since: change('not-compared') }, ['worse'])).toBe(3);
});
