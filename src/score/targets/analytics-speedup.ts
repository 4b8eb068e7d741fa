import { formatCount, formatMs } from '../../units.js';
import { meanMs, percentileMs } from '../statistics/latency.js';
import type { Target } from './target.js';

/** Mean latency of the analytics requests from their due time, baseline ÷ split. */
export const analyticsSpeedup: Target = {
  id: 'analytics-speedup',
  title: 'Speed of analytics',
  unit: 'ratio',
  sideUnit: 'ms',
  goal: { op: '>=', value: 2 },
  measure({ baseline, split }) {
    const before = baseline.load.window.latency.analytics;
    const after = split.load.window.latency.analytics;
    const from = meanMs(before);
    const to = meanMs(after);
    if (from === null || to === null) {
      const none = baseline.plan.workload.eventsByCategory.analytics === 0;
      return {
        value: null,
        reason: none
          ? 'The workload has no analytics requests.'
          : `No analytics request was answered in the measured window of the ${from === null ? 'baseline' : 'split'}.`,
      };
    }
    // An answer takes some time; a clock that shows none would make the ratio infinite.
    if (to <= 0)
      return {
        value: null,
        reason: 'The latency of analytics in the split was below what the clock can show.',
      };
    const pair = (p: number) =>
      `${formatMs(percentileMs(before, p) ?? 0)} → ${formatMs(percentileMs(after, p) ?? 0)}`;
    return {
      value: from / to,
      baseline: from,
      split: to,
      detail: `Means of ${formatCount(before?.count ?? 0)} and ${formatCount(after?.count ?? 0)} requests, from their due time. p50: ${pair(0.5)}; p95: ${pair(0.95)}.`,
    };
  },
};
