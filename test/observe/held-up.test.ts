import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { epochMs } from '../../src/machine/clock.js';
import { type Beat, heldUp, longestHoldUp } from '../../src/observe/held-up.js';
import type { Scene } from '../../src/observe/observer.js';
import { standStill } from './stand-still.js';

const WINDOW = { startMs: 1000, endMs: 2000 };
const at = (...beats: [tMs: number, wallMs: number][]): Beat[] =>
  beats.map(([tMs, wallMs]) => ({ tMs, wallMs }));
const same = (...times: number[]) => at(...times.map((t): [number, number] => [t, t]));

it('is the longest time between two beats that reaches into the window, and when it began', () => {
  expect(longestHoldUp(same(0, 900, 1000, 1100, 1350, 1450, 2100, 9000), WINDOW)).toEqual({
    longestMs: 650,
    atMs: 450,
  });
  expect(longestHoldUp(same(500, 3500), WINDOW)).toEqual({ longestMs: 3000, atMs: -500 });
  expect(longestHoldUp(same(0, 950, 1000, 2000, 9000), WINDOW)).toEqual({ longestMs: 1000, atMs: 0 });
});

it('goes by the wall clock where the other one stood still with the machine', () => {
  const asleep = at([1000, 1000], [1100, 1100], [1200, 3_601_200], [2000, 3_602_000]);
  expect(longestHoldUp(asleep, WINDOW)).toEqual({ longestMs: 3_600_100, atMs: 100 });
  const setBack = at([1000, 1000], [1100, -60_000], [2000, -59_100]);
  expect(longestHoldUp(setBack, WINDOW)).toEqual({ longestMs: 900, atMs: 100 });
});

it('sees the bench stand still, also while it is asked', async () => {
  const watching = await heldUp.start({} as Scene);
  const startMs = epochMs();
  await sleep(500);
  const stoppedMs = epochMs();
  // Longer than others have held it up so far.
  const stillMs = watching.result({ startMs, endMs: stoppedMs }).longestMs + 400;
  standStill(stillMs);
  const found = watching.result({ startMs, endMs: stoppedMs + 150 });
  expect(found.longestMs).toBeGreaterThanOrEqual(stillMs);
  expect(found.atMs).toBeGreaterThan(0);
  expect(found.atMs).toBeLessThanOrEqual(Math.ceil(stoppedMs - startMs));
  await watching.stop();
});
