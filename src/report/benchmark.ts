import { logNeeded, type ScoreRow } from '../score/index.js';
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
  const of = (at: number) => (kind === 'level' ? at : 100 * Math.exp(logNeeded(kind, at)));
  const reach = interval ? Math.abs(of(interval.high) - of(interval.low)) / 2 : null;
  return [
    {
      name: title + NAMES[kind],
      unit: kind === 'level' && unit === 'ms' ? 'ms' : '%',
      value: round(of(value)),
      ...(reach !== null && Number.isFinite(reach) && { range: `± ${round(reach)}` }),
      extra: `verdict: ${verdict}`,
    },
  ];
}

/** Behind the title of a target: what is told of it. */
const NAMES: Record<ScoreRow['kind'], string> = {
  reduction: ', split ÷ baseline',
  speedup: ': time, split ÷ baseline',
  level: '',
};

function round(value: number): number {
  return Number(value.toPrecision(4));
}
