import { expect, it } from 'vitest';
import { growth } from '../../../src/observe/volume/snapshot.js';
import type { VolumeTotals } from '../../../src/record/pure.js';

const BEFORE: VolumeTotals = { calls: 100, execMs: 50, rows: 1000, blocks: 400 };
const grown = (now: VolumeTotals, before = BEFORE) =>
  growth(new Map([['1', before]]), new Map([['1', now]])).get('1');

it('what a statement was counted for grows by what came to it, and is left out where it did not run', () => {
  expect(grown({ calls: 110, execMs: 55, rows: 1000, blocks: 440 })).toEqual({
    calls: 10,
    execMs: 5,
    rows: 0,
    blocks: 40,
  });
  expect(grown(BEFORE)).toBeUndefined();
  // Its times, added up in another order.
  expect(grown({ ...BEFORE, execMs: 50 - 1e-12 })).toBeUndefined();
  expect(growth(new Map(), new Map([['1', BEFORE]])).get('1')).toEqual(BEFORE);
});

it.each<[what: string, now: VolumeTotals]>([
  ['calls', { calls: 20, execMs: 60, rows: 2000, blocks: 500 }],
  ['time', { calls: 150, execMs: 30, rows: 2000, blocks: 500 }],
  ['rows', { calls: 150, execMs: 60, rows: 10, blocks: 500 }],
  ['blocks', { calls: 150, execMs: 60, rows: 2000, blocks: 0 }],
  ['blocks, after as many calls', { ...BEFORE, blocks: 300 }],
])('a statement whose %s went back was forgotten, and is counted from nothing', (_what, now) => {
  expect(grown(now)).toEqual(now);
});
