import { expect, test } from 'vitest';
import { ReplicaHealth } from '../../../src/router/nodes/replica-health.js';

/** Feeds lags (null: a failed check) with a limit of 100 ms; says when the replica was in use. */
function use(lags: (number | null)[]): boolean[] {
  const health = new ReplicaHealth(100);
  return lags.map((lag) => {
    health.lagMs = lag;
    health.record(lag === null ? 'gone' : null);
    return health.healthy;
  });
}

test('two bad checks in a row take a replica out, one does not', () => {
  expect(use([0, 101, 100, null, 0, 101, null])).toEqual([true, true, true, true, true, true, false]);
});

test('three checks in a row at half the limit or less bring it back', () => {
  expect(use([0, null, null, 50, 50, 51, 0, 0, 50])).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test('the first check decides alone', () => {
  expect(use([null, 0, 0, 0])).toEqual([false, false, false, true]);
});
