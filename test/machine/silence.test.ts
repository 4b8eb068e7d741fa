import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchForSilence } from '../../src/machine/silence.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a silence is told once, when it has lasted, and each word begins it anew', () => {
  const onSilence = vi.fn();
  using silence = watchForSilence(5, onSilence);
  for (let s = 0; s < 20; s++) {
    vi.advanceTimersByTime(1000);
    if (s % 4 === 0) silence.heard();
  }
  expect(onSilence).not.toHaveBeenCalled();
  silence.limitS = 2;
  vi.advanceTimersByTime(60_000);
  expect(onSilence).toHaveBeenCalledOnce();
});

test('nobody is blamed for the time in which this process itself stood still', () => {
  const onSilence = vi.fn();
  using _silence = watchForSilence(5, onSilence);
  vi.advanceTimersByTime(3000);
  // A minute later by every clock, and the timers had no chance to run.
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(1000);
  expect(onSilence).not.toHaveBeenCalled();
});

test('nothing is told when the watching has ended', () => {
  const onSilence = vi.fn();
  watchForSilence(1, onSilence)[Symbol.dispose]();
  vi.advanceTimersByTime(5000);
  expect(onSilence).not.toHaveBeenCalled();
});
