import { expect, test } from 'vitest';
import { Alarm } from '../../src/load/player/alarm.js';
import { monotonicMs } from '../../src/machine/index.js';

test('an alarm rings at its moment or later, each time, and at once for one that has passed', async () => {
  const alarm = new Alarm();
  // Its waits don't keep the process alive; a replay's own timers do.
  const alive = setInterval(() => {}, 1000);
  try {
    for (const inMs of [30, 0.4, 1.7, -5, 0, 12, 0.05]) {
      const atMs = monotonicMs() + inMs;
      await alarm.at(atMs);
      expect(monotonicMs()).toBeGreaterThanOrEqual(atMs);
    }
  } finally {
    clearInterval(alive);
    await alarm.close();
  }
});
