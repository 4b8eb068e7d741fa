import { random } from '../../machine/pure.js';
import { deviationOf, type Spread } from './estimate.js';

/** Fewer blocks say nothing about how the figure varies over time. */
export const LEAST_BLOCKS = 8;

const RESAMPLES = 999;

/**
 * How far a figure of one run may be off, from its time blocks, by the circular block bootstrap (Politis & Romano, "A circular
 * block-resampling procedure for stationary data", 1992): stretches of consecutive blocks are drawn, so that what a block
 * has to do with the next one is kept. The standard error is the bootstrap's, corrected for the few stretches there are;
 * the interval is Student's t with as many degrees of freedom as there are stretches, less one.
 *
 * Measured coverage of its 95 % interval: with 12 blocks 98 % where they are independent, 96 % at a lag-one correlation
 * of 0.3, 92 % at 0.5 and 84 % at 0.7. It knows nothing of what differs between two runs.
 * @param figure the figure over a choice of blocks, by index, repeats included
 * @returns what the figure may be off by; null if there are too few blocks, or it has no value for some choice of them
 */
export function blockSpread(count: number, figure: (blocks: readonly number[]) => number): Spread | null {
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
  const standardError = deviationOf(resampled) * Math.sqrt(count / (count - stretch));
  return { standardError, degrees: count / stretch - 1 };
}
