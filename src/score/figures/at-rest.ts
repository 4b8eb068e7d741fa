import { sumOf } from '../../machine/pure.js';
import { type Histogram, percentileMs } from '../../record/histogram.js';
import type { Category, RunRecord } from '../../record/pure.js';
import type { Statistic } from './figure.js';

/** Of ten requests of an operation the fastest one hardly waited for others. */
const FASTEST = 0.1;

/**
 * What a latency of a run would be in ms if no request had waited for others: each as fast as the fastest tenth of its
 * operation, or of all where operations have no names. Null without answers.
 */
export function atRest({ load }: RunRecord, category: Category, statistic: Statistic): number | null {
  const { operations, latencyByOperation, latency } = load.window;
  const named = Object.entries(latencyByOperation).filter(([name]) => operations[name] === category);
  const histograms = named.length > 0 ? named.map(([, histogram]) => histogram) : [latency[category]];
  const each = histograms.flatMap((histogram) => fastest(histogram)).sort((a, b) => a.ms - b.ms);
  const total = sumOf(each, ({ count }) => count);
  if (total === 0) return null;
  if (statistic === 'mean') return sumOf(each, ({ ms, count }) => ms * count) / total;
  let seen = 0;
  return each.find(({ count }) => {
    seen += count;
    return seen >= statistic * total;
  })!.ms;
}

function fastest(histogram: Histogram | undefined): { ms: number; count: number }[] {
  const ms = percentileMs(histogram, FASTEST);
  return ms === null ? [] : [{ ms, count: histogram!.count }];
}
