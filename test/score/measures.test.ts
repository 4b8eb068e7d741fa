import { expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { readsOf } from '../../src/score/measures.js';

it('the reads of a role are those of all its servers', () => {
  const reads = (calls: number) => ({ calls, execMs: 2 * calls, rows: 3 * calls, blocks: 4 * calls });
  const run = {
    nodes: [
      { name: 'primary', role: 'primary' },
      { name: 'replica', role: 'replica' },
      { name: 'analytics-replica', role: 'replica' },
    ],
    volume: [
      { node: 'primary', reads: reads(1) },
      { node: 'replica', reads: reads(10) },
      { node: 'analytics-replica', reads: reads(100) },
    ],
  } as RunRecord;
  expect(readsOf(run, 'primary')).toEqual(reads(1));
  expect(readsOf(run, 'replica')).toEqual(reads(110));
  expect(readsOf({ ...run, volume: run.volume.slice(0, 1) }, 'replica')).toBeUndefined();
});
