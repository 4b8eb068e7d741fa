import type { HistogramJson } from '../../workload/histogram.js';
import type { Category } from '../../workload/trace.js';
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

/** Nearest rank among the answers of all chosen blocks. Counts lie in rows of equal length, which add up fast. */
function percentileOver(blocks: (HistogramJson | undefined)[], p: number): OverBlocks {
  const values = [...new Set(blocks.flatMap((block) => block?.buckets.map(([us]) => us) ?? []))].sort(
    (a, b) => a - b,
  );
  const place = new Map(values.map((us, index) => [us, index]));
  const rows = blocks.map((block) => {
    const row = new Float64Array(values.length);
    for (const [us, count] of block?.buckets ?? []) row[place.get(us)!] = count;
    return row;
  });
  return (chosen) => {
    const counts = new Float64Array(values.length);
    let total = 0;
    for (const block of chosen) {
      const row = rows[block]!;
      for (let i = 0; i < row.length; i++) counts[i]! += row[i]!;
      total += blocks[block]?.count ?? 0;
    }
    const rank = Math.max(1, Math.ceil(p * total - 1e-9 * total));
    let seen = 0;
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i]!;
      if (seen >= rank) return values[i]! / 1000;
    }
    return Number.NaN;
  };
}
