import { expect, it } from 'vitest';
import type { LagObservation } from '../../src/record/run.js';
import { runSummary } from '../../src/report/run-summary.js';
import { pairOf } from '../score/fixture.js';

/** The line of the lag in the summary of a split in which it was this. */
function lagLine(change: Partial<LagObservation>): string | undefined {
  const { split } = pairOf();
  const record = { ...split, lag: { ...split.lag!, ...change } };
  return runSummary(record, 'run.json').lines.find((line) => line.startsWith('  lag:'));
}

const summary = { count: 50, meanMs: 4300, p50Ms: 2, p95Ms: 10_000, p99Ms: 10_000, maxMs: 10_000 };

it('says of the lag how many commits the replica had not shown, and that it may be more', () => {
  expect(lagLine({ commitToVisible: summary, unseen: 20 })).toBe(
    '  lag: mean 4,300 ms, p99 10 s (commit to visible), or more: 20 of 50 commits were not seen in time',
  );
  expect(lagLine({ commitToVisible: summary, unseen: 0 })).toBe(
    '  lag: mean 4,300 ms, p99 10 s (commit to visible)',
  );
});

it('says that the lag is unknown where no commit was followed', () => {
  expect(lagLine({ commitToVisible: { ...summary, count: 0 }, unseen: 0 })).toBe(
    '  lag: unknown, as no commit was followed',
  );
});
