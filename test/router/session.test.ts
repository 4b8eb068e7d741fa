import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { RouterSession } from '../../src/router/session.js';

afterEach(() => {
  vi.useRealTimers();
});

test('a token carries the last write to another process, and is empty once that matters no more', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000);
  expect(session.token()).toBe('');
  expect(session.wroteWithin(2000)).toBe(false);
  session.wrote();
  vi.advanceTimersByTime(1500);
  const carried = new RouterSession(2000, session.token());
  expect(carried.wroteWithin(2000)).toBe(true);
  expect(carried.wroteWithin(1500)).toBe(false);
  vi.advanceTimersByTime(500);
  expect(carried.wroteWithin(2000)).toBe(false);
  expect(carried.token()).toBe('');
});

test('a token from the future counts as written now', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000, `1.${(Date.now() + 86_400_000).toString(36)}`);
  expect(session.wroteWithin(2000)).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(session.wroteWithin(2000)).toBe(false);
});

test('a write is not forgotten when the clock is set back, and not remembered for ever', () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  const session = new RouterSession(2000);
  session.wrote();
  vi.setSystemTime(1_700_000_000_000);
  expect(session.wroteWithin(2000)).toBe(true);
  vi.advanceTimersByTime(2001);
  expect(session.wroteWithin(2000)).toBe(false);
});

test('garbage is an empty token', () => {
  for (const token of ['x', '1.', '2.abc', '1.ABC', '1.-1', `1.${'z'.repeat(40)}`, '1.a; b=c', '\0']) {
    expect(new RouterSession(2000, token).token()).toBe('');
  }
  expect(new RouterSession(2000, 7 as unknown as string).token()).toBe('');
  fc.assert(
    fc.property(fc.string(), (token) => /^(1\.[0-9a-z]+)?$/.test(new RouterSession(2000, token).token())),
  );
});
