import { formatMs, formatRatio, upperFirst } from '../../machine/pure.js';
import type { Category } from '../../record/pure.js';
import { latency } from '../figures/latency.js';
import type { ComparedCost } from './cost.js';

/** In a single pair, less than this is no difference that a user would notice. */
const LEAST_MS = 1;

/** Latency of a category, at its median or in its tail. */
export function latencyCost(category: Category, p: 0.5 | 0.95): ComparedCost {
  const figure = latency(category, p);
  const title = `${upperFirst(category)} latency p${p * 100}`;
  return {
    title,
    unit: 'ms',
    figure,
    tell(comparison, pairs) {
      const { baseline, split, ratio, interval, difference, machineSpeed } = comparison;
      const worse = difference === 'slower' && (pairs > 1 || split - baseline >= LEAST_MS);
      const now = formatMs(split);
      const range = interval
        ? `, 95 % interval ${formatRatio(interval.low)} to ${formatRatio(interval.high)}`
        : '';
      if (machineSpeed?.used) {
        const change = `${title} went from ${formatMs(baseline)} to ${now}; at equal speed of the machine that is ${formatRatio(ratio)}${range}`;
        return { worse, sentence: ratio > 1 ? `${change}: ${proof(worse, pairs)}` : `${change}.` };
      }
      if (split === baseline) return { worse, sentence: `${title} stayed at ${now}.` };
      if (split < baseline) return { worse, sentence: `${title} fell from ${formatMs(baseline)} to ${now}.` };
      const rise = `${title} rose from ${formatMs(baseline)} to ${now} (${formatRatio(ratio)}${range})`;
      return { worse, sentence: `${rise}: ${proof(worse, pairs)}` };
    },
  };
}

function proof(worse: boolean, pairs: number): string {
  if (pairs > 1 && worse) return `more than chance explains over ${pairs} pairs.`;
  if (pairs > 1) return `over ${pairs} pairs chance can explain it.`;
  if (worse) return 'more than chance explains, and more than two equal runs differ by.';
  return `two equal runs may differ as much, or it is below ${formatMs(LEAST_MS)}, so one pair cannot prove it.`;
}
