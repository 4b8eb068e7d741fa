import type { RunRecord } from '../record/pure.js';
import { type EqualTrials, type Noise, noiseOf } from './equal-trials.js';
import { blockCount, type Figure } from './figures/figure.js';
import { type Found, inverse } from './interval.js';
import type { Pair } from './pair.js';
import { blockSpread } from './statistics/blocks.js';
import { estimateOf, type Spread } from './statistics/estimate.js';

/** The ratio of a single pair. Both sides played the same trace: their blocks are paired as they are. */
export function withinPair(
  figure: Figure,
  { baseline, split }: Pair,
  ratio: number,
  equal: EqualTrials | null,
): Found | null {
  const [before, after] = [figure.overBlocks(baseline), figure.overBlocks(split)];
  if (!before || !after) return null;
  const n = Math.min(blockCount(baseline), blockCount(split));
  const spread = blockSpread(n, (blocks) => Math.log(after(blocks) / before(blocks)));
  return spread && widened(ratio, n, spread, noiseOf(figure, [baseline, split], equal));
}

/** The level of a single run. */
export function levelWithin(
  figure: Figure,
  run: RunRecord,
  value: number,
  equal: EqualTrials | null,
): Found | null {
  const over = figure.overBlocks(run);
  const n = blockCount(run);
  const spread = over && blockSpread(n, over);
  // A standard error of the logarithm: some blocks may be at 0, and have none.
  const relative = spread && { ...spread, standardError: spread.standardError / value };
  const noise = noiseOf(figure, [run], equal);
  const found = relative && widened(value, n, relative, noise);
  // A level is the mean of all runs, of which any one is rather below it: few are far above (the mean of log-normal values).
  return found && { ...found, high: found.high * Math.exp(noise.standardError ** 2 / 2) };
}

/** What is known from time blocks, of the logarithm, and from the noise between runs; null where that is nothing at all. */
function widened(value: number, n: number, blocks: Spread, { from, ...noise }: Noise): Found | null {
  const by = Math.exp(estimateOf(0, noise).high);
  const found = estimateOf(Math.log(value), blocks, noise);
  const interval = inverse({ ...found, method: 'blocks', n, widened: { by, from } }, Math.exp);
  return Number.isFinite(interval.high) ? interval : null;
}
