import { sumOf } from '../../machine/pure.js';
import {
  bucketsOf,
  type Histogram,
  meanMs,
  percentileMs,
  rankOf,
  valueAtRank,
  withSamples,
} from '../../record/histogram.js';
import type { Category, RunRecord } from '../../record/pure.js';
import { unansweredThatCount } from '../measures.js';
import { sumAt } from '../statistics/estimate.js';
import { atRest } from './at-rest.js';
import { blockCount, type Figure, type OverBlocks, ratioOver, type Statistic } from './figure.js';
import { enoughAnswers } from './floors.js';
import { noiseBehindOthers, noiseOfWaiting } from './noise.js';

/**
 * Latency in ms of a category's requests, from their due time. Those left unanswered count as long as their answers would have
 * been waited for, where they count: no more than the truth, while answers alone tell only of those that survived.
 */
export function latency(category: Category, statistic: Statistic): Figure {
  return {
    category,
    of: (run) => {
      const unanswered = sumOf(unansweredThatCount(run, category));
      const histogram = withUnanswered(run, run.load.window.latency[category], unanswered);
      return statistic === 'mean' ? meanMs(histogram) : percentileMs(histogram, statistic);
    },
    atRest: (run) => atRest(run, category, statistic),
    overBlocks: (run) => {
      const unanswered = unansweredThatCount(run, category);
      const blocks = run.load.window.blocks
        .slice(0, blockCount(run))
        .map((block, index) => withUnanswered(run, block[category], unanswered[index] ?? 0));
      if (blocks.every((block) => block === undefined)) return null;
      if (statistic !== 'mean') return percentileOver(blocks, statistic);
      const sumsMs = blocks.map((block) => (block?.sumUs ?? 0) / 1000);
      const counts = blocks.map((block) => block?.count ?? 0);
      return ratioOver(sumsMs, counts);
    },
    noise: category === 'analytics' ? noiseOfWaiting : noiseBehindOthers,
    leastRelevant: 1.05,
    floor: enoughAnswers(category, statistic === 0.95),
  };
}

function withUnanswered(
  { load }: RunRecord,
  histogram: Histogram | undefined,
  count: number,
): Histogram | undefined {
  return count === 0 ? histogram : withSamples(histogram, count, load.timeoutMs * 1000);
}

/**
 * Nearest rank among the answers of all chosen blocks, found by halving in a table that says how many answers of each block
 * took at most so long. Its values lie between the lowest and the highest percentile of a single block, as that of any
 * choice of them does.
 */
function percentileOver(blocks: (Histogram | undefined)[], p: number): OverBlocks {
  const filled = blocks.flatMap((block) => (block && block.count > 0 ? [block] : []));
  const own = filled.map((block) => valueAtRank(bucketsOf(block), rankOf(p, block.count)));
  const [least, most] = [Math.min(...own), Math.max(...own)];
  const between = new Set<number>();
  for (const block of filled) {
    for (const us of bucketsOf(block).valuesUs) if (us >= least && us <= most) between.add(us);
  }
  const values = Uint32Array.from(between).sort();
  const answered = blocks.map((block) => block?.count ?? 0);
  const upTo = upToEach(values, blocks);
  return (chosen) => {
    const total = sumAt(answered, chosen);
    if (total === 0) return Number.NaN;
    const rank = rankOf(p, total);
    let [low, high] = [0, values.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sumAt(upTo[middle]!, chosen) >= rank) high = middle;
      else low = middle + 1;
    }
    return values[low]! / 1000;
  };
}

/** For each of the values (ascending): how many answers of each block took at most so long. */
function upToEach(values: Uint32Array, blocks: (Histogram | undefined)[]): Uint32Array[] {
  const table = Array.from(values, () => new Uint32Array(blocks.length));
  blocks.forEach((histogram, block) => {
    if (!histogram) return;
    const { valuesUs, counts } = bucketsOf(histogram);
    let [sum, next] = [0, 0];
    values.forEach((value, row) => {
      while (valuesUs[next]! <= value) sum += counts[next++]!;
      table[row]![block] = sum;
    });
  });
  return table;
}
