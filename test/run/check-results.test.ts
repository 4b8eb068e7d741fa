import { expect, it } from 'vitest';
import { finishOrWarn } from '../../src/run/check-results.js';

it('a run whose answers can’t be told has none, and says why', async () => {
  const finish = () => Promise.reject(new Error('Query read timeout.'));
  expect(await finishOrWarn({ finish })).toEqual({
    answers: null,
    warnings: [
      expect.stringMatching(/^The answers of reads could not be recorded, .*: Query read timeout\.$/),
    ],
  });
});
