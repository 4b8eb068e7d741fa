import { setImmediate } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';

/**
 * In every test file: what a dependency calls deprecated is a fault here, found before its next version drops it. Node
 * programs that a test starts end with such a warning.
 */
const deprecated: Error[] = [];
process.on('warning', (warning) => {
  if (warning.name === 'DeprecationWarning') deprecated.push(warning);
});
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --throw-deprecation`;

afterAll(async () => {
  // Warnings are told a tick after they are given.
  await setImmediate();
  expect(deprecated).toEqual([]);
});
