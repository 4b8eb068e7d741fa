import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EffectRecords } from '../../src/record/effects.js';
import { selfCheck } from '../../src/run/selfcheck.js';
import { effectLines } from '../../src/score/known-effects.js';
import { ownCache } from '../cluster/support.js';

/** Other effects than the expected ones are made on real servers: what is found is what was made. */

const cache = ownCache();
let records: EffectRecords;

beforeAll(async () => {
  records = await selfCheck({
    length: { warmupS: 0.5, durationS: 2, burnS: 1.5, rounds: 2 },
    effects: { readShare: 45, lagMs: 60 },
    signal: new AbortController().signal,
    onProgress: () => {},
    onWarning: () => {},
  });
}, 120_000);
afterAll(() => cache.remove());

const line = (id: string) => effectLines(records).find((each) => each.id === id)!;

test('45 % of the reads are seen, and are not taken for half', () => {
  const [primary, replica] = records.split.onTime.volume.map(({ reads }) => reads.calls);
  expect((100 * replica!) / (primary! + replica!)).toBeGreaterThan(44);
  expect((100 * replica!) / (primary! + replica!)).toBeLessThan(46);
  expect(line('read-share').ok).toBe(false);
});

test('60 ms of delay are seen, and are not taken for 80', () => {
  expect(records.split.late.lag!.commitToVisible.p50Ms).toBeGreaterThan(58);
  expect(records.split.late.lag!.commitToVisible.p50Ms).toBeLessThan(75);
  expect(line('lag').ok).toBe(false);
});

test('the CPU that a process burnt is counted, and no more', () => {
  expect(records.cpu.burnt).toBeGreaterThan(0.1);
  expect(line('cpu')).toMatchObject({ ok: true });
});

test('every round has two watched plays of the same requests, and one that asked the server nothing', () => {
  expect(records.rounds).toHaveLength(2);
  for (const { watched, alone } of records.rounds) {
    for (const run of [...watched, alone]) expect(run.accounting).toMatchObject({ failed: 0, notSent: 0 });
    for (const { volume, accounting } of watched) {
      const { reads, wholeCalls } = volume[0]!;
      expect(wholeCalls.read + wholeCalls.write).toBe(accounting.ok);
      expect(reads.calls).toBeGreaterThan(accounting.ok / 2);
    }
    expect(alone).toMatchObject({ volume: [], lag: null, pools: [], consistency: [] });
  }
});
