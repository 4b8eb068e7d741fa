import { setImmediate } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';

/**
 * In every test file: what a dependency calls deprecated is a fault here, found before its next version drops it. Node
 * programs that a test starts end with such a warning.
 */
const deprecated: Error[] = [];
const note = (warning: Error) => {
  if (warning.name === 'DeprecationWarning') deprecated.push(warning);
};
process.on('warning', note);
const asStarted = process.env.NODE_OPTIONS;
process.env.NODE_OPTIONS = `${asStarted ?? ''} --throw-deprecation`;

afterAll(async () => {
  // Warnings are told a tick after they are given.
  await setImmediate();
  expect(deprecated).toEqual([]);
  // The next file may run in the same process.
  process.off('warning', note);
  if (asStarted === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = asStarted;
});
