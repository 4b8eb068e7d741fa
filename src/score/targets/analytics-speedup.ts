import { formatCount, formatMs } from '../../machine/pure.js';
import type { RunRecord } from '../../record/pure.js';
import type { Statistic } from '../figures/figure.js';
import { latency } from '../figures/latency.js';
import { analyticsExecutionMs } from '../measures.js';
import type { Target } from './target.js';

/** Latency of the analytics requests from their due time, baseline ÷ split. */
export function analyticsSpeedup(statistic: Statistic): Target {
  const figure = latency('analytics', statistic);
  return {
    title: statistic === 'mean' ? 'Speed of analytics' : `Speed of analytics at p${statistic * 100}`,
    unit: 'ratio',
    sideUnit: 'ms',
    figure,
    value: 'speedup',
    ...(statistic === 'mean' ? { goal: { bound: 2 } } : {}),
    missing({ baseline, split }) {
      const [before, after] = [figure.of(baseline), figure.of(split)];
      if (before === null || after === null)
        return baseline.plan.workload.eventsByCategory.analytics === 0
          ? 'The workload has no analytics.'
          : `No analytics were answered in the measured window of the ${before === null ? 'baseline' : 'split'}.`;
      // An answer takes some time; a clock that shows none would make the ratio infinite.
      return after > 0 ? null : 'The latency of analytics in the split was below what the clock can show.';
    },
    detail({ baseline, split }) {
      const [before, after] = [baseline, split].map(({ load }) => load.window.latency.analytics);
      const others = ([0.5, 0.95] as const).filter((p) => p !== statistic);
      const at = (p: 0.5 | 0.95) => {
        const { of } = latency('analytics', p);
        return `p${p * 100}: ${formatMs(of(baseline) ?? 0)} → ${formatMs(of(split) ?? 0)}`;
      };
      return `${statistic === 'mean' ? 'Means' : `p${statistic * 100}`} of ${formatCount(before?.count ?? 0)} and ${formatCount(after?.count ?? 0)} answers, from their due time. ${others.map(at).join('; ')}.${executionInWords(baseline, split)}`;
    },
  };
}

/** What the servers took for it, without the waits; empty where the statements don't say what they are for. */
function executionInWords(baseline: RunRecord, split: RunRecord): string {
  const [before, after] = [analyticsExecutionMs(baseline), analyticsExecutionMs(split)];
  if (before === null || after === null) return '';
  return ` Execution on the server, mean: ${formatMs(before)} → ${formatMs(after)}.`;
}
