import { formatMs, formatRatio } from '../../machine/pure.js';
import type { Category } from '../../record/pure.js';
import type { Comparison } from '../comparison.js';
import { latency } from '../figures/latency.js';
import { type ComparedCost, isWorse } from './cost.js';

/** In a single pair, less than this is no difference that a user would notice. */
const LEAST_MS = 1;

/** Latency of a category, at its median or in its tail. */
export function latencyCost(category: Category, p: 0.5 | 0.95): ComparedCost {
  const figure = latency(category, p);
  const title = `${category.charAt(0).toUpperCase()}${category.slice(1)} latency p${p * 100}`;
  return {
    title,
    unit: 'ms',
    figure,
    tell(comparison, pairs) {
      const { baseline, split } = comparison;
      const worse = isWorse(comparison, figure) && (pairs > 1 || split - baseline >= LEAST_MS);
      const now = formatMs(split);
      if (split === baseline) return { worse, sentence: `${title} stayed at ${now}.` };
      if (split < baseline) return { worse, sentence: `${title} fell from ${formatMs(baseline)} to ${now}.` };
      const rise = `${title} rose from ${formatMs(baseline)} to ${now} (${rangeOf(comparison)})`;
      return {
        worse,
        sentence: `${rise}: ${pairs > 1 ? overPairs(worse, pairs) : ofOne(worse, figure.noise)}`,
      };
    },
  };
}

function rangeOf({ ratio, interval }: Comparison): string {
  if (!interval) return formatRatio(ratio);
  return `${formatRatio(ratio)}, 95 % interval ${formatRatio(interval.low)} to ${formatRatio(interval.high)}`;
}

function overPairs(worse: boolean, pairs: number): string {
  return worse
    ? `more than chance explains over ${pairs} pairs.`
    : `over ${pairs} pairs chance can explain it.`;
}

function ofOne(worse: boolean, noise: number): string {
  return worse
    ? `more than the ${formatRatio(noise)} by which two equal runs may differ.`
    : `two equal runs may differ by ${formatRatio(noise)} or ${formatMs(LEAST_MS)}, so one pair cannot prove it.`;
}
