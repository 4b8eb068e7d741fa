import type { Category, HistogramJson } from '../../record/pure.js';
import { meanMs, percentileMs } from '../statistics/latency.js';
import { blockCount, type Figure, type OverBlocks, ratioOver } from './figure.js';

/** A mean, or the latency that a share of the answers does not exceed. */
export type Statistic = 'mean' | 0.5 | 0.95;

/**
 * Baselines against baselines at a high load gave up to 1.8x for the mean of analytics, and half to double for the tail
 * of writes.
 */
const NOISE: Record<Statistic, number> = { mean: 2, 0.5: 1.5, 0.95: 2 };

/** Latency in ms of a category's answers, from their due time. */
export function latency(category: Category, statistic: Statistic): Figure {
  return {
    of: ({ load }) => {
      const histogram = load.window.latency[category];
      return statistic === 'mean' ? meanMs(histogram) : percentileMs(histogram, statistic);
    },
    overBlocks: (run) => {
      const blocks = run.load.window.blocks.slice(0, blockCount(run)).map((block) => block[category]);
      if (blocks.every((block) => block === undefined)) return null;
      return statistic === 'mean' ? meanOver(blocks) : percentileOver(blocks, statistic);
    },
    noise: NOISE[statistic],
  };
}

function meanOver(blocks: (HistogramJson | undefined)[]): OverBlocks {
  return ratioOver(
    blocks.map((block) => (block?.sumUs ?? 0) / 1000),
    blocks.map((block) => block?.count ?? 0),
  );
}

/** Nearest rank among the answers of all chosen blocks, found by halving: blocks hold how many answers took at most so long. */
function percentileOver(blocks: (HistogramJson | undefined)[], p: number): OverBlocks {
  const values = [...new Set(blocks.flatMap((block) => block?.buckets.map(([us]) => us) ?? []))].sort(
    (a, b) => a - b,
  );
  const upTo = blocks.map((block) => cumulated(block, values));
  return (chosen) => {
    const answers = (index: number) => chosen.reduce((sum, block) => sum + upTo[block]![index]!, 0);
    let [low, high] = [0, values.length - 1];
    const total = answers(high);
    if (total === 0) return Number.NaN;
    const rank = Math.ceil(p * total - 1e-9 * total);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (answers(middle) >= rank) high = middle;
      else low = middle + 1;
    }
    return values[low]! / 1000;
  };
}

/** How many of a block's answers took at most each of the values. */
function cumulated(block: HistogramJson | undefined, values: readonly number[]): number[] {
  const counts = new Map(block?.buckets);
  let sum = 0;
  return values.map((value) => {
    sum += counts.get(value) ?? 0;
    return sum;
  });
}
