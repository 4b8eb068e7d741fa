import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RouterWarning, Warnings } from '../../src/router/warnings.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fallback: RouterWarning = { code: 'fallback', node: 'replica', message: 'It went elsewhere.' };

function told(say: (warnings: Warnings) => void): string[] {
  const messages: string[] = [];
  say(new Warnings(({ message }) => messages.push(message)));
  return messages;
}

test('of warnings that may come with every request one in ten seconds is told, and how many were not', () => {
  const messages = told((warnings) => {
    for (let i = 0; i < 3; i++) warnings.say(fallback);
    vi.advanceTimersByTime(10_000);
    warnings.say(fallback);
  });
  const more = ' (2 more like this since the last warning)';
  expect(messages).toEqual([fallback.message, fallback.message + more]);
});

test('another node or another detail makes another warning', () => {
  const messages = told((warnings) => {
    warnings.say(fallback, 'fallback-lag');
    warnings.say(fallback, 'fallback-error');
    warnings.say({ ...fallback, node: 'replica-2' }, 'fallback-error');
  });
  expect(messages).toHaveLength(3);
});

test('what happens to a node is told each time', () => {
  const messages = told((warnings) => {
    for (let i = 0; i < 2; i++) warnings.say({ code: 'replica-out', node: 'replica', message: 'It is out.' });
  });
  expect(messages).toHaveLength(2);
});

test("an error of the listener is nobody else's", () => {
  const warnings = new Warnings(() => {
    throw new Error('full disk');
  });
  expect(() => warnings.say(fallback)).not.toThrow();
});
