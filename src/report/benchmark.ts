import type { ScoreRow } from '../score/index.js';
import type { Reporter } from './reporter.js';

/**
 * What github-action-benchmark takes as `customSmallerIsBetter`: what the split needs, in percent of what the baseline did,
 * and the split's own levels. Ratios of two runs on one machine hold where another machine is slower.
 */
export const benchmark: Reporter = {
  fileName: 'compare.benchmark.json',
  render: ({ scorecard }) => `${JSON.stringify(scorecard.scorecard.flatMap(entryOf), null, 2)}\n`,
};

function entryOf(row: ScoreRow) {
  const { title, kind, unit, value, interval, verdict } = row;
  if (value === null || verdict === 'invalid') return [];
  const { of, name } = kind === 'level' ? { of: (at: number) => at, name: title } : SHARES[kind](title);
  const reach = interval ? Math.abs(of(interval.high) - of(interval.low)) / 2 : null;
  return [
    {
      name,
      unit: kind === 'level' && unit === 'ms' ? 'ms' : '%',
      value: round(of(value)),
      ...(reach !== null && Number.isFinite(reach) && { range: `± ${round(reach)}` }),
      extra: `verdict: ${verdict}`,
    },
  ];
}

/** What is left of the baseline's, in percent. */
const SHARES = {
  reduction: (title: string) => ({ of: (less: number) => 100 - less, name: `${title}, split ÷ baseline` }),
  speedup: (title: string) => ({
    of: (times: number) => 100 / times,
    name: `${title}: time, split ÷ baseline`,
  }),
};

function round(value: number): number {
  return Number(value.toPrecision(4));
}
