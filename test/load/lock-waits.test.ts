import { describe, expect, test } from 'vitest';
import { type Blocker, LockWaitSum, type SeenWait } from '../../src/load/player/lock-waits.js';

function held(pid: number, more: Partial<Blocker> = {}): Blocker {
  return { pid, holder: `last of ${pid}`, state: 'active', ofReplay: true, ...more };
}

function wait(pid: number, ageMs: number, blockers: Blocker[], more: Partial<SeenWait> = {}): SeenWait {
  return { pid, operation: `of ${pid}`, statement: 'one', wait: 'first', ageMs, blockers, ...more };
}

describe('waits for locks that are looked at now and then', () => {
  test('last until half of the time between the last look with them and the first without', () => {
    const sum = new LockWaitSum();
    sum.see([wait(1, 900, [held(9)])], 1000);
    sum.see([wait(1, 1900, [held(9)])], 2000);
    expect(sum.result().statements).toBe(0);
    sum.see([], 2600);
    expect(sum.hasOpen).toBe(false);
    expect(sum.result()).toEqual({
      statements: 1,
      totalMs: 2200,
      longestMs: 2200,
      pairs: [
        {
          waiter: 'of 1',
          holder: 'last of 9',
          state: 'active',
          ofReplay: true,
          statements: 1,
          totalMs: 2200,
        },
      ],
    });
  });

  test('count from a second on, all those of a statement together', () => {
    const sum = new LockWaitSum();
    sum.see([wait(1, 700, [held(9)]), wait(2, 700, [held(9)])], 1000);
    sum.see(
      [wait(1, 500, [held(9)], { wait: 'second' }), wait(2, 300, [held(9)], { statement: 'two' })],
      1200,
    );
    sum.see([], 1200);
    expect(sum.result()).toMatchObject({ statements: 1, totalMs: 1200 });
  });

  test('are put down to who holds the lock in the end, not to who waits before them', () => {
    const sum = new LockWaitSum();
    const holder = held(9, { state: 'idle-in-transaction' });
    sum.see([wait(1, 3000, [holder]), wait(2, 2000, [held(1)]), wait(3, 1000, [held(2), held(1)])], 5000);
    sum.see([], 5000);
    expect(sum.result().pairs.map(({ waiter, holder, state }) => [waiter, holder, state])).toEqual([
      ['of 1', 'last of 9', 'idle-in-transaction'],
      ['of 2', 'last of 9', 'idle-in-transaction'],
      ['of 3', 'last of 9', 'idle-in-transaction'],
    ]);
  });

  test('are a deadlock where each waits for the other, and only for these', () => {
    const sum = new LockWaitSum();
    sum.see([wait(1, 1500, [held(2)]), wait(2, 1400, [held(1)]), wait(3, 1300, [held(2)])], 5000);
    sum.see([], 5000);
    expect(sum.result().pairs.map(({ waiter, state }) => [waiter, state])).toEqual([
      ['of 1', 'deadlock'],
      ['of 2', 'deadlock'],
      ['of 3', 'active'],
    ]);
  });
});
