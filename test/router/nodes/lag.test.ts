import { expect, test } from 'vitest';
import { PrimaryProgress } from '../../../src/router/nodes/lag.js';

/** A primary's positions at 1, 2, 3 and 4 s, of which so many are kept. */
function progressOf(positions: number[], kept = 10): PrimaryProgress {
  const progress = new PrimaryProgress(kept);
  for (const [index, lsn] of positions.entries()) progress.add(lsn, (index + 1) * 1000);
  return progress;
}

test('a replica is as stale as the newest sample of the primary that it has replayed is old', () => {
  const progress = progressOf([100, 200, 200, 300]);
  expect(progress.stalenessMs(300, 4100)).toBe(0);
  expect(progress.stalenessMs(999, 4100)).toBe(0);
  expect(progress.stalenessMs(299, 4100)).toBe(1100);
  expect(progress.stalenessMs(150, 4100)).toBe(3100);
  expect(progress.stalenessMs(99, 4100)).toBeNull();
  expect(progressOf([]).stalenessMs(99, 4100)).toBeNull();
});

test('samples that are no longer kept make a replica that has replayed no newer one as stale as can be', () => {
  expect(progressOf([100, 200, 300], 2).stalenessMs(150, 3100)).toBeNull();
});
