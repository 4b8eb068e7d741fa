import { random } from '../../machine/pure.js';
import { type Estimate, squaresOf, studentEstimate } from './estimate.js';

/** Fewer blocks say nothing about how the figure varies over time. */
export const LEAST_BLOCKS = 8;

const RESAMPLES = 999;

/**
 * Estimates a figure of one run from its time blocks by the circular block bootstrap (Politis & Romano, "A circular
 * block-resampling procedure for stationary data", 1992): stretches of consecutive blocks are drawn, so that what a block
 * has to do with the next one is kept. The standard error is the bootstrap's, put right for the few stretches there are;
 * the interval is Student's t with as many degrees of freedom as there are stretches, less one.
 *
 * Measured coverage of its 95 % interval: with 12 blocks 98 % where they are independent, 96 % at a lag-one correlation
 * of 0.3, 92 % at 0.5 and 84 % at 0.7. It knows nothing of what differs between two runs.
 * @param figure the figure over a choice of blocks, by index, repeats included
 * @param value the figure over all of the run
 * @returns null if there are too few blocks, or the figure has no value for some choice of them
 */
export function blockEstimate(
  count: number,
  figure: (blocks: readonly number[]) => number,
  value: number,
): Estimate | null {
  if (count < LEAST_BLOCKS) return null;
  const stretch = Math.round(Math.sqrt(count));
  const { below } = random(count, 0, 0);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const blocks: number[] = [];
    while (blocks.length < count) {
      const start = below(count);
      for (let i = 0; i < stretch && blocks.length < count; i++) blocks.push((start + i) % count);
    }
    return figure(blocks);
  });
  if (!resampled.every(Number.isFinite)) return null;
  const variance = (squaresOf(resampled) / (RESAMPLES - 1)) * (count / (count - stretch));
  return studentEstimate(value, Math.sqrt(variance), count / stretch - 1);
}
