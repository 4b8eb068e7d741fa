import { expect, test } from 'vitest';
import { EarlyErrors } from '../../src/load/player/early-errors.js';
import { describeCode } from '../../src/load/player/error-codes.js';
import type { Outcome } from '../../src/load/tally.js';

/** What is said of a hundred outcomes of which a fifth is this one. */
function saidOf(failure: Outcome): string {
  const errors = new EarlyErrors();
  const said = Array.from({ length: 100 }, (_, n) => errors.note(n % 5 ? { end: 'ok' } : failure, n));
  return said.filter((sentence) => sentence !== null).join();
}

test('many new errors in the first seconds are said, with what they are likely to come from', () => {
  expect(saidOf({ end: 'failed', code: describeCode('42P01') })).toMatch(/42P01.*--globals/);
  expect(saidOf({ end: 'failed', code: describeCode('23503'), compared: 'new' })).toMatch(/dump may not fit/);
  expect(saidOf({ end: 'failed', code: describeCode('40P01') })).toMatch(
    /40P01 deadlock_detected.*lock each other out/,
  );
  expect(saidOf({ end: 'failed', code: describeCode('40P01') })).not.toMatch(/dump/);
});

test('a code is described by what is known of it, whatever it is called', () => {
  expect(describeCode('23505')).toBe('23505 unique_violation');
  expect(describeCode('constructor')).toBe('constructor');
});

test('errors that the capture had are none', () => {
  expect(saidOf({ end: 'failed', code: describeCode('42P01'), compared: 'same' })).toBe('');
});
