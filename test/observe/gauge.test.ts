import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { epochMs } from '../../src/machine/clock.js';
import { gauge, observation } from '../../src/observe/gauge/gauge.js';
import type { Scene } from '../../src/observe/observer.js';

const UNITS = { tMs: [900, 1000, 1500, 2000, 2500], unitMs: [9, 2, 4, 3, 5] };
const WINDOW = { startMs: 1000, endMs: 2000 };

it('is the mean CPU time of the units in the window; the series has those before it too', () => {
  expect(observation('thread-cpu', UNITS, WINDOW)).toEqual({
    method: 'thread-cpu',
    unitMs: 3,
    longestGapMs: 500,
    series: { tMs: [-100, 0, 500, 1000, 1500], unitMs: [9, 2, 4, 3, 5] },
  });
});

it('takes the fastest quarter where only the wall clock tells, and nothing from a window without a unit', () => {
  expect(observation('wall-clock', UNITS, WINDOW).unitMs).toBe(2);
  expect(observation('thread-cpu', UNITS, { startMs: 3000, endMs: 4000 }).unitMs).toBeNull();
});

it('does the same work twice a second, and takes next to no CPU', async () => {
  const watching = await gauge.start({} as Scene);
  const startMs = epochMs();
  const before = process.cpuUsage();
  await sleep(3000);
  const { user, system } = process.cpuUsage(before);
  const endMs = epochMs();
  await watching.stop();
  const { method, unitMs, series } = watching.result({ startMs, endMs });
  expect(method).toBe(existsSync('/proc/thread-self/schedstat') ? 'thread-cpu' : 'wall-clock');
  const within = series.tMs.filter((t) => t >= 0).length;
  expect(within).toBeGreaterThanOrEqual(4);
  expect(within).toBeLessThanOrEqual(7);
  // A few ms on any machine that the bench is for.
  expect(unitMs).toBeGreaterThan(0.2);
  expect(unitMs).toBeLessThan(20);
  expect((user + system) / 1e6).toBeLessThan(0.3);
  const [fastest = 0] = series.unitMs.toSorted((a, b) => a - b);
  // The kernel's account is whole: no unit is told before the time that it took was put down.
  expect(fastest).toBeGreaterThan(unitMs! / 3);
}, 20_000);
