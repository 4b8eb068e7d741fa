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

/** A run whose primary used this share of its CPU budget. */
function busy(side: 'baseline' | 'split', utilisation: number): string[] {
  const run = pairOf()[side];
  const nodes = run.nodes.map((node) => (node.role === 'primary' ? { ...node, utilisation } : node));
  return runSummary({ ...run, nodes }, 'run.json').lines.filter((line) => line.startsWith('  note:'));
}

it('says of a baseline that nothing can be compared with it, why, and what to do, before a split is run for it', () => {
  expect(busy('baseline', 0.99)).toEqual([
    '  note: Nothing can be compared with this baseline: the baseline was overloaded: its primary ran at 99 % of its CPU budget, limit 97 %. ' +
      'Find the rate again with --rate auto, for a lower --utilisation if the baseline was overloaded at that load.',
  ]);
  expect(busy('baseline', 0.96).join()).not.toContain('Nothing can be compared');
  expect(busy('split', 0.99)).toEqual([]);
});

it('says of either side that it was spoilt by the machine', () => {
  const { split } = pairOf();
  const spoilt = { ...split, machine: { ...split.machine, stealShare: 0.5 } };
  expect(runSummary(spoilt, 'run.json').lines.join('\n')).toContain(
    'Nothing can be compared with this split',
  );
});
